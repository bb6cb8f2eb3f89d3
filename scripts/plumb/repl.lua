-- The interactive session without its terminal: lines in, text out. A line is tried as an expression
-- first, then as a statement, and waits for more where it is only begun. Nothing that goes wrong ends it.

local err = require("plumb.err")
local printable = require("plumb.cli.printable")
local problem = require("plumb.problem")
local strict = require("plumb.strict")

local M = {}

---@class plumb.Repl
---@field env table      what the session's code sees as globals
---@field failed integer how many inputs ended in an error
---@field closed boolean after .quit
local Repl = {}
Repl.__index = Repl

M.help = [[
An expression is evaluated and shown, a statement is run. What is not finished goes on on the next line.
  _                    the last result
  plumb                plumb's own functions: plumb.workloads(), plumb.policy, ...
  wa, ssm, sts, sqs    AWS services: wa.ListWorkloads{}, ssm.GetOpsItem{ OpsItemId = "oi-..." }
  require "plumb.json" any module of plumb
  .help                this text
  .break               drop an unfinished input
  .quit                leave (or Ctrl-D)
]]

-- Globals of the session: its own first, then those made at first use, then Lua's.
local function environment(lazy)
  local env = {}
  return setmetatable(env, {
    __index = function(_, name)
      if lazy[name] then
        rawset(env, name, lazy[name]())
        return rawget(env, name)
      end
      local value = rawget(_G, name)
      if value == nil then
        local known = setmetatable({}, { __index = _G })
        for key in pairs(_G) do
          known[key] = true
        end
        for key in pairs(lazy) do
          known[key] = true
        end
        for key in pairs(env) do
          known[key] = true
        end
        error(strict.undefined(name, known), 2)
      end
      return value
    end,
  })
end

---Lets operations be called as wa.ListWorkloads{} and wa:ListWorkloads{} alike.
---@param open fun(): table  the service handle
---@return table
function M.service(open)
  local handle
  return setmetatable({}, {
    __index = function(self, name)
      handle = handle or open()
      local ok, method = pcall(function() return handle[name] end)
      if not ok then -- no such operation; the line at fault is the session's, not ours
        error((tostring(method):gsub("^[^\n:]+:%d+: ", "")), 2)
      end
      if type(method) ~= "function" then
        return method
      end
      return function(first, ...)
        if rawequal(first, self) then
          return method(handle, ...)
        elseif first == nil then
          return method(handle, {})
        end
        return method(handle, first, ...)
      end
    end,
  })
end

---Starts a session.
---@param opts { out: fun(text: string), fail: fun(line: string), show: fun(value: any): string, lazy: table? }
---  lazy: name of a global -> function that makes it when it is first read
---  fail gets one line without "error: "
---@return plumb.Repl
function M.new(opts)
  return setmetatable({ env = environment(opts.lazy or {}), out = opts.out, fail = opts.fail, show = opts.show,
    buffer = nil, failed = 0, closed = false }, Repl)
end

-- One line, with the place in front where there is one.
local function error_line(failure)
  if problem.is(failure) then
    local fix = failure.fix and "   fix: " .. failure.fix:match("[^\n]*") or ""
    return printable.line(failure.what:match("[^\n]*")) .. " [" .. failure.id .. "]" .. printable.line(fix)
  end
  return printable.line(tostring(failure):match("[^\n]*"))
end

local function is_begun(message)
  return message:find("<eof>$") ~= nil
end

-- The function for a text, or nil and whether more lines may complete it, and the message.
local function compile(text, env)
  local chunk, as_expression = load("return " .. text, "=repl", "t", env)
  if chunk then
    return chunk
  end
  local message
  chunk, message = load(text, "=repl", "t", env)
  if chunk then
    return chunk
  end
  return nil, is_begun(message) or is_begun(as_expression), message
end

function Repl:trouble(failure)
  self.failed = self.failed + 1
  self.fail(error_line(failure))
end

-- Shows what came back; `nil, err` is how AWS says no.
function Repl:present(results)
  if results.n == 0 then
    return
  end
  if results[1] == nil and results.n >= 2 and err.is(results[2]) then
    local refusal = results[2]
    return self:trouble(refusal.kind == "readonly" and problem.from(refusal) or refusal)
  end
  self.env._ = results[1]
  local last = results.n
  while last > 1 and results[last] == nil do -- the empty place of an error is no result
    last = last - 1
  end
  for i = 1, last do
    self.out(self.show(results[i]))
  end
end

---Runs a finished text. Waits if it waits.
---@param chunk function
---@return boolean ok
function Repl:execute(chunk)
  local before = self.failed
  local results = table.pack(pcall(chunk))
  if results[1] then
    -- showing a value runs its __tostring and __index, which are not ours
    local ok, failure = pcall(self.present, self, table.pack(table.unpack(results, 2, results.n)))
    results[1], results[2] = ok, failure
  end
  if not results[1] then
    local failure = results[2]
    if require("plumb.cli.console").is_pipe_closed(failure) then
      error(failure, 0)
    end
    self:trouble(failure)
  end
  return self.failed == before
end

function Repl:dot(line)
  local word = line:match("^%s*%.(%a*)")
  if word == "quit" or word == "exit" then
    self.closed = true
  elseif word == "help" then
    self.out(M.help)
  elseif word == "break" then
    self.buffer = nil
  else
    local near = require("plumb.suggest").suggest(word, { "help", "quit", "break" })
    self:trouble(("no command '.%s'%s"):format(word, near and (" (did you mean '.%s'?)"):format(near) or "; see .help"))
  end
end

---Takes one line.
---@param line string  without its end
---@return "done"|"more" state  "more" when the input is only begun
function Repl:feed(line)
  if line:find("^%s*%.%a") and (not self.buffer or line:find("^%s*%.break%s*$")) then
    self:dot(line)
    return "done"
  end
  if not self.buffer and line:find("^%s*$") then
    return "done"
  end
  local text = self.buffer and self.buffer .. "\n" .. line or line
  local chunk, begun, message = compile(text, self.env)
  if not chunk and begun then
    self.buffer = text
    return "more"
  end
  self.buffer = nil
  if chunk then
    self:execute(chunk)
  else
    self:trouble(message)
  end
  return "done"
end

---Says that the input ended; an unfinished statement is an error then.
function Repl:finish()
  if self.buffer then
    local _, _, message = compile(self.buffer, self.env)
    self.buffer = nil
    self:trouble(message)
  end
end

---Compiles and runs a whole text, as -e gives it.
---@param text string
---@return boolean ok
---@return any failure_or_result  on failure what was raised, otherwise the results packed
function Repl:evaluate(text)
  local chunk, _, message = compile(text, self.env)
  if not chunk then
    return false, message
  end
  local results = table.pack(pcall(chunk))
  if not results[1] then
    return false, results[2]
  end
  return true, table.pack(table.unpack(results, 2, results.n))
end

return M
