-- Where the state file is when nobody names one.

local problem = require "plumb.problem"

---Where state is kept when --state does not say. A simulator inside this process is gone at its end,
---so is what plumb remembers of it.
---@param args table
---@param env? fun(name: string): string?
---@return string path
---@see https://specifications.freedesktop.org/basedir-spec/latest/
return function(args, env)
  env = env or os.getenv
  if args.sim then return ":memory:" end
  local named = env "PLUMB_STATE"
  if named and named ~= "" then return named end
  local managed = env "STATE_DIRECTORY" -- systemd
  if managed and managed ~= "" then return managed .. "/state.db" end
  local base = env "XDG_STATE_HOME"
  if not base or base == "" then
    local home = env "HOME"
    if not home or home == "" then
      problem.raise { id = "E503", what = "there is no place for the state file",
        because = "neither XDG_STATE_HOME nor HOME is set", fix = "name one with --state FILE" }
    end
    base = home .. "/.local/state"
  end
  return base .. "/plumb/state.db"
end
