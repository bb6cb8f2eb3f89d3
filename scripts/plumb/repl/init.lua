-- The interactive session without its terminal: lines in, text out. A line is tried as an expression
-- first, then as a statement, and waits for more where it is only begun. Nothing that goes wrong ends it.

local compile = require("plumb.repl.compile").compile
local environment = require("plumb.repl.environment")
local err = require("plumb.err")
local printable = require("plumb.cli.printable")
local problem = require("plumb.problem")
local results_of = require("plumb.repl.results")
local secret = require("plumb.secret")

local M = {}

---@class plumb.Repl
---@field env table      what the session's code sees as globals
---@field inputs string[]  every piece of code that was run, oldest first
---@field results plumb.repl.Results
---@field presenter plumb.repl.Presenter
---@field settings { timing: boolean, page: boolean }
---@field place plumb.repl.Place?   where calls go; dot-commands change it
---@field failed integer how many inputs ended in an error
---@field closed boolean after .quit
local Repl = {}
Repl.__index = Repl

-- In this very task, where nobody presses Ctrl-C.
local function plainly(fn)
  return true, fn()
end

---Starts a session.
---@param opts { out: fun(text: string), note: fun(text: string)?, fail: fun(failure: any), lazy: table?,
---  presenter: plumb.repl.Presenter, place: plumb.repl.Place?, call: (fun(fn: function): boolean, any)?,
---  timing: boolean?, page: boolean? }
---  out gets results, note remarks, fail what went wrong: a plumb.Problem, a plumb.Error or a text; lazy: name of a
---  global -> function that makes it when it is first read; call runs a function and says false when somebody ended it
---@return plumb.Repl
function M.new(opts)
  local env = environment.new(opts.lazy or {})
  return setmetatable({ env = env, out = opts.out, fail = opts.fail, note = opts.note or function() end,
    presenter = opts.presenter, place = opts.place, call = opts.call or plainly, results = results_of.new(env),
    settings = { timing = opts.timing or false, page = opts.page or false },
    inputs = {}, buffer = nil, failed = 0, closed = false }, Repl)
end

---The text of an error that is no problem. A slip in typed code that plumb's own code noticed is not told with the
---place in plumb; .error has it all.
---@param failure any
---@return string
function M.message(failure)
  return (tostring(failure):gsub("^scripts/[%w_/]+%.lua:%d+: ", ""):gsub("^InvalidInput: ", ""))
end

local LONGEST = 2000 -- bytes of a message shown; .error has it all

