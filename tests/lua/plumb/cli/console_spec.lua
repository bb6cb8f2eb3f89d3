local console = require("plumb.cli.console")
local problem = require("plumb.problem")

-- A stream that keeps what is written, or fails as a closed pipe or a full disk does.
local function stream(failure)
  local fake = { text = "" }
  function fake:write(...)
    if failure then
      return nil, failure[1], failure[2]
    end
    self.text = self.text .. table.concat({ ... })
    return self
  end
  function fake.flush() end
  return fake
end

local function new(opts)
  opts = opts or {}
  local env = opts.env or {}
  local out, errors = opts.stdout or stream(), stream()
  local cli = console.new({
    args = opts.args or {}, stdout = out, stderr = errors,
    env = function(name) return env[name] end,
    tty = opts.tty or { stdin = false, stdout = false, stderr = false },
    read_line = opts.read_line, width = function() return opts.columns or 80 end,
  })
  return cli, out, errors
end

local TTY = { stdin = true, stdout = true, stderr = true }

describe("cli", function()
  it("writes results to standard output and talk to standard error", function()
    local cli, out, errors = new()
    cli.out("result")
    cli.out("line\n")
    cli.write("bytes")
    cli.note("note")
    cli.warn("careful")
    assert.equal("result\nline\nbytes", out.text)
    assert.equal("note\nwarning: careful\n", errors.text)
  end)

  it("keeps notes to itself with --quiet, but not warnings", function()
    local cli, _, errors = new({ args = { quiet = true } })
    cli.note("note")
    cli.warn("careful")
    assert.equal("warning: careful\n", errors.text)
  end)

  it("shows a problem as text, or as one line of JSON", function()
    local p = problem.new({ id = "E101", what = "no", fix = "do" })
    local cli, _, errors = new()
    cli.fail(p)
    assert.equal(problem.render(p), errors.text)
    local json_cli, out, json_errors = new({ args = { json = true } })
    json_cli.fail(p)
    assert.equal(problem.json(p) .. "\n", json_errors.text)
    assert.equal("", out.text)
  end)

  it("ends quietly when the reader has gone and loudly when the disk is full", function()
    local cli = new({ stdout = stream({ "Broken pipe", 32 }) })
    local ok, failure = pcall(cli.out, "x")
    assert.is_false(ok)
    assert.is_true(console.is_pipe_closed(failure))
    cli = new({ stdout = stream({ "No space left on device", 28 }) })
    ok, failure = pcall(cli.out, "x")
    assert.is_false(ok)
    assert.equal("E701", failure.id)
    assert.equal(1, problem.exit_code(failure))
  end)
end)

describe("colours", function()
  local function colored(opts)
    return new(opts).color("red", "x") ~= "x"
  end

  it("need terminals and nobody against it", function()
    assert.is_true(colored({ tty = TTY }))
    assert.is_false(colored({}))
    assert.is_false(colored({ tty = { stdin = true, stdout = true, stderr = false } }))
    assert.is_false(colored({ tty = TTY, env = { NO_COLOR = "1" } }))
    assert.is_true(colored({ tty = TTY, env = { NO_COLOR = "" } }))
    assert.is_false(colored({ tty = TTY, env = { TERM = "dumb" } }))
    assert.is_false(colored({ tty = TTY, args = { no_color = true } }))
    assert.is_true(colored({ env = { CLICOLOR_FORCE = "1" } }))
    assert.is_false(colored({ env = { CLICOLOR_FORCE = "0" } }))
    assert.is_false(colored({ env = { CLICOLOR_FORCE = "1", NO_COLOR = "1" } }))
  end)

  it("are told apart by stream when the stream is known", function()
    local cli = new({ tty = { stdin = false, stdout = false, stderr = true } })
    assert.equal("\27[31mx\27[0m", cli.color("red", "x", "stderr"))
    assert.equal("x", cli.color("red", "x", "stdout"))
  end)

  it("never reach a file through messages", function()
    local cli, _, errors = new({ tty = { stdin = true, stdout = true, stderr = false } })
    cli.warn("x")
    cli.fail(problem.new({ id = "E101", what = "x" }))
    assert.falsy(errors.text:find("\27"))
  end)

  it("refuse a name that does not exist", function()
    assert.has_error(function() new({ tty = TTY }).color("mauve", "x") end)
  end)
end)

describe("symbols", function()
  it("are ASCII unless the locale is UTF-8", function()
    assert.equal("ok", new().symbol("ok"))
    assert.equal("ok", new({ env = { LANG = "C" } }).symbol("ok"))
    assert.equal("✓", new({ env = { LANG = "de_DE.UTF-8" } }).symbol("ok"))
    assert.equal("✓", new({ env = { LC_CTYPE = "C.utf8", LANG = "C" } }).symbol("ok"))
    assert.equal("ok", new({ env = { LC_ALL = "C", LANG = "de_DE.UTF-8" } }).symbol("ok"))
  end)
end)

