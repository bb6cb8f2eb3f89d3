#!/usr/bin/env bash
# A tour of plumb on its own simulator of AWS: nothing leaves this machine, no account is needed.
#
#   examples/demo.sh [PLUMB]
set -euo pipefail
cd "$(dirname "$0")/.."
plumb=$(realpath "${1:-build/plumb}")

work=$(mktemp -d)
trap 'kill "$simulator" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
for name in $(compgen -e | grep -E '^(AWS|PLUMB)_' || true); do unset "$name"; done
export HOME=$work XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config LC_CTYPE=C.UTF-8

say() { printf '\n%s\n' "$*"; }
run() {
  printf '\n$ plumb %s\n' "$*"
  "$plumb" "$@" 2>&1
}

say "1. The simulator plays AWS: five workloads that have been reviewed, and an empty OpsCenter."
printf '\n$ plumb sim &\n'
"$plumb" sim --port 0 --ready-file "$work/port" >"$work/sim" 2>&1 &
simulator=$!
for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.05; done
sed -n 1,2p "$work/sim"
eval "$(grep '^export' "$work/sim")"

say "2. A scan reads the reviews and opens one OpsItem for each best practice that is missing behind a risk."
run scan --yes -o table 2>&1 | sed '12,/^✓/{/^✓/!d}'


say "3. They are ordinary OpsItems, the most severe first. One question of the workload billing:"
run item list -q -o table | grep -E 'plumb|item|billing' | sed -n '1,6p'
say "   This is how it is answered before anybody does anything about it:"
run run examples/workflows/answer.lua billing wellarchitected rel_recovery

say "4. People do the work, and resolve two of its items in OpsCenter."
for title in 'Set targets for time and data lost' 'Build what the targets ask for'; do
  id=$("$plumb" item list -q -o tsv | grep "billing - $title" | cut -f1)
  printf '\n$ plumb call ssm.UpdateOpsItem OpsItemId=%s Status=Resolved --yes\n' "$id"
  "$plumb" call ssm.UpdateOpsItem "OpsItemId=$id" Status=Resolved --yes -q >/dev/null
done

say "5. plumb writes the answers back, both practices of the question in one UpdateAnswer."
run resolve --yes -o table
say "   And now:"
run run examples/workflows/answer.lua billing wellarchitected rel_recovery

say "6. Another scan finds nothing new: each practice has its item, and no practice has two."
run scan --yes

cat <<'NEXT'

What to type next:
  build/plumb repl --sim                       look around in a world of your own
  build/plumb scan --sim --dry-run             the same plan, without the simulator in the background
  build/plumb init                             a policy.lua to change titles, filters, severities
  AWS_PROFILE=... build/plumb scan --dry-run   your own account; a dry run cannot write
NEXT
