-- plumb on a terminal of its own, driven as a person would: tmux is the terminal, keys go in, the screen is read. Every
-- wait is for something on the screen and has an end.

local process = require("support.process")
local task = require("plumb.task")

local M = {}

local BETWEEN_LOOKS = 0.03 -- seconds; looking costs a process each time

M.PATIENCE = 30 -- seconds for something to appear; generous, since sanitizers make programs slow

---Whether there is a tmux to do it with.
---@return boolean
function M.is_there() return process.has_program("tmux") end

---@class spec.Terminal
---@field folder string  with a tmux server of its own, so that nobody else's is touched
local Terminal = {}
Terminal.__index = Terminal

local function tmux(self, words)
  return ("tmux -u -S %s -f /dev/null %s"):format(process.quote(self.folder .. "/socket"), words)
end

local function environment(env)
  local parts = { "env -i", "PATH=" .. process.quote(os.getenv("PATH") or "/usr/bin:/bin") }
  for _, name in ipairs({ "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" }) do
    if os.getenv(name) then parts[#parts + 1] = name .. "=" .. process.quote(os.getenv(name)) end
  end
  for name, value in pairs(env) do parts[#parts + 1] = name .. "=" .. process.quote(value) end
  return table.concat(parts, " ")
end

---Starts a program on a terminal.
---@param list string[]  program and arguments
---@param opts { env: table<string, string>, width: integer?, height: integer? }  100 x 40 unless told
---@return spec.Terminal
function M.start(list, opts)
  local folder = process.folder()
  local self = setmetatable({ folder = folder }, Terminal)
  local words = {}
  for i, word in ipairs(list) do words[i] = process.quote(word) end
  -- The line after its end says how it ended, and keeps the screen.
  local command = ("%s %s; echo \"[ended $?]\"; cat"):format(environment(opts.env), table.concat(words, " "))
  process.shell(tmux(self, ("new-session -d -x %d -y %d %s"):format(opts.width or 100, opts.height or 40,
    process.quote(command))))
  return self
end

---What is on the screen, and above it, without colours.
---@return string
function Terminal:screen()
  return process.shell(tmux(self, "capture-pane -p -S -500"))
end

---Waits until the screen shows something.
---@param wanted string|fun(screen: string): any  a plain text, or what must answer something true
---@return any
function Terminal:wait_for(wanted)
  local deadline = os.time() + M.PATIENCE
  local screen
  repeat
    screen = self:screen()
    local found
    if type(wanted) == "function" then
      found = wanted(screen)
    else
      found = screen:find(wanted, 1, true)
    end
    if found then return found end
    task.sleep(BETWEEN_LOOKS)
  until os.time() > deadline
  error(("%s did not appear:\n%s"):format(type(wanted) == "string" and wanted or "what was wanted", screen), 2)
end

---Waits until the last line of the screen that is not empty is this one.
---@param line string
function Terminal:wait_for_last(line)
  self:wait_for(function(screen)
    return (screen:gsub("%s+$", "")):match("[^\n]*$") == line
  end)
end

---Types a text, as it is.
---@param text string
function Terminal:type(text)
  process.shell(tmux(self, "send-keys -l -- " .. process.quote(text)))
end

---Presses keys, by tmux's names: "Enter", "Tab", "C-c".
---@param keys string
function Terminal:press(keys)
  process.shell(tmux(self, "send-keys " .. keys))
end

---Types a line and presses Enter.
---@param line string
function Terminal:enter(line)
  self:type(line)
  self:press("Enter")
end

---Pastes a text the way a terminal does when the program asked for it: between marks.
---@param text string
function Terminal:paste(text)
  local path = process.write(self.folder .. "/paste", text)
  process.shell(tmux(self, "load-buffer " .. process.quote(path)))
  process.shell(tmux(self, "paste-buffer -p"))
end

---Changes the size of the window.
---@param width integer
---@param height integer
function Terminal:resize(width, height)
  process.shell(tmux(self, ("resize-window -x %d -y %d"):format(width, height)))
end

---Ends everything.
function Terminal:stop()
  process.shell(tmux(self, "kill-server") .. " 2>/dev/null")
  process.remove(self.folder)
end

return M
