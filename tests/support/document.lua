-- A page of documentation as a session: its fenced blocks, the commands in them played in their order on a terminal as
-- wide as the page, and what they printed beside what the page shows.
--
-- What a reader does not see steers it, in comments of Markdown in front of a block:
--   <!-- file: policy.lua -->   the block is the content of this file
--   <!-- run: COMMAND -->       run first, not shown
--   <!-- elsewhere -->          the block is for a real account; its commands are not run

package.path = "engine/tools/?.lua;" .. package.path

local process = require("support.process")
local simulator = require("support.simulator_process")
local term = require("plumb.term")
local terminal = require("docs.terminal")
local tree = require("support.tree")

local M = {}

local COLUMNS = 100

---@class spec.Block
---@field language string
---@field lines string[]
---@field at integer        the first line's number
---@field file string|nil
---@field hidden string[]   commands to run first
---@field elsewhere boolean

---@param path string
---@return spec.Block[]
function M.blocks(path)
  local list, current, steer = {}, nil, { hidden = {} }
  for indented, number in tree.lines(path) do
    local line = indented:gsub("^   %f[`<$]", "")
    if current then line = indented:sub(#current.indent + 1) end
    local fence = line:match("^```(%w*)")
    local word, rest = line:match("^<!%-%- (%l+):? ?(.-) ?%-%->$")
    if fence and not current then
      current = { language = fence, lines = {}, at = number + 1, indent = indented:match("^ *"),
        file = steer.file, hidden = steer.hidden, elsewhere = steer.elsewhere or false }
      steer = { hidden = {} }
    elseif fence then
      list[#list + 1], current = current, nil
    elseif current then
      table.insert(current.lines, line)
    elseif word == "run" then
      table.insert(steer.hidden, rest)
    elseif word == "file" then
      steer.file = rest
    elseif word == "elsewhere" then
      steer.elsewhere = true
    end
  end
  return list
end

---The commands of a block, each with the output shown for it. A command goes on behind a backslash.
---@param block spec.Block
---@return { text: string, output: string[], at: integer }[]
function M.commands(block)
  local list, open = {}, false
  for i, line in ipairs(block.lines) do
    local command = not open and line:match("^%$ (.+)$")
    local last = list[#list]
    if command then
      list[#list + 1] = { text = command, output = {}, at = block.at + i - 1 }
    elseif open then
      last.text = last.text .. "\n" .. line
    elseif last then
      table.insert(last.output, line)
    end
    open = (command or open) and line:find("\\$") ~= nil
  end
  return list
end

-- What is another in every run: ids, moments, how long something took, ports.
local function steady(line)
  return (line:gsub("oi%-%x%x%x%x%x%x%x%x%x%x%x%x", "oi-000000000000"):gsub("%x+", function(hex)
    return #hex >= 32 and ("0"):rep(#hex) or nil
  end):gsub("%d%d%d%d%-%d%d%-%d%d([T ])%d%d:%d%d:%d%d", "2026-01-01%100:00:00"):gsub(" *%d+%.?%d* ?ms%f[%W]", " 1 ms")
    :gsub("%d+%.%d+ s%f[%W]", "0.1 s"):gsub("%d+ s ago", "0 s ago"):gsub("%d+ bytes", "1 bytes")
    :gsub("(127%.0%.0%.1):%d+", "%1:4599"))
end

-- The lines shown against the lines printed; a line of dots stands for any number.
local function same_from(shown, i, printed, k)
  while i <= #shown do
    if shown[i]:find("^%s*…$") or shown[i]:find("^%s*%.%.%.$") then
      for rest = k, #printed + 1 do
        if same_from(shown, i + 1, printed, rest) then return true end
      end
      return false
    end
    if not printed[k] or steady(shown[i]) ~= steady(printed[k]) then return false end
    i, k = i + 1, k + 1
  end
  return k > #printed
end

---Whether what was printed is what is shown: ids, times and durations count as equal, and a line of dots stands for any
---number of lines.
---@param shown string[]
---@param printed string[]
---@return boolean
function M.same(shown, printed) return same_from(shown, 1, printed, 1) end

---@class spec.Reader
---@field folder string  where commands run: it holds `examples` and what the page has written
local Reader = {}
Reader.__index = Reader

---Somebody who reads a page and types what it says, on a simulator of their own.
---@param opts? table  for simulator.start
---@return spec.Reader
function M.reader(opts)
  local stage = simulator.start(opts)
  local self = setmetatable({ stage = stage, folder = stage.folder .. "/work" }, Reader)
  process.shell(("mkdir -p %s/bin %s && ln -s %s %s/bin/plumb && ln -s $PWD/examples $PWD/scripts %s"):format(
    stage.folder, self.folder, simulator.binary, stage.folder, self.folder))
  return self
end

function Reader:close() self.stage:stop() end

---Runs a command on a terminal.
---@param command string
---@param answer? string  what is typed
---@return string[] lines, integer code
function Reader:type(command, answer)
  local env = { NO_COLOR = "1", XDG_CONFIG_HOME = "", PATH = self.stage.folder .. "/bin:" .. os.getenv("PATH") }
  for name, value in pairs(self.stage.env) do env[name] = env[name] or value end
  local shell = ("stty cols %d rows 50; export PATH=%s; %s"):format(COLUMNS, process.quote(env.PATH), command)
  local script = process.write(self.stage.folder .. "/command.sh", shell .. "\n")
  local result = process.run({ "script", "-q", "-E", "never", "-e", "-c", "bash -o pipefail " .. script, "/dev/null" },
    { env = env, input = answer and answer .. "\n" or "", folder = self.folder })
  -- The terminal does not echo, so that what was typed ahead shows where it is read.
  local out = answer and result.out:gsub("%[y/N%] ", "[y/N] " .. answer .. "\n") or result.out
  return terminal.text(out, term.display_width, COLUMNS), result.code
end

local function answer_in(output)
  for _, line in ipairs(output) do
    local answer = line:match("%[y/N%] (%a+)$")
    if answer then return answer end
  end
end

local function fails(output)
  for _, line in ipairs(output) do
    if line:find("^error:") then return true end
  end
  return false
end

---Types one command of a page and compares. Raises when it went otherwise than the page says.
---@param path string
---@param command { text: string, output: string[], at: integer }
function Reader:try(path, command)
  local answer = answer_in(command.output)
  local lines, code = self:type(command.text, answer)
  local where = ("%s:%d: %s"):format(path, command.at, command.text)
  local printed = table.concat(lines, "\n")
  if (code ~= 0) ~= fails(command.output) and not command.text:find("echo %$%?$") then
    error(("%s\nexit %d\n%s"):format(where, code, printed), 0)
  end
  while command.output[1] and command.output[#command.output] == "" do table.remove(command.output) end
  if #command.output > 0 and not M.same(command.output, lines) then
    error(("%s\nprinted\n%s\nand not\n%s"):format(where, printed, table.concat(command.output, "\n")), 0)
  end
end

---Plays a whole page.
---@param path string
---@return integer count  of the commands that were run
function Reader:play(path)
  local count = 0
  for _, block in ipairs(M.blocks(path)) do
    for _, command in ipairs(block.hidden) do
      local lines, code = self:type(command)
      if code ~= 0 then error(("%s:%d: %s\n%s"):format(path, block.at, command, table.concat(lines, "\n")), 0) end
    end
    if block.file then
      process.shell("mkdir -p " .. process.quote(self.folder .. "/" .. (block.file:match("^(.*)/") or ".")))
      process.write(self.folder .. "/" .. block.file, table.concat(block.lines, "\n") .. "\n")
    elseif block.language == "console" and not block.elsewhere then
      for _, command in ipairs(M.commands(block)) do
        self:try(path, command)
        count = count + 1
      end
    end
  end
  return count
end

return M
