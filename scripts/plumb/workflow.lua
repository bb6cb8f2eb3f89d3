-- Finds a workflow by name: the user's own copy in the configuration folder, made by `plumb init`, or
-- the built-in one. A copy is a plain Lua file that returns function(plumb).

local files = require "plumb.files"
local problem = require "plumb.problem"

local workflow = {}

local LIMIT = 256 * 1024

---The folder of the user's configuration.
---@param env fun(name: string): string?
---@return string|nil
function workflow.folder(env)
  local base = env "XDG_CONFIG_HOME"
  if base and base ~= "" then return base .. "/plumb" end
  local home = env "HOME"
  return home and home ~= "" and home .. "/.config/plumb" or nil
end

local function own_copy(name, env)
  local folder = workflow.folder(env)
  local path = folder and ("%s/workflows/%s.lua"):format(folder, name)
  if not path or not files.stat(path) then return nil end
  local text, failure = files.read(path, LIMIT)
  if not text then
    problem.raise { id = "E410", what = ("cannot read the workflow '%s'"):format(name), where = path,
      because = tostring(failure) }
  end
  return path, text
end

local function compile(path, text)
  local chunk, message = load(text, "@" .. path, "t")
  local ok, result = false, message
  if chunk then ok, result = pcall(chunk) end
  if ok and type(result) == "function" then return result end
  problem.raise {
    id = "E410", what = "the workflow cannot be used", where = path,
    because = ok and "it does not return a function" or tostring(result),
    fix = "correct it, or rename it to use the built-in one: plumb init --help",
  }
end

---@param name string  "scan"
---@param env? fun(name: string): string?
---@return fun(plumb: plumb.Context): any
---@return string|nil path  where it came from; nil for the built-in one
function workflow.load(name, env)
  local path, text = own_copy(name, env or os.getenv)
  if path then return compile(path, text), path end
  return (require("workflows." .. name)) -- require's second value is where it found it
end

return workflow
