local parse = require("plumb.cli.parse")
local problem = require("plumb.problem")

local command = {
  name = "scan",
  flags = {
    { "--workload", value = "GLOB", many = true, help = "" },
    { "--risk", value = "LEVEL", choices = { "high", "medium" }, help = "" },
    { "--offset", value = "N", type = "integer", min = -10, max = 10, help = "" },
    { "--rate", value = "R", type = "number", max = 1, help = "" },
    { "-e", value = "CODE", help = "" },
  },
  arguments = { { name = "FILE", optional = true } },
  uses = { "write", "output" },
}

local raw = { name = "run", raw = true, uses = { "aws" }, arguments = { { name = "FILE" } } }

local function args(...)
  return parse.arguments(command, { ... })
end

local function refusal(...)
  local ok, failure = pcall(args, ...)
  assert.is_false(ok)
  assert.is_true(problem.is(failure), tostring(failure))
  assert.equal(2, problem.exit_code(failure))
  return failure
end

describe("arguments", function()
  it("come under their long name with _ for -", function()
    local values = args("-n", "--limit", "5", "--no-color", "-vv", "-v", "plan.json", "-e", "1+1")
    assert.is_true(values.dry_run)
    assert.equal(5, values.limit)
    assert.equal("integer", math.type(values.limit))
    assert.is_true(values.no_color)
    assert.equal(3, values.verbose)
    assert.equal("plan.json", values.file)
    assert.equal("1+1", values.e)
  end)

  it("are lists where many may be given, and empty lists when none is", function()
    assert.same({ "a*", "b" }, args("--workload", "a*", "--workload=b").workload)
    assert.same({}, args().workload)
    assert.equal(0, args().verbose)
    assert.is_nil(args().file)
  end)

  it("say json in one way", function()
    assert.equal("json", args("--json").output)
    assert.is_true(args("-o", "json").json)
    assert.is_nil(args("-o", "csv").json)
  end)

  it("takes fields behind --json where there are columns", function()
    local rows = { name = "list", uses = { "output", "rows" } }
    local values = parse.arguments(rows, { "--json=workload,risk" })
    assert.is_true(values.json)
    assert.same({ "workload", "risk" }, values.columns)
    assert.same({ "a", "b" }, parse.arguments(rows, { "--columns", "a, b" }).columns)
    local ok, failure = pcall(parse.arguments, rows, { "--columns", "," })
    assert.equal("E103", not ok and failure.id)
    ok, failure = pcall(args, "--json=workload")
    assert.equal("E103", not ok and failure.id)
  end)

  it("are the same with and without a flag beside them", function()
    for _, arguments in ipairs({ {}, { { name = "A" } }, { { name = "A", optional = true } },
      { { name = "A" }, { name = "B", optional = true } }, { { name = "A" }, { name = "B", many = true } },
      { { name = "A", many = true, optional = true } } }) do
      local some = { name = "x", arguments = arguments, flags = { { "--many", value = "V", many = true, help = "" } } }
      for _, words in ipairs({ {}, { "1" }, { "1", "2" }, { "1", "2", "3" } }) do
        local plain, values = pcall(parse.arguments, some, words)
        local flagged, others = pcall(parse.arguments, some, { "--quiet", table.unpack(words) })
        assert.equal(flagged, plain)
        if plain then
          others.quiet = nil
          assert.same(others, values)
        else
          assert.equal(others.id, values.id)
        end
      end
    end
  end)

  it("that are words from a list are nothing else", function()
    local listed = { name = "item", arguments = { { name = "ACTION", choices = { "list", "show" } } } }
    assert.equal("show", parse.arguments(listed, { "show" }).action)
    local ok, failure = pcall(parse.arguments, listed, { "lst" })
    assert.is_false(ok)
    assert.equal("E103", failure.id)
    assert.equal("'lst' is not an ACTION of plumb item", failure.what)
    assert.equal("did you mean 'list'?   one of: list, show", failure.fix)
  end)

  it("may be negative numbers", function()
    assert.equal(-5, args("--offset", "-5").offset)
    assert.equal(-5, args("--offset=-5").offset)
  end)

  it("keep bytes that are not UTF-8", function()
    assert.equal("\xff\xfe", args("--workload", "\xff\xfe").workload[1])
  end)

  it("are the same whether or not anything was given", function()
    local many = { name = "x", flags = command.flags, uses = command.uses,
      arguments = { { name = "FILE", optional = true }, { name = "MORE", optional = true, many = true } } }
    local with, without = parse.arguments(many, { "-q" }), parse.arguments(many, {})
    with.quiet = nil
    assert.same(with, without)
  end)

  it("stop being flags after --", function()
    assert.equal("--json", args("--", "--json").file)
  end)
end)

