-- Plays the commands of a script on a simulator of their own, each on a terminal of its own, and hands back what was on
-- it. Ids and times that differ from run to run are replaced, so that the same plumb always makes the same picture.

local files = require "plumb.files"

local M = {}

M.COLUMNS = 100

local START = [[
set -eu
cd "$1"
exec env -i PATH="$1/bin:$PATH" HOME="$1" LC_ALL=C.UTF-8 TERM=xterm-256color plumb sim --port 0 --ready-file "$1/port" \
  >"$1/sim" 2>/dev/null &
echo $!
for _ in $(seq 200); do [ -s "$1/port" ] && break; sleep 0.02; done
]]

local RUN = [[
set -eu
cd "$1"
. "$1/sim.env"
export PATH="$1/bin:$PATH" HOME="$1" LC_ALL=C.UTF-8 TERM=xterm-256color
if [ "$2" = shown ]; then
  { [ -z "$4" ] || printf '%s\n' "$4"; } | script -q -E never -e -c "stty cols $5 rows 40; $3" /dev/null
else
  bash -euo pipefail -c "$3" >/dev/null 2>&1
fi
]]

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- The output of a shell script with arguments; raises when it fails.
local function shell(script, ...)
  local words = { "env -u PLUMB_STATE -u PLUMB_POLICY bash -c", quote(script), "docs" }
  for _, word in ipairs { ... } do words[#words + 1] = quote(tostring(word)) end
  local pipe = assert(io.popen(table.concat(words, " ")))
  local text = pipe:read "a"
  local ok = pipe:close()
  if not ok then error(("failed: %s\n%s"):format(table.concat({ ... }, " "), text), 2) end
  return text
end

---@class docs.Step
---@field kind "typed"|"hidden"|"remark"
---@field text string
---@field answer string  what is answered, "" for nothing
---@field output string|nil  bytes of the terminal

---The steps of a script; see examples/picture/session.txt.
---@param source string
---@return docs.Step[]
function M.parse(source)
  local kinds, steps = { ["$"] = "typed", ["!"] = "hidden", [":"] = "remark" }, {}
  for line in source:gmatch "[^\n]+" do
    local mark, text = line:match "^([$!:>]) (.*)$"
    if mark == ">" then
      steps[#steps].answer = text
    elseif mark then
      steps[#steps + 1] = { kind = kinds[mark], text = text, answer = "" }
    end
  end
  return steps
end

-- The same in every run: ids of items by the order in which they appear, how long something took, how large a file is
-- that holds times.
local function steady(text, ids)
  text = text:gsub("oi%-%x%x%x%x%x%x%x%x%x%x%x%x", function(id)
    if not ids[id] then
      ids.n = (ids.n or 0) + 1
      ids[id] = ("oi-%012x"):format((0x5f0c3a19e * ids.n * 2654435761) % (1 << 48))
    end
    return ids[id]
  end)
  return (text:gsub("in %d+%.%d+ s", "in 0.4 s"):gsub("%d+ s ago", "0 s ago"):gsub("%d+ bytes", "8120 bytes"))
end

---Plays the steps; those that are typed then have their output.
---@param steps docs.Step[]
---@param program string  path of plumb
function M.play(steps, program)
  local folder = shell("mktemp -d"):match "[^\n]+"
  shell('mkdir "$1/bin"; ln -s "$(realpath "$2")" "$1/bin/plumb"', folder, program)
  local simulator = shell(START, folder):match "%d+"
  local _ <close> = setmetatable({}, { __close = function()
    shell('kill "$1"; rm -rf "$2"', simulator, folder)
  end })
  local exports = {}
  for line in assert(files.read(folder .. "/sim", 1 << 16)):gmatch "export [^\n]+" do exports[#exports + 1] = line end
  assert(files.write_atomic(folder .. "/sim.env", table.concat(exports, "\n") .. "\n", tonumber("600", 8)))
  local ids = {}
  for _, step in ipairs(steps) do
    if step.kind ~= "remark" then
      local how = step.kind == "typed" and "shown" or "hidden"
      step.output = steady(shell(RUN, folder, how, step.text, step.answer, M.COLUMNS), ids)
    end
  end
end

return M
