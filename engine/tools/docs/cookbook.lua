-- Runs the commands that are kept with each recipe of the cookbook, and keeps what they print.

local files = require "plumb.files"

local M = {}

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- What a command prints in a home without settings; durations are all alike.
local function output_of(command, folder, program)
  local shell = ('set -o pipefail; home=$(mktemp -d); trap \'rm -rf "$home"\' EXIT; plumb() { %s "$@"; }; '
    .. 'export HOME=$home LC_ALL=C.UTF-8; unset PLUMB_POLICY PLUMB_STATE; cd %s; %s'):format(quote(program),
    quote(folder), command)
  local pipe = assert(io.popen("bash -c " .. quote(shell)))
  local text = pipe:read "a"
  if not pipe:close() then error(("%s: %s failed\n%s"):format(folder, command, text), 0) end
  return (text:gsub(" +%d+%.?%d* ms\n", "   1 ms\n"))
end

---Makes expected.txt of one recipe anew.
---@param folder string
---@param program string  path of plumb, from the root
function M.record(folder, program)
  local path, parts = folder .. "/expected.txt", {}
  for line in assert(files.read(path, 1 << 20)):gmatch "[^\n]+" do
    local command = line:match "^%$ (.+)$"
    if command then parts[#parts + 1] = line .. "\n" .. output_of(command, folder, program) end
  end
  assert(files.write_atomic(path, table.concat(parts), tonumber("644", 8)))
end

---Makes those of all recipes anew.
---@param folder string
---@param program string
function M.record_all(folder, program)
  for _, name in ipairs(assert(files.list(folder))) do
    local recipe = folder .. "/" .. name
    if files.stat(recipe .. "/expected.txt") then M.record(recipe, program) end
  end
end

return M
