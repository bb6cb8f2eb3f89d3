#!/usr/bin/env bash
# lambda_zip.sh PLUMB BOOTSTRAP ZIP [POLICY]: the zip of a Lambda function with all that plumb needs to run: its
# loader, its libraries and the certificates it trusts, from the Debian it was built on. A policy.lua goes with it.
# The same input gives the same bytes.
set -euo pipefail
export LC_ALL=C
plumb=$1 bootstrap=$2 zip=$(realpath -m "$3") policy=${4:-}
most=$((15 * 1000 * 1000)) # bytes; the sandbox starts faster with less, and AWS takes 50 MB in one upload
certificates=/etc/ssl/certs/ca-certificates.crt

fail() {
  echo "lambda: $*" >&2
  exit 1
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
mkdir -m 755 "$folder/lib"

linked=$(ldd "$plumb")
! grep 'not found' <<<"$linked" || fail "a library of $plumb is missing"
loader=$(awk '!/=>/ && $1 ~ /^\// { print $1 }' <<<"$linked")
mapfile -t libraries < <(awk '$2 == "=>" && $3 ~ /^\// { print $3 }' <<<"$linked" | sort)

install -m 755 "$bootstrap" "$folder/bootstrap"
install -m 755 -s "$plumb" "$folder/plumb"
install -m 755 "$loader" "$folder/lib/ld.so"
install -m 644 "${libraries[@]}" "$folder/lib"
install -m 644 "$certificates" "$folder/ca-certificates.crt"
[ -z "$policy" ] || install -m 644 "$policy" "$folder/policy.lua"

# Which packages these files came from, for whoever has to know whether a hole in one of them concerns the function.
# Packages call the same file /lib/... or /usr/lib/..., so one name of each is unknown.
packages=$(dpkg-query -S "${libraries[@]/#//usr}" "${libraries[@]}" "$loader" 2>/dev/null || true)
cut -d: -f1 <<<"$packages" | sort -u |
  xargs dpkg-query -W -f='${Package} ${Version}\n' ca-certificates >"$folder/libraries.txt"
chmod 644 "$folder/libraries.txt"

rm -f "$zip"
find "$folder" -exec touch -d '1980-01-01 00:00 UTC' {} +
(cd "$folder" && find . -type f | sort | TZ=UTC zip -q -X -@ "$zip")

size=$(stat -c %s "$zip")
[ "$size" -le "$most" ] || fail "$zip has $size bytes, more than $most"
printf 'Built %s: %d.%d MB, %s, with %d libraries of %s\n' "$3" $((size / 1000000)) $((size / 100000 % 10)) \
  "$(uname -m)" ${#libraries[@]} "$(. /etc/os-release && echo "$PRETTY_NAME")"
