local err = require("plumb.err")
local problem = require("plumb.problem")
local repl = require("plumb.repl")

describe("the REPL", function()
  local session, shown, failures

  before_each(function()
    shown, failures = {}, {}
    session = repl.new({
      out = function(text) shown[#shown + 1] = text end,
      fail = function(line) failures[#failures + 1] = line end,
      show = function(value) return tostring(value) end,
      lazy = {
        wa = function()
          return repl.service(function()
            return {
              region = "eu-west-1",
              ListWorkloads = function(self, input) return self.region .. ":" .. (input.NamePrefix or "all") end,
              GetAnswer = function() return nil, err.new({ code = "ThrottlingException", message = "slow down" }) end,
            }
          end)
        end,
      },
    })
  end)

  it("takes a line as an expression first, then as a statement", function()
    session:feed("1 + 1")
    session:feed("x = 5")
    session:feed("x * 2")
    assert.same({ "2", "10" }, shown)
    assert.same({}, failures)
  end)

  it("shows every value that comes back and keeps the first in _", function()
    session:feed("7, 8")
    session:feed("_ + 1")
    assert.same({ "7", "8", "8" }, shown)
  end)

  it("goes on over lines until a statement or an expression is whole", function()
    assert.equal("more", session:feed("for i = 1, 2 do"))
    assert.equal("more", session:feed("  y = i"))
    assert.equal("done", session:feed("end"))
    assert.equal("more", session:feed("math.max(y,"))
    assert.equal("done", session:feed("  9)"))
    assert.equal("more", session:feed("s = [[a"))
    assert.equal("done", session:feed("b]]"))
    session:feed("s")
    assert.same({ "9", "a\nb" }, shown)
  end)

  it("drops an unfinished input at .break", function()
    session:feed("f(")
    assert.equal("done", session:feed(".break"))
    session:feed("1")
    assert.same({ "1" }, shown)
  end)

  it("says so when the input ends in the middle", function()
    session:feed("if true then")
    session:finish()
    assert.equal(1, session.failed)
    assert.truthy(failures[1]:find("^repl:1: .*<eof>"))
  end)

  it("survives errors and names their place in one line", function()
    session:feed("nil + 1")
    session:feed("error('a\\nb')")
    session:feed("error({})")
    session:feed("= 1")
    session:feed("1 +* 2")
    session:feed("2")
    assert.equal(5, #failures)
    assert.equal("repl:1: attempt to perform arithmetic on a nil value", failures[1])
    assert.equal("repl:1: a", failures[2])
    for _, line in ipairs(failures) do
      assert.falsy(line:find("\n"))
    end
    assert.same({ "2" }, shown)
    assert.equal(5, session.failed)
  end)

  it("shows an error of AWS as one line and not as nil", function()
    session:feed("wa.GetAnswer{}")
    assert.same({ "ThrottlingException: slow down" }, failures)
    assert.same({}, shown)
  end)

  it("does not show the empty place of an error", function()
    session:feed("5, nil")
    session:feed("nil")
    assert.same({ "5", "nil" }, shown)
  end)

  it("names an unknown operation at the line that was typed", function()
    session.env.q = repl.service(function()
      return setmetatable({}, { __index = function() error("SQS has no operation Foo", 2) end })
    end)
    session:feed("q.Foo{}")
    assert.same({ "repl:1: SQS has no operation Foo" }, failures)
  end)

  it("says how to write when a call was refused for being read-only", function()
    session.env.refused = function() return nil, err.new({ kind = "readonly", code = "ReadOnly", message = "x" }) end
    session:feed("refused()")
    assert.truthy(failures[1]:find("[E107]   fix: ", 1, true))
    assert.truthy(failures[1]:find("plumb repl --write", 1, true))
  end)

  it("shows a problem with its id and its fix", function()
    session.env.refuse = function() problem.raise({ id = "E107", what = "read-only", fix = "plumb repl --write" }) end
    session:feed("refuse()")
    assert.same({ "read-only [E107]   fix: plumb repl --write" }, failures)
  end)

  it("calls operations with a dot and with a colon, and without input", function()
    session:feed('wa.ListWorkloads{ NamePrefix = "a" }')
    session:feed('wa:ListWorkloads{ NamePrefix = "b" }')
    session:feed("wa.ListWorkloads()")
    session:feed("wa.region")
    assert.same({ "eu-west-1:a", "eu-west-1:b", "eu-west-1:all", "eu-west-1" }, shown)
  end)

  it("suggests a name for one that is not there", function()
    session:feed("stirng.upper('x')")
    assert.equal("repl:1: undefined name 'stirng' (did you mean 'string'?)", failures[1])
  end)

  it("keeps its globals to itself", function()
    session:feed("leak = 1")
    assert.is_nil(rawget(_G, "leak"))
  end)

  it("has commands that begin with a dot", function()
    session:feed(".help")
    assert.equal(repl.help, shown[1])
    session:feed(".hlep")
    assert.truthy(failures[1]:find("did you mean '.help'?", 1, true))
    session:feed(".quit")
    assert.is_true(session.closed)
  end)

  it("is not upset by a value that cannot be shown", function()
    session.show = function() error("cannot") end
    session:feed("1")
    assert.equal(1, #failures)
  end)

  it("takes a megabyte in one line", function()
    session:feed('#"' .. ("x"):rep(1024 * 1024) .. '"')
    assert.same({ "1048576" }, shown)
  end)

  it("does not obey terminal escapes in errors", function()
    session:feed('error("\\27[2J", 0)')
    assert.same({ "\\x1b[2J" }, failures)
  end)

  it("evaluates a whole text for -e", function()
    local ok, results = session:evaluate("local a = 2\nreturn a, 3")
    assert.is_true(ok)
    assert.same({ 2, 3, n = 2 }, results)
    assert.is_false((session:evaluate("1 +")))
    ok, results = session:evaluate("error('x')")
    assert.is_false(ok)
    assert.equal("repl:1: x", results)
  end)
end)
