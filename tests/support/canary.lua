-- Looks for secrets that occur nowhere else, in each of the forms in which they could leak: as they are or a piece of
-- them, encoded for a URL, for JSON, in base64 at any offset, in hex, and backwards.

local digest = require("plumb.digest")
local process = require("support.process")

local M = {}

-- A piece of a long secret is as bad as all of it.
local PIECE = 16

local function percent(text)
  return (text:gsub("[^%w%-_.~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

---Every form of one secret.
---@param secret string  of 20 bytes or more
---@return string[]
function M.forms(secret)
  local list = {}
  local function add(form) list[#list + 1] = form end
  for i = 1, #secret - PIECE + 1 do add(secret:sub(i, i + PIECE - 1)) end
  add(digest.hex(secret))
  add(digest.hex(secret):upper())
  add(percent(secret))
  add(percent(secret):lower())
  add(secret:reverse())
  add((secret:gsub("/", "\\/")))
  -- The text around it decides how it is cut in threes.
  for shift = 0, 2 do
    local code = digest.base64(("x"):rep(shift) .. secret)
    code = code:sub(5, #code - 4)
    add(code)
    add((code:gsub("+", "-"):gsub("/", "_")))
  end
  return list
end

---@class spec.Canary
---@field forms string[]
local Canary = {}
Canary.__index = Canary

---@param secrets string[]
---@param harmless? string  a text that is no secret, although it is a part of one
---@return spec.Canary
function M.new(secrets, harmless)
  local forms = {}
  for _, secret in ipairs(secrets) do
    for _, form in ipairs(M.forms(secret)) do
      if not (harmless and harmless:find(form, 1, true)) then forms[#forms + 1] = form end
    end
  end
  return setmetatable({ forms = forms }, Canary)
end

---@param text string
---@return string|nil form  the first one that is in it
function Canary:find(text)
  for _, form in ipairs(self.forms) do
    if text:find(form, 1, true) then return form end
  end
end

---The files below a folder that hold a form, and how many files were read.
---@param folder string
---@param except? string[]  names of files and folders that are not looked at
---@return string[] leaks
---@return integer count
function Canary:search(folder, except)
  local skip, prune = {}, {}
  for i, name in ipairs(except or {}) do
    skip[i] = ("--exclude=%s --exclude-dir=%s"):format(process.quote(name), process.quote(name))
    prune[i] = ("-name %s -prune -o"):format(process.quote(name))
  end
  local list = process.write(os.tmpname(), table.concat(self.forms, "\n") .. "\n")
  local where = process.quote(folder)
  local found = process.shell(("LC_ALL=C grep -rlaF -f %s %s %s"):format(process.quote(list), table.concat(skip, " "),
    where))
  os.remove(list)
  local leaks = {}
  for path in found:gmatch("[^\n]+") do leaks[#leaks + 1] = path end
  local count = process.shell(("find %s %s -type f -print | wc -l"):format(where, table.concat(prune, " ")))
  return leaks, assert(math.tointeger(tonumber(count)))
end

return M
