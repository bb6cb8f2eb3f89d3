local err = require "plumb.err"
local outcome = require "plumb.aws.outcome"

local function of(fields) return outcome.classify(err.new(fields)) end

describe("plumb.aws.outcome", function()
  it("believes what the transport says", function()
    assert.equal("no", of { kind = "connection", code = "ConnectionRefused", executed = "no" })
    assert.equal("maybe", of { kind = "connection", code = "Timeout", executed = "maybe" })
  end)

  it("takes a lost connection without further word for ambiguous", function()
    assert.equal("maybe", of { kind = "connection", code = "ConnectionLost" })
  end)

  it("takes AWS's own 4xx for not executed", function()
    for _, status in ipairs { 400, 402, 403, 404, 409, 429 } do
      assert.equal("no", of { kind = "aws", code = "Whatever", status = status })
    end
  end)

  it("takes every 5xx and 3xx for ambiguous, whoever speaks", function()
    for _, status in ipairs { 301, 307, 500, 502, 503, 504 } do
      assert.equal("maybe", of { kind = "aws", code = "InternalServerError", status = status })
      assert.equal("maybe", of { kind = "garbage", code = "BadResponse", status = status })
    end
  end)

  it("takes a proxy's 4xx and an unreadable 200 for ambiguous", function()
    assert.equal("maybe", of { kind = "garbage", code = "BadResponse", status = 404 })
    assert.equal("maybe", of { kind = "garbage", code = "BadResponse", status = 200 })
  end)

  it("knows that nothing was sent", function()
    for _, kind in ipairs { "input", "credentials", "readonly" } do
      assert.equal("no", of { kind = kind, code = "X" })
    end
  end)

  it("takes an output for executed, and one without the needed member for ambiguous", function()
    assert.equal("yes", outcome.classify(nil, { OpsItemId = "oi-1" }, "OpsItemId"))
    assert.equal("maybe", outcome.classify(nil, {}, "OpsItemId"))
    assert.equal("yes", outcome.classify(nil, {}))
    assert.equal("yes", outcome.classify { status = 200 })
  end)
end)