describe("a wrong command line", function()
  it("names an unknown flag and the nearest one", function()
    local p = refusal("--dry-rum")
    assert.equal("E102", p.id)
    assert.equal("plumb scan has no flag '--dry-rum'", p.what)
    assert.truthy(p.fix:find("did you mean '--dry-run'?", 1, true))
    assert.equal("E102", refusal("-z").id)
    assert.equal("E102", refusal("--jsn=1").id)
    assert.falsy(refusal("-z").fix:find("did you mean", 1, true))
  end)

  it("does not accept a shared flag that the command does not heed", function()
    assert.equal("E102", refusal("--policy", "x").id)
  end)

  it("names a bad value", function()
    assert.equal("E103", refusal("--limit", "many").id)
    assert.equal("'many' is not a value for --limit", refusal("--limit", "many").what)
    assert.equal("E103", refusal("--limit", "1.5").id)
    assert.equal("E103", refusal("--limit", "0x10").id)
    assert.equal("E103", refusal("--limit", "99999999999999999999").id)
    assert.equal("0 or more", refusal("--limit", "-5").fix)
    assert.equal("from -10 to 10", refusal("--offset", "11").fix)
    assert.equal("E103", refusal("--rate", "1.1").id)
    assert.equal("E103", refusal("--json=yes").id)
    assert.equal("E103", refusal("--limit", "").id)
    assert.equal("E103", refusal("-o", "").id)
  end)

  it("suggests among choices", function()
    assert.equal("did you mean 'high'?   one of: high, medium", refusal("--risk", "hihg").fix)
  end)

  it("says what is missing or too much", function()
    assert.equal("E104", refusal("--limit").id)
    assert.equal("flag '--limit' needs a value", refusal("--limit").what)
    assert.equal("E106", refusal("a", "b").id)
    local ok, failure = pcall(parse.arguments, raw, {})
    assert.is_false(ok)
    assert.equal("plumb run needs FILE", failure.what)
  end)

  it("lists the words there are where one is missing, and where the first one is none of them", function()
    local schedule = require "commands.schedule"
    local function failure_of(...)
      local ok, failure = pcall(parse.arguments, schedule, { ... })
      assert.is_false(ok)
      return failure
    end
    local completion = require "commands.completion"
    local ok, failure = pcall(parse.arguments, completion, {})
    assert.is_false(ok)
    assert.equal("plumb completion bash|zsh|fish   --help says more", failure.fix)
    assert.equal("E103", failure_of("rate(1 hour)").id)
    assert.matches("is not an ACTION of plumb schedule", failure_of("rate(1 hour)").what, 1, true)
    assert.equal("plumb schedule needs EXPRESSION", failure_of("next").what)
  end)

  it("is answered soon and shortly however large it is", function()
    local mega = ("a"):rep(1024 * 1024)
    assert.is_true(#refusal("--" .. mega).what < 200)
    assert.is_true(#refusal("--limit", mega).what < 200)
    assert.is_true(#refusal("-" .. mega).what < 200)
    assert.is_true(#refusal("x", mega).what < 200)
    local many = {}
    for i = 1, 10000 do
      many[i] = "-v"
    end
    assert.equal(10000, args(table.unpack(many)).verbose)
  end)

  it("does not let control characters through to the terminal", function()
    local p = refusal("--\27[31m")
    assert.falsy(p.what:find("\27"))
    assert.falsy(refusal("--risk", "\27]0;x\7").what:find("[\27\7]"))
  end)
end)

describe("a command that runs somebody else's program", function()
  it("leaves everything after its first word alone", function()
    local values = parse.arguments(raw, { "--profile", "p", "tests/run.lua", "-o", "TAP", "--bogus", "--", "x" })
    assert.equal("p", values.profile)
    assert.equal("tests/run.lua", values.file)
    assert.same({ "-o", "TAP", "--bogus", "--", "x" }, values.args)
  end)

  it("takes away one -- before or after the file", function()
    assert.same({ "-x" }, parse.arguments(raw, { "f.lua", "--", "-x" }).args)
    local values = parse.arguments(raw, { "--", "-f.lua", "-x" })
    assert.equal("-f.lua", values.file)
    assert.same({ "-x" }, values.args)
  end)

  it("still checks its own flags", function()
    assert.has_error(function() parse.arguments(raw, { "--bogus", "f.lua" }) end)
  end)
end)

describe("the command word", function()
  it("may follow shared flags and their values", function()
    local word, rest = parse.command_word({ "--profile", "scan", "-q", "resolve", "--json" })
    assert.equal("resolve", word)
    assert.same({ "--profile", "scan", "-q", "--json" }, rest)
  end)

  it("may be missing", function()
    assert.is_nil((parse.command_word({ "--json" })))
  end)
end)

describe("help", function()
  it("is wanted by -h and --help, wherever they stand, but not after --", function()
    assert.equal("short", parse.help_wanted({ "--limit", "-h" }))
    assert.equal("long", parse.help_wanted({ "x", "--help" }))
    assert.is_nil(parse.help_wanted({ "--", "-h" }))
  end)
end)
