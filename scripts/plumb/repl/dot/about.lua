-- Dot-commands about the session itself: help, what can be called, the way out.

local function quit(session)
  session.closed = true
end

local function subjects(session)
  local names = {}
  for name in next, session.env do
    names[#names + 1] = type(name) == "string" and name:find("^%a") and name or nil
  end
  for _, command in ipairs(require("plumb.repl.dot").list()) do
    names[#names + 1] = command[1]
  end
  table.sort(names)
  return names
end

local function ops(session, rest)
  session.out(require("plumb.repl.help").operations(session, rest))
end

return {
  { "help", usage = ".help [NAME]", help = "this list, or help on an operation, a job or a command",
    words = subjects, run = function(session, rest)
      session.out(require("plumb.repl.help").text(session, rest ~= "" and rest or nil))
    end },
  { "ops", usage = ".ops [TEXT]", help = "operations whose name has TEXT, of all services: .ops answer", run = ops },
  { "break", usage = ".break", help = "drop an unfinished input", run = function(session)
    session:drop()
  end },
  { "quit", usage = ".quit", help = "leave; Ctrl-D does too", run = quit },
  { "exit", usage = ".exit", help = "the same as .quit", run = quit },
}