describe("questions", function()
  local function answering(answer)
    return { tty = TTY, read_line = function() return answer end }
  end

  it("take y and yes for yes and anything else for no", function()
    for _, yes in ipairs({ "y", "Y", "yes", " Yes " }) do
      assert.is_true(new(answering(yes)).ask("Go on?"))
    end
    for _, no in ipairs({ "", "n", "yep", "nonsense" }) do
      assert.is_false(new(answering(no)).ask("Go on?"))
    end
    assert.is_false(new(answering(nil)).ask("Go on?"))
  end)

  it("are put on standard error, without obeying what is in them", function()
    local cli, out, errors = new(answering("n"))
    cli.ask("Create \27[31m2?")
    assert.equal("Create \\x1b[31m2? [y/N] ", errors.text)
    assert.equal("", out.text)
  end)

  it("are not asked where nobody can answer", function()
    local never = { read_line = function() error("asked") end }
    assert.is_false(new(never).ask("?"))
    never.tty = { stdin = true, stdout = true, stderr = false }
    assert.is_false(new(never).ask("?"))
    never.tty, never.args = TTY, { no_input = true }
    assert.is_false(new(never).ask("?"))
  end)
end)

describe("leave to write", function()
  it("is given by --yes or a yes", function()
    assert.is_true(new({ args = { yes = true } }).may_write("?"))
    assert.is_true(new({ tty = TTY, read_line = function() return "y" end }).may_write("?"))
    assert.is_false(new({ tty = TTY, read_line = function() return "" end }).may_write("?"))
  end)

  it("is refused with exit code 2 and what to add when there is nobody to ask", function()
    local ok, failure = pcall(new().may_write, "?")
    assert.is_false(ok)
    assert.equal("E108", failure.id)
    assert.equal(2, problem.exit_code(failure))
    assert.truthy(failure.fix:find("--yes", 1, true))
  end)
end)

describe("tables", function()
  local rows, columns = { { n = "shop", h = 1 } }, { "n", "h" }

  it("are tabs in a pipe and CSV or JSON on request", function()
    local cli, out = new()
    cli.table(rows, columns)
    assert.equal("shop\t1\n", out.text)
    cli, out = new({ args = { output = "csv" } })
    cli.table(rows, columns)
    assert.equal("n,h\r\nshop,1\r\n", out.text)
    cli, out = new({ args = { output = "json" } })
    cli.table(rows, columns)
    assert.equal('[{"h":1,"n":"shop"}]\n', out.text)
  end)

  it("are a line of JSON for each row, or Markdown, on request", function()
    local cli, out = new({ args = { output = "jsonl" } })
    cli.table({ { n = "a" }, { n = "b" } }, columns)
    assert.equal('{"n":"a"}\n{"n":"b"}\n', out.text)
    cli, out = new({ args = { output = "markdown" } })
    cli.table(rows, columns)
    assert.equal("| n | h |\n| --- | ---: |\n| shop | 1 |\n", out.text)
  end)

  it("fit the terminal, and --width in a file too", function()
    local long = { { n = ("word "):rep(20), h = 1 } }
    local cli, out = new({ args = { output = "table" } })
    cli.table(long, columns)
    assert.truthy(out.text:find(("word "):rep(20), 1, true))
    cli, out = new({ args = { output = "table", width = 30 } })
    cli.table(long, columns)
    for line in out.text:gmatch("[^\n]+") do assert.is_true(utf8.len(line) <= 30, line) end
    cli, out = new({ tty = TTY, columns = 40 })
    cli.table(long, columns)
    for line in out.text:gmatch("[^\n]+") do assert.is_true(utf8.len(line) <= 40, line) end
  end)

  it("have colours with --color always, and never with --color never", function()
    local colored = { { key = "n", color = function() return "red" end } }
    local cli, out = new({ args = { output = "table", color = "always" }, env = { NO_COLOR = "1" } })
    cli.table(rows, colored)
    assert.truthy(out.text:find("\27[31mshop", 1, true))
    cli, out = new({ tty = TTY, args = { color = "never" }, env = { CLICOLOR_FORCE = "1" } })
    cli.table(rows, colored)
    assert.is_nil(out.text:find("\27", 1, true))
  end)
end)

describe("progress", function()
  local clock

  before_each(function()
    clock = 0
    require("plumb.time").set(function() return clock end)
  end)
  after_each(function() require("plumb.time").set(nil) end)

  it("is one line on a terminal, gone when anything else is said, without an escape sequence", function()
    local cli, out, errors = new({ tty = TTY })
    cli.progress("Reading 1")
    cli.progress("Reading 2") -- too soon
    clock = 0.2
    cli.progress("Read")
    cli.out("result")
    assert.equal("\rReading 1\rRead     \r    \r", errors.text)
    assert.equal("result\n", out.text)
    cli.note("done")
    assert.truthy(errors.text:find("\r    \rdone\n$"))
  end)

  it("fits the terminal", function()
    local cli, _, errors = new({ tty = TTY, columns = 20, env = { LANG = "C.UTF-8" } })
    cli.progress("Reading " .. ("漢"):rep(30))
    assert.is_true(require("plumb.term").display_width((errors.text:gsub("\r", ""))) < 20)
  end)

  it("is nothing elsewhere, and plain lines with --verbose", function()
    local quiet = {}
    for _, opts in ipairs({ {}, { tty = TTY, args = { quiet = true } }, { tty = TTY, env = { TERM = "dumb" } },
      { tty = TTY, args = { progress = "never" } }, { tty = TTY, args = { debug = true } } }) do
      local cli, _, errors = new(opts)
      cli.progress("Reading", "read shop")
      quiet[#quiet + 1] = errors.text
    end
    assert.equal("", table.concat(quiet))
    local cli, _, errors = new({ args = { verbose = 1 } })
    cli.progress("Reading", "read shop\27")
    assert.equal("read shop\\x1b\n", errors.text)
  end)
end)
