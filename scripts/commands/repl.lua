-- plumb repl: Lua with the AWS operations at hand. Read-only unless --write or .write on, which is enforced where
-- requests are signed and not here. Reads a terminal line by line, or standard input when that is a file.

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
    local text = require("plumb.repl").message(results)
    local place, because = text:match("^(repl:%d+): (.*)$")
    problem.raise({ id = "E410", what = "the code failed", where = place, because = because or text,
      fix = ("correct the code given to plumb %s"):format(args.expr and "eval" or "repl -e") })
  end
  if args.json then
    local value, listing = results[1], require("plumb.repl.listing")
    local json = require("plumb.json")
    value = listing.is(value) and json.list(listing.all(value)) or value
    cli.json(value == nil and json.null or value)
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

local function banner(place, cli)
  local dot = (" %s "):format(cli.symbol("dot"))
  cli.note(table.concat({ "plumb " .. require("plumb.build").version, _VERSION, place:name(),
    place:is_writing() and "WRITE" or "read-only" }, dot) .. "\n"
    .. ".help for help, help(wa.ListAnswers) for an operation, Tab completes, .quit leaves\n"
    .. "Code typed here has all of Lua: files and programs too.")
end

local function from_terminal(session, place, args, cli)
  local terminal = require("plumb.repl.terminal")
  banner(place, cli)
  terminal.new({ cli = cli, place = place, session = session,
    remember = args.no_history and function() end or terminal.history(cli) }):run()
  return 0
end

-- A change is asked for on the terminal itself, whatever the code does with standard output.
local function asker()
  return function(question)
    local answer = require("plumb.term").read_line(question)
    if not answer then -- Ctrl-C or Ctrl-D, which leave the line unfinished
      io.stdout:write("\n")
    end
    return answer
  end
end

local FORMATS = { json = "json", jsonl = "json", csv = "csv", tsv = "tsv", markdown = "markdown" }

local UNCUT = 10000 -- cells; no table is as wide

-- Who reads a file or a pipe wants all of it.
local function width_of(args, cli)
  return function() return (args.width or cli.tty.stdout) and cli.width() or UNCUT end
end

local function new_session(args, cli, place, led)
  local present, terminal, session = require("plumb.repl.present"), require("plumb.repl.terminal"), nil
  local fail = led and terminal.failer(cli) or function(failure)
    io.stderr:write(cli.color("red", "error:", "stderr") .. " " .. require("plumb.repl").error_line(failure) .. "\n")
  end
  session = require("plumb.repl").new({
    out = terminal.writer(cli, function() return session.settings end),
    note = led and function(text) cli.note(cli.color("dim", text, "stderr")) end or nil,
    fail = fail, place = place, timing = led, page = led, call = led and terminal.caller() or nil,
    presenter = present.new({ width = width_of(args, cli), ascii = not cli.utf8, mode = FORMATS[args.output],
      rows = led and present.ROWS or nil,
      color = led and function(name, text) return cli.color(name, text, "stdout") end or nil }),
    lazy = { plumb = function() return place:context() end },
  })
  require("plumb.repl.furnish")(session, place)
  if led then
    rawset(session.env, "print", terminal.printer(cli))
  end
  return session
end

local function run(args, cli)
  local led = not args.e and cli.tty.stdin -- a person leads it
  local place = require("plumb.repl.place").new(args, cli, { ask = led and asker() or nil })
  local _ <close> = setmetatable({}, { __close = function() place:close() end })
  if not led and not args.write then
    require("plumb.aws.signer").read_only()
  end
  local session = new_session(args, cli, place, led)
  if args.e then
    return evaluate(session, args, cli)
  elseif led then
    return from_terminal(session, place, args, cli)
  end
  return from_file(session)
end

return {
  name = "repl",
  group = "LOOK AROUND",
  summary = "Interactive Lua with the AWS operations loaded",
  description = "Read-only until somebody at the terminal types .write on; each change is then asked for. Code typed\n"
    .. "here, in a file or behind -e has all of Lua, files and programs too. .help tells what there is.",
  examples = {
    { "plumb repl --sim", "try it offline" },
    { "plumb repl --sim -e 'risks{}'", "evaluate one expression and leave" },
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
