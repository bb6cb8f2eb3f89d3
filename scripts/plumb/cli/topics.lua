-- Help topics that belong to no single command: name -> function that returns the text.

local columns = require("plumb.cli.help").columns

local M = {}

---@return string  the variables plumb reads, for `plumb help environment`
function M.environment()
  return "Environment variables plumb reads; a flag beats a variable, a variable beats a profile.\n\n" .. columns({
    { "AWS_ACCESS_KEY_ID", "credentials, with the two below" },
    { "AWS_SECRET_ACCESS_KEY", "" },
    { "AWS_SESSION_TOKEN", "only for temporary credentials" },
    { "AWS_PROFILE", "profile to use; AWS_DEFAULT_PROFILE if that is not set" },
    { "AWS_REGION", "Region; AWS_DEFAULT_REGION if that is not set" },
    { "AWS_CONFIG_FILE", "instead of ~/.aws/config" },
    { "AWS_SHARED_CREDENTIALS_FILE", "instead of ~/.aws/credentials" },
    { "AWS_ENDPOINT_URL", "send all requests there" },
    { "AWS_ENDPOINT_URL_SSM", "send the requests of one service there; so for every service" },
    { "AWS_CA_BUNDLE", "certificates to trust" },
    { "AWS_MAX_ATTEMPTS", "how often a call is tried; more under plumb help network" },
    { "HTTPS_PROXY, NO_PROXY", "the way out" },
    { "PLUMB_POLICY", "policy file; --policy beats it" },
    { "PLUMB_STATE", "state file; --state beats it" },
    { "PLUMB_SCRIPTS", "take plumb's own Lua files from this folder" },
    { "PLUMB_LOG_FORMAT", "text or json, for the log lines on standard error" },
    { "NOTIFY_SOCKET, WATCHDOG_USEC", "set by systemd: plumb serve says there that it is ready and alive" },
    { "XDG_CONFIG_HOME", "holds plumb/policy.lua; ~/.config unless set" },
    { "XDG_STATE_HOME", "holds plumb/: state, REPL history, crash reports; ~/.local/state unless set" },
    { "NO_COLOR", "any value: no colours" },
    { "CLICOLOR_FORCE", "any value but 0: colours even into a pipe" },
  }) .. "\n"
end

---@return string  the files plumb reads and writes, for `plumb help files`
function M.files()
  return "Files. plumb config path shows those in use, plumb state show what it remembers.\n\n" .. columns({
    { "~/.config/plumb/policy.lua", "the policy, after --policy and PLUMB_POLICY; plumb init writes one" },
    { "/etc/plumb/policy.lua", "the policy of the machine, where a user has none" },
    { "~/.config/plumb/workflows/", "scan.lua and resolve.lua, which replace plumb's own; plumb init writes copies" },
    { "~/.local/state/plumb/state.db", "what plumb remembers, SQLite; --state and PLUMB_STATE name another" },
    { "~/.local/state/plumb/history", "what was typed in plumb repl, mode 0600" },
    { "~/.local/state/plumb/crash-TIME.txt", "a report of a bug in plumb" },
    { "~/.aws/config", "profiles, as for every AWS tool; never written" },
    { "~/.aws/credentials", "keys, as for every AWS tool; never written" },
  }) .. [[


XDG_CONFIG_HOME and XDG_STATE_HOME stand for ~/.config and ~/.local/state where they are set. A policy in the current
folder is never taken by itself: it may be somebody else's.
]]
end

---@return string  what a policy is, for `plumb help policy`
function M.policy()
  local settings, hooks = {}, {}
  local schema = require("plumb.policy.schema")
  for i, entry in ipairs(schema.settings) do
    settings[i] = entry[1]
  end
  for i, name in ipairs(schema.hook_order) do
    hooks[i] = ("%s(%s)"):format(name, table.concat(schema.hooks[name].args, ", "))
  end
  return "A policy is a Lua file that returns a table: settings, and functions that get the default as their last\n"
    .. "argument. What it does not say stays as it is.\n\n"
    .. '  return {\n    risks = { "HIGH" },\n    title = function(finding, default)\n'
    .. '      return "[shop] " .. default(finding)\n    end,\n  }\n\n'
    .. columns({
      { "settings", table.concat(settings, ", ") },
      { "hooks", table.concat(hooks, ", ") },
    }) .. "\n\n" .. columns({
      { "plumb init", "writes a policy to start from, with every field explained" },
      { "plumb check", "says whether it is right, line by line, and where each setting came from" },
      { "plumb test", "runs specs for it, offline" },
      { "--set KEY=VALUE", "changes one setting for one run: --set budget.run=100" },
    }) .. [[


The first of these counts: --policy FILE, PLUMB_POLICY, ~/.config/plumb/policy.lua, /etc/plumb/policy.lua.
]]
end

