-- plumb repl: Lua with the AWS operations at hand. Read-only unless --write, which is enforced where
-- requests are signed and not here. Reads a terminal line by line, or standard input when that is a file.

local SERVICES = { wa = "wellarchitected", ssm = "ssm", sts = "sts", sqs = "sqs", sns = "sns", dynamodb = "dynamodb" }

-- The parts of the session that need AWS are put together when they are first named.
local function lazies(args, cli)
  local opened
  local function context()
    opened = opened or require("plumb.context").open(args, cli)
    return opened
  end
  local lazy = { plumb = context }
  for short, name in pairs(SERVICES) do
    lazy[short] = function()
      return require("plumb.repl").service(function()
        return context().aws[name]
      end)
    end
  end
  return lazy
end

local function where(args, cli)
  local profile = args.sim and "sim" or args.profile or cli.env("AWS_PROFILE") or "default"
  local region = args.region or cli.env("AWS_REGION") or cli.env("AWS_DEFAULT_REGION") or (args.sim and "us-east-1")
  return region and profile .. ":" .. region or profile
end

local function mode(args)
  return args.write and "writing" or "read-only"
end

-- Evaluates the text of -e; what goes wrong is a problem like any other, with its exit code.
local function evaluate(session, args, cli)
  local ok, results = session:evaluate(args.e)
  local err, problem = require("plumb.err"), require("plumb.problem")
  if ok and results[1] == nil and err.is(results[2]) then
    ok, results = false, results[2]
  end
  if not ok then
    if type(results) == "table" and (problem.is(results) or err.is(results)) then
      error(problem.from(results), 0)
    end
    local place, because = tostring(results):match("^(repl:%d+): (.*)$")
    problem.raise({ id = "E410", what = "the code failed", where = place, because = because or tostring(results),
      fix = "correct the code given to -e" })
  end
  if args.json then
    cli.json(results[1] == nil and require("plumb.json").null or results[1])
  else
    session:present(results)
  end
  return session.failed > 0 and 1 or 0
end

local function from_file(session)
  for line in io.lines() do
    session:feed(line)
    if session.closed then
      break
    end
  end
  session:finish()
  return session.failed > 0 and 1 or 0
end

local function open_history(cli)
  local folder = require("plumb.cli.crash").state_folder(cli.env)
  local term = require("plumb.term")
  if folder and require("plumb.files").mkdir_all(folder, tonumber("700", 8)) then
    term.history_open(folder .. "/history")
    return term.history_add
  end
  cli.warn("the history cannot be kept: no folder for it")
  return function() end
end

local function from_terminal(session, args, cli)
  local term = require("plumb.term")
  local remember = args.no_history and function() end or open_history(cli)
  local first = ("%s (%s)> "):format(where(args, cli), mode(args))
  local more = ("%" .. (#first) .. "s"):format("..> ")
  cli.note(("plumb %s %s %s %s %s\n.help for help, .quit to leave"):format(require("plumb.build").version,
    cli.symbol("dot"), _VERSION, cli.symbol("dot"), mode(args)))
  local state, input = "done", nil
  while not session.closed do
    local line = term.read_line(state == "more" and more or first)
    if not line then
      cli.note("")
      break
    end
    input = input and input .. "\n" .. line or line
    state = session:feed(line)
    if state == "done" then
      remember(input) -- but for what begins with a blank, as in shells
      input = nil
    end
  end
  return 0
end

local function run(args, cli)
  args.dry_run = not args.write -- the context switches the whole process to reading
  local show = require("plumb.cli.show").show
  local session = require("plumb.repl").new({
    out = cli.out,
    fail = function(line)
      io.stderr:write(cli.color("red", "error:", "stderr") .. " " .. line .. "\n")
    end,
    show = function(value)
      return show(value, { width = cli.width(), ascii = not cli.utf8 })
    end,
    lazy = lazies(args, cli),
  })
  if args.e then
    return evaluate(session, args, cli)
  elseif cli.tty.stdin then
    return from_terminal(session, args, cli)
  end
  return from_file(session)
end

return {
  name = "repl",
  group = "LOOK AROUND",
  summary = "Interactive Lua with the AWS operations loaded",
  examples = {
    { "plumb repl --sim", "try it offline" },
    { "plumb repl --sim -e 'wa.ListWorkloads{}'", "evaluate one expression and leave" },
    { "plumb repl --write", "let calls change things" },
  },
  flags = {
    { "-e", value = "CODE", help = "evaluate CODE, print the result and leave" },
    { "--write", help = "allow calls that change something" },
    { "--no-history", help = "neither read nor write the history file" },
  },
  uses = { "aws", "policy", "state", "output" },
  run = run,
}
