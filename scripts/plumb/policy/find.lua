-- Which policy file is used, and its text. Never the current folder's by itself: that may be somebody
-- else's folder, and a policy decides what is written to AWS.

local files = require("plumb.files")
local complain = require("plumb.policy.complain")

local M = {}

local LARGEST = 1024 * 1024 -- bytes
local OTHERS_WRITE = 2      -- S_IWOTH

-- The places in order; `named` is set where somebody asked for that very file.
local function candidates(path, env)
  local function given(name)
    local value = env(name)
    return value ~= "" and value or nil
  end
  if path then
    return { { path = path, named = "--policy" } }
  elseif given("PLUMB_POLICY") then
    return { { path = given("PLUMB_POLICY"), named = "PLUMB_POLICY" } }
  end
  local list = {}
  if given("LAMBDA_TASK_ROOT") then -- what was deployed with the function
    list[1] = { path = given("LAMBDA_TASK_ROOT") .. "/policy.lua" }
  end
  local folder = M.folder(env)
  if folder then
    list[#list + 1] = { path = folder .. "/policy.lua" }
  end
  list[#list + 1] = { path = "/etc/plumb/policy.lua" }
  return list
end

---The folder of plumb's own configuration.
---@param env fun(name: string): string|nil
---@return string|nil folder  nil when neither XDG_CONFIG_HOME nor HOME is set
function M.folder(env)
  local config, home = env("XDG_CONFIG_HOME"), env("HOME")
  if config and config:sub(1, 1) == "/" then -- "all paths must be absolute", XDG base directory specification
    return config .. "/plumb"
  end
  return home and home ~= "" and home .. "/.config/plumb" or nil
end

---A path as people say it: the home folder is `~`.
---@param path string
---@param env fun(name: string): string|nil
---@return string
function M.display(path, env)
  local home = env("HOME")
  if home and #home > 1 and path:sub(1, #home + 1) == home .. "/" then
    return "~" .. path:sub(#home + 1)
  end
  return path
end

local function unusable(path, because, fix)
  return complain.problem("file", { what = ("the policy file %s cannot be used"):format(path),
    where = path, because = because, fix = fix })
end

-- The text of a file that exists, or the problem with it.
local function read(path, stat, shown)
  if stat.type == "directory" then
    return nil, unusable(shown, "it is a folder", ("--policy %s/policy.lua"):format(shown))
  elseif stat.mode and stat.mode & OTHERS_WRITE ~= 0 then
    return nil, unusable(shown, "everybody on this computer can change it, and it decides what is written to AWS",
      "chmod o-w " .. shown)
  elseif stat.size and stat.size > LARGEST then
    return nil, unusable(shown, ("it has %d bytes; at most %d are read"):format(stat.size, LARGEST),
      "is this the right file?")
  end
  local text, message = files.read(path, LARGEST)
  if not text then
    return nil, unusable(shown, message, "make the file readable for you, or name another one with --policy FILE")
  end
  return text
end

---@class plumb.policy.Found
---@field path string
---@field shown string  the path with `~` for home
---@field text string

---The policy file in force.
---@param path string|nil  from --policy
---@param env fun(name: string): string|nil
---@return plumb.policy.Found|nil found  nil without a problem when there is none anywhere
---@return plumb.Problem|nil problem
function M.file(path, env)
  for _, candidate in ipairs(candidates(path, env)) do
    local stat = files.stat(candidate.path)
    local shown = M.display(candidate.path, env)
    if stat then
      local text, problem = read(candidate.path, stat, shown)
      return text and { path = candidate.path, shown = shown, text = text } or nil, problem
    elseif candidate.named then
      return nil, complain.problem("file", { what = ("there is no policy file %s"):format(shown),
        where = ("named by %s"):format(candidate.named),
        fix = "check the name; plumb init writes a policy to start from" })
    end
  end
  return nil, nil
end

---What might surprise: a policy in the current folder that is not the one in force.
---@param found plumb.policy.Found|nil
---@return string[] notes
function M.notes(found)
  if files.stat("./policy.lua") and not (found and found.path:find("^%.?/?policy%.lua$")) then
    return { "./policy.lua is not used, since a folder may be anybody's; plumb --policy ./policy.lua uses it" }
  end
  return {}
end

return M
