-- The terminal around a session: prompt, lines with completion and history, pastes, Ctrl-C, a pager for long output.

local complete = require("plumb.repl.complete")
local files = require("plumb.files")
local printable = require("plumb.cli.printable")
local problem = require("plumb.problem")
local secret = require("plumb.secret")
local task = require("plumb.task")
local term = require("plumb.term")

local M = {}

-- Some systems say nothing about characters; then less would show bytes where we write UTF-8.
local PAGER = "LESSCHARSET=utf-8 less -FIRX"

local SHOWN_OF_PASTE = 40 -- lines
local REMEMBERED = 16384  -- bytes of an input, at most; the history is read and written as a whole

---@class plumb.repl.Terminal
---@field cli plumb.Cli
---@field place plumb.repl.Place
---@field session plumb.Repl
local Terminal = {}
Terminal.__index = Terminal

---Runs fn so that Ctrl-C ends it and nothing else; inside such a call it just runs.
---@return fun(fn: function): boolean, any
function M.caller()
  local under_way = false
  return function(fn)
    if under_way then
      return true, fn()
    end
    under_way = true
    local _ <close> = setmetatable({}, { __close = function() under_way = false end })
    return task.interruptible(fn)
  end
end

-- Tall output goes through the pager where there is one. It gets a file and not a pipe, so that it can be started by
-- os.execute, which leaves Ctrl-C to the pager while that has the terminal.
local function page(text)
  local path = os.tmpname()
  local _ <close> = setmetatable({}, { __close = function() os.remove(path) end })
  return files.write_atomic(path, text, tonumber("600", 8)) and os.execute(("%s < '%s'"):format(PAGER, path)) == true
end

local function has_pager()
  local pipe = io.popen("command -v less 2>/dev/null")
  local found = pipe and pipe:read("a") or ""
  if pipe then
    pipe:close()
  end
  return found ~= ""
end

-- Where nothing but ASCII can be shown, our own signs have twins; what AWS says stays as it is.
local function twins(cli, text)
  if cli.utf8 then
    return text
  end
  return (text:gsub("…", "..."):gsub("·", "-"):gsub("─", "-"))
end

---Writes a result; through a pager when it is taller than the window and paging is on.
---@param cli plumb.Cli
---@param settings fun(): table  of the session
---@return fun(text: string)
function M.writer(cli, settings)
  local pager -- nil until it was looked for
  return function(text)
    text = twins(cli, secret.mask(text))
    local _, rows = term.width()
    local height = select(2, text:gsub("\n", ""))
    if settings().page and cli.tty.stdout and rows and height >= rows then
      if pager == nil then
        pager = has_pager()
      end
      cli.flush()
      if pager and page(text) then
        return
      end
    end
    cli.out(text)
  end
end

---`print` for a terminal: what AWS or a file says may hold control characters, which are shown and not obeyed.
---@param cli plumb.Cli
---@return fun(...: any)
function M.printer(cli)
  return function(...)
    local words = table.pack(...)
    for i = 1, words.n do
      words[i] = tostring(words[i])
    end
    cli.out(printable.lines(secret.mask(table.concat(words, "\t"))))
  end
end

---Shows what went wrong.
---@param cli plumb.Cli
---@return fun(failure: any)
function M.failer(cli)
  local err = require("plumb.err")
  return function(failure)
    cli.flush()
    if problem.is(failure) or err.is(failure) then
      io.stderr:write(problem.render(problem.from(failure), { width = cli.width(), color = function(name, text)
        return cli.color(name, text, "stderr")
      end }))
    else
      io.stderr:write(cli.color("red", "error:", "stderr"), " ", require("plumb.repl").error_line(failure), "\n")
    end
  end
end

---@param opts { cli: plumb.Cli, place: plumb.repl.Place, session: plumb.Repl, remember: fun(text: string) }
---@return plumb.repl.Terminal
function M.new(opts)
  return setmetatable({ cli = opts.cli, place = opts.place, session = opts.session, remember = opts.remember,
    width = opts.cli.width, interrupts = 0 }, Terminal)