---What went wrong, in one line.
---@param failure any
---@return string
function M.error_line(failure)
  if problem.is(failure) then
    local fix = failure.fix and "   fix: " .. failure.fix:match("[^\n]*") or ""
    return printable.line(failure.what:match("[^\n]*")) .. " [" .. failure.id .. "]" .. printable.line(fix)
  end
  local line = secret.mask(M.message(failure):match("[^\n]*"))
  return printable.line(#line > LONGEST and line:sub(1, LONGEST) .. "..." or line)
end

---Counts, remembers and shows what went wrong.
---@param failure any
---@param traceback? string
function Repl:trouble(failure, traceback)
  self.failed = self.failed + 1
  if err.is(failure) and failure.kind == "readonly" then
    failure = self.place and self.place:read_only_problem(failure) or problem.from(failure)
  end
  self.results:fail(failure, traceback)
  self.fail(failure)
end

-- Shows what came back; `nil, err` is how AWS says no.
local function present(self, results, text)
  if results.n == 0 then
    return
  end
  if results[1] == nil and results.n >= 2 and err.is(results[2]) then
    self:trouble(results[2])
    return
  end
  self.results:push(results[1])
  local last = results.n
  while last > 1 and results[last] == nil do -- the empty place of an error is no result
    last = last - 1
  end
  local again = text:find("^%s*_%s*$") ~= nil
  for i = 1, last do
    local shown, note = self.presenter:text(results[i], { again = again })
    note = note or require("plumb.repl.help").to_call(self, results[i])
    self.out(shown)
    if note then
      self.note(note)
    end
  end
end

-- Kept while the failing call is still on the stack, for .error. A failure that is nobody's mistake needs none, and
-- that of a recursion without end would take seconds to write.
local function keep_trace(failure)
  local bare = problem.is(failure) or err.is(failure)
    or type(failure) == "string" and failure:find("stack overflow", 1, true) ~= nil
  return { failure = failure, traceback = not bare and debug.traceback(tostring(failure), 2) or nil }
end

local function attempt(self, chunk, text)
  local results = table.pack(xpcall(chunk, keep_trace))
  if results[1] then
    -- showing a value runs its __tostring and __index, which are not ours
    results = table.pack(xpcall(present, keep_trace, self, table.pack(table.unpack(results, 2, results.n)), text))
  end
  if not results[1] then
    return results[2]
  end
end

local function cost(self, started, calls_before)
  local time = require("plumb.time")
  local calls = self.place and self.place:calls() - calls_before or 0
  if self.settings.timing and calls > 0 then
    self.note(("%d call%s, %.0f ms"):format(calls, calls == 1 and "" or "s", (time.monotonic() - started) * 1000))
  end
end

---Runs a function as if it had been typed. Waits if it waits.
---@param chunk function
---@param text? string  what was typed
---@return boolean ok
function Repl:execute(chunk, text)
  local before, started = self.failed, require("plumb.time").monotonic()
  local calls = self.place and self.place:calls() or 0
  local done, trouble = self.call(function() return attempt(self, chunk, text or "") end)
  if not done then
    self:trouble("interrupted")
  elseif trouble then
    if require("plumb.cli.console").is_pipe_closed(trouble.failure) then
      error(trouble.failure, 0)
    end
    self:trouble(trouble.failure, trouble.traceback)
  else
    cost(self, started, calls)
  end
  return self.failed == before
end

---Compiles and runs a whole text that was typed, pasted or edited.
---@param text string
function Repl:run(text)
  local chunk, message = compile(text, self.env)
  self.inputs[#self.inputs + 1] = text
  if chunk then
    self:execute(chunk, text)
  else
    self:trouble(message)
  end
end

local function is_dot(self, line)
  if self.buffer then -- a line may go on with a method: only .break is never that
    return line:find("^%s*%.break%s*$") ~= nil
  end
  return line:find("^%s*%.%a") ~= nil
end

-- "wa.ListAnswers?" asks what it is.
local function question(line)
  local name = line:match("^%s*([%a_][%w_.]*)%s*%?%s*$")
  return name and ("help(%q)"):format(name)
end

---Takes one line, or several at once.
---@param line string  without its end
---@return "done"|"more" state  "more" when the input is only begun
function Repl:feed(line)
  if is_dot(self, line) then
    require("plumb.repl.dot").run(self, line)
    return "done"
  elseif not self.buffer and line:find("^%s*$") then
    return "done"
  end
  local text = self.buffer and self.buffer .. "\n" .. line or line
  local asked = not self.buffer and question(line)
  local chunk, _, begun = compile(asked or text, self.env)
  if not chunk and begun then
    self.buffer = text
    return "more"
  end
  self.buffer = nil
  self:run(asked or text)
  return "done"
end

---Drops an unfinished input.
---@return boolean dropped  whether there was one
function Repl:drop()
  local dropped = self.buffer ~= nil
  self.buffer = nil
  return dropped
end

---Says that the input ended; an unfinished statement is an error then.
function Repl:finish()
  if self.buffer then
    local _, message = compile(self.buffer, self.env)
    self.buffer = nil
    self:trouble(message)
  end
end

---Compiles and runs a whole text, as -e gives it.
---@param text string
---@return boolean ok
---@return any failure_or_result  on failure what was raised, otherwise the results packed
function Repl:evaluate(text)
  local asked = question(text)
  local chunk, message = compile(asked or text, self.env)
  if not chunk then
    return false, message
  end
  local results = table.pack(pcall(chunk))
  if not results[1] then
    return false, results[2]
  end
  return true, table.pack(table.unpack(results, 2, results.n))
end

---Shows results that `evaluate` gave.
---@param results table  packed
function Repl:present(results)
  present(self, results, "")
end

return M
