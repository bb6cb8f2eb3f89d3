-- What every message about trouble must be like: the form of `error: WHAT [Ennn]` with its indented parts, the fix
-- last, and nothing in it that only a programmer of plumb would want to see.

local M = {}

local NEVER = { "stack traceback", "%[C%]", "attempt to", "nil value", "scripts/[%w_/]+%.lua", "table: 0x",
  "function: 0x", "userdata: 0x", "bad argument" }

-- Lua's own words, which are right where somebody's own Lua failed: with its file and line.
local LUAS_WORDS = { ["attempt to"] = true, ["nil value"] = true }

---@param text string
---@param own_code? boolean  it speaks of the user's own Lua
---@return string|nil  what is in it that should not be
function M.indecent(text, own_code)
  for _, pattern in ipairs(NEVER) do
    if not (own_code and LUAS_WORDS[pattern]) and text:find(pattern) then return pattern end
  end
end

---Whether the last message of a run has the form of an error with this id and ends in its fix; raises otherwise.
---@param result spec.Result
---@param expected { code: integer, id: string, says: string[]?, word: string?, own_code: boolean? }  says: texts
---  that must be in it; word: "error" unless told; own_code: see indecent
function M.check(result, expected)
  local function complain(what) error(("%s\nexit %d\n%s"):format(what, result.code, result.all), 3) end
  if result.code ~= expected.code then complain("exit code " .. expected.code .. " expected") end
  local found = M.indecent(result.all, expected.own_code)
  if found then complain("not for users: " .. found) end
  local message
  for start in result.err:gmatch("()" .. (expected.word or "error") .. ": ") do
    local text = result.err:sub(start)
    if text:match("^[^\n]*%[(E%d%d%d)%]") == expected.id then message = text end
  end
  if not message then complain("no message " .. expected.id) end
  local first, rest = message:match("^([^\n]*)\n(.*)$")
  if not first:find("%s%[E%d%d%d%]$") then complain("the id does not end the first line") end
  local label
  for line in rest:gmatch("([^\n]*)\n") do
    if not line:find("^  ") then break end
    label = line:match("^  (%l+) ") or label
  end
  if label ~= "fix" then complain("the last part is not the fix") end
  for _, text in ipairs(expected.says or {}) do
    if not message:find(text, 1, true) then complain("it does not say: " .. text) end
  end
end

return M
