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
    { "AWS_MAX_ATTEMPTS", "how often a call is tried" },
    { "HTTPS_PROXY, NO_PROXY", "the way out" },
    { "PLUMB_POLICY", "policy file; --policy beats it" },
    { "PLUMB_STATE", "state file; --state beats it" },
    { "PLUMB_SCRIPTS", "take plumb's own Lua files from this folder" },
    { "PLUMB_LOG_FORMAT", "text or json, for the log lines on standard error" },
    { "XDG_CONFIG_HOME", "holds plumb/policy.lua; ~/.config unless set" },
    { "XDG_STATE_HOME", "holds plumb/: state, REPL history, crash reports; ~/.local/state unless set" },
    { "NO_COLOR", "any value: no colours" },
    { "CLICOLOR_FORCE", "any value but 0: colours even into a pipe" },
  }) .. "\n"
end

M["exit-codes"] = function()
  return "Exit codes, the same for every command.\n\n" .. columns({
    { "0", "done, or nothing to do" },
    { "1", "failed: an error stopped the run" },
    { "2", "wrong command line, or a question with nobody to ask; nothing was done" },
    { "4", "no usable credentials, or access denied" },
    { "5", "finished, but some items failed; running again is safe" },
    { "7", "the policy or the configuration is wrong" },
    { "8", "another plumb is using the state" },
    { "9", "could not reach AWS, or throttled for too long: run it again later" },
    { "70", "a bug in plumb; the message names a crash report" },
    { "130", "interrupted (Ctrl-C)" },
    { "143", "terminated" },
  }) .. "\n"
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
