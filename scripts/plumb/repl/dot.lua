-- Commands that begin with a dot, which no Lua statement does: how a session looks, where its calls go, files, help.
-- A command is { name, usage =, help =, words = list or function(session) -> list, run = function(session, rest) }.

local problem = require("plumb.problem")
local suggest = require("plumb.suggest")

local M = {}

---@class plumb.repl.Command
---@field [1] string     name, without the dot
---@field usage string   ".mode auto|table"
---@field help string
---@field words? string[]|fun(session: plumb.Repl, typed: string): string[]  what may follow, for completion
---@field run fun(session: plumb.Repl, rest: string)  may raise a plumb.Problem; may wait

local GROUPS = { "about", "output", "where", "files" }

local list, by_name

local function load_all()
  if list then
    return
  end
  list, by_name = {}, {}
  for _, group in ipairs(GROUPS) do
    for _, command in ipairs(require("plumb.repl.dot." .. group)) do
      list[#list + 1] = command
      by_name[command[1]] = command
    end
  end
end

---Every command, in the order in which help tells of them.
---@return plumb.repl.Command[]
function M.list()
  load_all()
  return list
end

---@param name string  without the dot
---@return plumb.repl.Command?
function M.find(name)
  load_all()
  return by_name[name]
end

---Raises that a command was not used as it should be.
---@param command plumb.repl.Command
---@param what string
function M.refuse(command, what)
  problem.raise({ id = "E103", what = what, fix = command.usage })
end

local function names()
  local out = {}
  for i, command in ipairs(M.list()) do
    out[i] = command[1]
  end
  return out
end

local function unknown(word)
  local near = suggest.suggest(word, names())
  return problem.new({ id = "E101", what = ("no command '.%s'"):format(word),
    fix = near and ("did you mean '.%s'?"):format(near) or ".help lists the commands" })
end

---Runs a line that begins with a dot; nothing that goes wrong leaves this function.
---@param session plumb.Repl
---@param line string
function M.run(session, line)
  local word, rest = line:match("^%s*%.(%a+)%s*(.-)%s*$")
  local command = M.find(word)
  if not command then
    session:trouble(unknown(word))
    return
  end
  local done, trouble = session.call(function()
    local ok, failure = pcall(command.run, session, rest)
    return not ok and { failure = failure } or nil
  end)
  if not done then
    session:trouble("interrupted")
  elseif trouble then
    session:trouble(trouble.failure)
  end
end

return M