---@return string  how plumb reaches AWS, for `plumb help network`
function M.network()
  local rows = {}
  for _, flag in ipairs(require("plumb.cli.flags").groups.aws.flags) do
    if flag.topic == "network" then
      rows[#rows + 1] = { flag[1] .. (flag.value and " " .. flag.value or ""), flag.help }
    end
  end
  return "How plumb reaches AWS. Each of these flags goes with every command that calls AWS.\n\n" .. columns(rows)
    .. "\n\n" .. columns({
      { "--endpoint-url URL", "send all requests there; may be given again as SERVICE=URL for one service" },
      { "HTTPS_PROXY, NO_PROXY", "a proxy, and the hosts reached without; this machine never goes through one" },
      { "AWS_RETRY_MODE", "standard; legacy has the SDKs' older waits and no rate limit" },
      { "AWS_MAX_ATTEMPTS", "like --max-attempts, which beats it" },
    }) .. [[


A call is tried three times (a throttled one up to ten times), and all calls together stop trying when a budget
is used up. Once a service throttles, plumb sends it less, for all calls together, and speeds up again slowly. A
change is never tried again when it may have been made; the next run looks first. A clock that is wrong is
corrected by the Date of AWS's replies. plumb config show says where each setting came from.
]]
end

---@return string  how results are written, for `plumb help formatting`
function M.formatting()
  local rows = {}
  for _, group in ipairs({ "output", "rows" }) do
    for _, flag in ipairs(require("plumb.cli.flags").groups[group].flags) do
      rows[#rows + 1] = { (flag[2] or flag[1]) .. (flag.value and " " .. flag.value or ""), flag.help }
    end
  end
  return "How results are written. They go to standard output, everything else to standard error.\n\n" .. columns(rows)
    .. "\n\n" .. columns({
      { "table", "aligned for eyes and as wide as the terminal; what you get there" },
      { "tsv", "tabs, no headings, nothing shortened; what you get in a pipe or file. A tab or line end in a"
        .. " value is shown as \\t or \\n" },
      { "csv", "RFC 4180 with a line of headings; a cell that a spreadsheet would take for a formula begins with '" },
      { "markdown", "a table for a pull request or $GITHUB_STEP_SUMMARY, with everything escaped" },
      { "json", "one document: schema says what it is, items are the rows; members are only ever added" },
      { "jsonl", "one JSON object a line" },
    }) .. [[


Colours, progress and symbols show on a terminal only; NO_COLOR, TERM=dumb and --no-color switch colours off,
CLICOLOR_FORCE=1 or --color always on. A column that is not there is refused with the list of all. For example:

  plumb risk list --json=workload,question,risk | jq '.items[]'
  plumb item list -o csv --columns id,workload,title > items.csv
]]
end

-- "risk, workload, lens": the members of an item, which are the columns too.
local function members(list)
  local names = {}
  for i, column in ipairs(list) do
    names[i] = column.key
  end
  return table.concat(names, ", ")
end

---@return string  what JSON documents of lists hold, for `plumb help json`
function M.json()
  local rows = {}
  for _, command in ipairs(require("plumb.cli").commands()) do
    for schema, list in pairs(command.lists and command.lists() or {}) do
      rows[#rows + 1] = { schema, members(list) }
    end
  end
  table.sort(rows, function(a, b)
    return a[1] < b[1]
  end)
  return [[
A list with --json is one document: schema says which one, items are the rows. Each item has the members below, null
where there is nothing to say, and the columns for --columns and --json=NAMES have the same names. Moments are ISO 8601
in UTC. from is "state" or "tool", at when that was read. Members are only ever added; what would break a reader gets
another number behind the schema.

]] .. columns(rows) .. "\n"
end

M["exit-codes"] = function()
  return "Exit codes, the same for every command.\n\n" .. columns({
    { "0", "done, or nothing to do" },
    { "1", "failed: an error stopped the run" },
    { "2", "wrong command line, or a question with nobody to ask; nothing was done" },
    { "3", "finished, and --fail-on found a risk at or above that level" },
    { "4", "no usable credentials, or access denied" },
    { "5", "finished, but some items failed; running again is safe" },
    { "6", "the plan has changes, with --pending-exit only" },
    { "7", "the policy or the configuration is wrong" },
    { "8", "another plumb is using the state" },
    { "9", "could not reach AWS, or throttled for too long: run it again later" },
    { "70", "a bug in plumb; the message names a crash report" },
    { "130", "interrupted (Ctrl-C)" },
    { "143", "terminated" },
  }) .. "\n"
end

---@return string  what people may say by resolving an item, for `plumb help outcomes`
function M.outcomes()
  return [[
What it means that people resolve an item. They say it in an entry `Outcome` of the OpsItem's operational data, marked
as searchable; without one it is `implemented`. The policy's on_resolve may decide otherwise.

]] .. columns({
    { "implemented", "the practice is selected in the answer; also done, fixed" },
    { "not_applicable: REASON", "it is marked as not applicable; also N/A. The reason may be left out, or be "
      .. "OUT_OF_SCOPE, BUSINESS_PRIORITIES, ARCHITECTURE_CONSTRAINTS, OTHER or NONE" },
    { "accepted: until 2027-06-30", "nothing is written; it gets a new item from that day on if it is still missing. "
      .. "Also risk accepted, 30 June 2027, 30.06.2027. Without a day it stays accepted" },
    { "ignore", "nothing is written, and nobody is asked again" },
  }) .. [[


What is not understood for certain, such as 06/07/2027, writes nothing: the item is a line of the result with the
reason, the exit code is 5, and the next resolve looks again. So it is with what a person decided otherwise in the
Well-Architected Tool: it is contested, nothing is written over, and a practice that is still missing gets a new item.

Settings of the policy: look_first, answer_notes, milestone, accepted_notice; see plumb help policy.
]]
end

---@return string  every error id with its title, for `plumb help errors`
function M.errors()
  local catalogue = require("plumb.problem.catalogue")
  local ids, rows = {}, {}
  for id in pairs(catalogue) do
    ids[#ids + 1] = id
  end
  table.sort(ids)
  for i, id in ipairs(ids) do
    rows[i] = { id, catalogue[id].title }
  end
  return "Error ids; plumb help E201 explains one. They never change their meaning.\n\n" .. columns(rows) .. "\n"
end

return M
