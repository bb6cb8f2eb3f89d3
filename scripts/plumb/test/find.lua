-- Which spec files `plumb test` runs: those that were named, or those of the policy at hand.

local files = require "plumb.files"
local problem = require "plumb.problem"

local M = {}

local DEEPEST = 8 -- folders in folders; a spec folder is no file system

local function add_folder(folder, list, depth)
  local names, message = files.list(folder)
  if not names then
    problem.raise { id = "E111", what = "a folder cannot be read", where = folder, because = tostring(message) }
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local path = folder == "." and name or folder .. "/" .. name
    local stat = name:sub(1, 1) ~= "." and files.stat(path) or {}
    if stat.type == "directory" and depth < DEEPEST then
      add_folder(path, list, depth + 1)
    elseif stat.type == "file" and name:find "_spec%.lua$" then
      list[#list + 1] = path
    end
  end
end

local function add(path, list)
  path = #path > 1 and path:gsub("/+$", "") or path
  local stat = files.stat(path)
  if not stat then
    problem.raise { id = "E111", what = "there are no specs at the path given", where = path,
      because = "no such file or folder", fix = "plumb test FOLDER, or plumb init FOLDER to write a first spec" }
  elseif stat.type ~= "directory" then
    list[#list + 1] = path
  else
    add_folder(path, list, 1)
  end
end

-- The folder of specs that is meant when none is named: ./spec, else that of the policy in force.
local function usual(env)
  if files.stat "spec" then return "spec" end
  local policy = require "plumb.policy.find"
  local named = env "PLUMB_POLICY"
  local folder = named and named ~= "" and (named:match "^(.*)/[^/]*$" or ".") or policy.folder(env)
  local specs = folder and folder .. "/spec"
  if specs and files.stat(specs) then return specs end
  problem.raise { id = "E131", what = "there are no specs to run",
    because = ("there is no folder 'spec' here%s"):format(
      specs and (", and no " .. policy.display(specs, env)) or ""),
    fix = "plumb init writes a first one; plumb test FILE or FOLDER runs others" }
end

---The spec files to run. Raises a plumb.Problem when there are none.
---@param paths string[]  files and folders; none for ./spec or the specs beside the policy
---@param env fun(name: string): string?
---@return string[]
function M.specs(paths, env)
  local list = {}
  for _, path in ipairs(#paths > 0 and paths or { usual(env) }) do add(path, list) end
  if #list == 0 then
    problem.raise { id = "E131", what = "there are no specs to run", where = table.concat(paths, " "),
      because = "specs are files whose names end in _spec.lua", fix = "plumb init FOLDER writes a first one" }
  end
  return list
end

return M
