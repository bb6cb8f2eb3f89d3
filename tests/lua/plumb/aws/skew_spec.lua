-- The ten cases that the AWS SDKs share for a wrong local clock, through whole calls.

local aws_client = require "tests.support.aws_client"
local skew = require "plumb.aws.skew"
local value = require "plumb.aws.protocol.value"

local NOW = aws_client.NOW

local function date(offset)
  return value.timestamp(NOW + offset, "rfc822")
end

local function ok(offset, headers)
  local all = { date = offset and date(offset) }
  for name, text in pairs(headers or {}) do all[name] = text end
  return aws_client.response(200, '{"OpsItem":{}}', all)
end

local function refused(offset, headers)
  local all = { date = offset and date(offset) }
  for name, text in pairs(headers or {}) do all[name] = text end
  return aws_client.failure(403, "SignatureDoesNotMatch", all)
end

local function call(client)
  return client.ssm:GetOpsItem { OpsItemId = "oi-0123456789ab" }
end

local function signed_at(request)
  return request.headers["x-amz-date"]
end

describe("a wrong local clock", function()
  after_each(aws_client.restore)

  it("changes nothing when it agrees", function()
    local client, log = aws_client.new { ok(0), ok(0) }
    assert(call(client))
    assert(call(client))
    assert.equal("20260102T030405Z", signed_at(log.sent[2]))
  end)

  it("is corrected after a refusal, at once, and for the next call", function()
    local client, log = aws_client.new { refused(600), ok(600), ok(600) }
    assert(call(client))
    assert(call(client))
    assert.same({ "20260102T030405Z", "20260102T031405Z", "20260102T031405Z" },
      { signed_at(log.sent[1]), signed_at(log.sent[2]), signed_at(log.sent[3]) })
    assert.same({}, log.slept)
  end)

  it("is learned even when no retry is left", function()
    local client, log = aws_client.new({ refused(600), ok(600) }, { retry = { mode = "standard", max_attempts = 1 } })
    local output, failure = call(client)
    assert.is_nil(output)
    assert.equal("SignatureDoesNotMatch", failure.code)
    assert(call(client))
    assert.equal("20260102T031405Z", signed_at(log.sent[2]))
  end)

  it("is not learned from a slow answer", function()
    local now = NOW
    local client, log = aws_client.new(function(_, n)
      if n == 1 then now = now + 16 * 60 end
      return ok(600)
    end, { clock = function() return now end })
    assert(call(client))
    assert.equal(0, client.skew)
    assert(call(client))
    assert.equal("20260102T032005Z", signed_at(log.sent[2]))
  end)

  it("heals: a success replaces a correction that is no longer right", function()
    local client, log = aws_client.new { refused(600), ok(0), ok(0) }
    assert(call(client))
    assert.equal(0, client.skew)
    assert(call(client))
    assert.equal("20260102T030405Z", signed_at(log.sent[3]))
  end)

  it("is learned below four minutes, but earns no retry", function()
    local client, log = aws_client.new { refused(120), ok(120) }
    assert.is_nil((call(client)))
    assert.equal(1, #log.sent)
    assert.equal(120, client.skew)
  end)

  it("earns a retry above four minutes, in both directions", function()
    for _, offset in ipairs { 241, -241 } do
      local client, log = aws_client.new { refused(offset), ok(offset) }
      assert(call(client))
      assert.equal(2, #log.sent)
    end
  end)

  it("is not known without a Date", function()
    local client, log = aws_client.new { refused(nil) }
    assert.is_nil((call(client)))
    assert.equal(1, #log.sent)
    assert.equal(0, client.skew)
  end)

  it("is not learned from a cache's answer", function()
    local client, log = aws_client.new { refused(600, { age = "100" }) }
    assert.is_nil((call(client)))
    assert.equal(1, #log.sent)
    assert.equal(0, client.skew)
  end)

  it("keeps what it learned when a cache's answer comes later", function()
    local client, log = aws_client.new { refused(600), ok(600), ok(0, { age = "600" }), ok(600) }
    assert(call(client))
    assert(call(client))
    assert(call(client))
    assert.equal("20260102T031405Z", signed_at(log.sent[4]))
  end)

  it("does not turn a refused permission into a retry once it is corrected", function()
    local denied = aws_client.failure(403, "AccessDeniedException", { date = date(600) })
    local client, log = aws_client.new { denied, denied }
    assert.is_nil((call(client)))
    assert.equal(2, #log.sent)
  end)

  it("is measured against the middle of the exchange", function()
    assert.equal(5, skew.measure({ date = date(10) }, NOW, NOW + 10))
    assert.is_nil(skew.measure({ date = "soon" }, NOW, NOW))
    assert.is_nil(skew.measure({ date = date(0) }, NOW, NOW - 5))
  end)
end)