end

-- Cyan for the simulator, green for reading, red for writing; the words say it too.
local function prompts(self)
  local writing = self.place:is_writing()
  local text = ("%s %s>"):format(printable.line(self.place:name()), writing and "WRITE" or "read-only")
  local color = writing and "red" or self.place.args.sim and "cyan" or "green"
  local painted = self.cli.color(color, text, "stdout")
  if painted ~= text then
    painted = painted:gsub("\27%[%d+m", "\1%0\1")
  end
  return painted .. " ", (" "):rep(math.max(0, term.display_width(text) - 3)) .. "..> "
end

-- Tab: what to insert, and the candidates in columns when there are several.
local function completer(self)
  return function(line, before)
    local head = line:sub(1, before)
    local pending = self.session.buffer
    local insertion, candidates = complete.complete(self.session, pending and pending .. "\n" .. head or head)
    local listing = #candidates > 1 and complete.columns(candidates, self.cli.width()) or nil
    return insertion, listing
  end
end

-- The first line of a paste is on the screen already, where it was pasted.
local function show_pasted(self, text, more)
  local lines = {}
  for line in (text:gsub("\n+$", "") .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line
  end
  for i = 2, math.min(#lines, SHOWN_OF_PASTE) do
    self.cli.write(more .. printable.lines(lines[i]) .. "\n")
  end
  if #lines > SHOWN_OF_PASTE then
    self.cli.write(("%s(%d more lines)\n"):format(more, #lines - SHOWN_OF_PASTE))
  end
end

-- Ctrl-C drops what was typed; at an empty prompt, twice in a row, it leaves.
local function interrupted(self, typed)
  task.take_interrupt()
  self.cli.write("\n")
  self.interrupts = (self.session:drop() or typed) and 0 or self.interrupts + 1
  if self.interrupts > 1 then
    self.session.closed = true
  elseif self.interrupts == 1 then
    self.cli.note("Ctrl-C once more leaves, as do .quit and Ctrl-D")
  end
  self.typed = nil
end

local function feed(self, line)
  self.typed = self.typed and self.typed .. "\n" .. line or line
  if self.session:feed(line) == "done" then
    if #self.typed <= REMEMBERED then
      self.remember(self.typed) -- but for what begins with a blank, as in shells
    end
    self.typed = nil
  end
end

local function take(self, line, pasted, more)
  self.interrupts = 0
  if not pasted then
    feed(self, line)
    return
  end
  show_pasted(self, line, more)
  line = line:gsub("\n+$", "")
  if not line:find("^%s*%.%a") then
    feed(self, line)
    return
  end
  for one in (line .. "\n"):gmatch("(.-)\n") do -- commands take one line each
    feed(self, one)
  end
end

---Reads and runs until the person leaves. Waits.
function Terminal:run()
  task.catch_interrupts(true)
  local _ <close> = setmetatable({}, { __close = function() task.catch_interrupts(false) end })
  local complete_at = completer(self)
  while not self.session.closed and not task.stop_signal() do
    local prompt, more = prompts(self)
    local line, how, typed = term.read_line(self.session.buffer and more or prompt, complete_at)
    if line then
      take(self, line, how, more)
    elseif how == "interrupted" and not task.stop_signal() then
      interrupted(self, typed)
    elseif self.session:drop() then -- Ctrl-D in the middle of an input
      self.typed = nil
      self.cli.write("\n")
    else
      self.cli.write("\n")
      return
    end
  end
end

---Remembers lines in a file that only its owner can read.
---@param cli plumb.Cli
---@return fun(text: string)
function M.history(cli)
  local folder = require("plumb.cli.crash").state_folder(cli.env)
  if folder and files.mkdir_all(folder, tonumber("700", 8)) then
    term.history_open(folder .. "/history")
    return term.history_add
  end
  cli.warn("the history cannot be kept: no folder for it")
  return function() end
end

return M
