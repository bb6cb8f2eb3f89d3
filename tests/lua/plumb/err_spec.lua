local err = require "plumb.err"

describe("plumb.err", function()
  it("prints code, message, operation, status and request in one line", function()
    local e = err.new {
      code = "ThrottlingException", message = "Too many requests", service = "wellarchitected",
      operation = "ListAnswers", status = 429, request_id = "5f0c",
    }
    assert.equal("ThrottlingException: Too many requests (wellarchitected.ListAnswers, HTTP 429, request 5f0c)",
      tostring(e))
  end)

  it("leaves out what is not known", function()
    assert.equal("NoRegion: none given", tostring(err.new { code = "NoRegion", message = "none given" }))
  end)

  it("keeps control bytes and endless text off the terminal", function()
    local shown = tostring(err.new { code = "X", message = "a\27[31m\nb" .. ("x"):rep(2000) })
    assert.is_nil(shown:find("%c"))
    assert.is_true(#shown < 700)
  end)

  it("is told from other tables", function()
    assert.is_true(err.is(err.new { code = "X" }))
    assert.is_false(err.is { code = "X" })
    assert.is_false(err.is("X"))
    assert.is_false(err.is(nil))
  end)

  it("makes changed copies and leaves the original alone", function()
    local first = err.new { code = "X", message = "m" }
    local second = err.with(first, { executed = "no" })
    assert.is_nil(first.executed)
    assert.equal("no", second.executed)
    assert.equal("m", second.message)
    assert.is_true(err.is(second))
  end)

  it("shows an assert on nil, err as the same line", function()
    local ok, raised = pcall(function() return assert(nil, err.new { code = "X", message = "m" }) end)
    assert.is_false(ok)
    assert.equal("X: m", tostring(raised))
  end)
end)
