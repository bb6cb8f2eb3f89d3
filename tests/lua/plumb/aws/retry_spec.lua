local err = require "plumb.err"
local retry = require "plumb.aws.retry"

local NOW_RULES, OLD_RULES = { mode = "standard" }, { mode = "legacy" }

local function facts(changes)
  local out = {
    attempt = 1, max_attempts = 20, class = "transient", service = "ssm", operation = "GetOpsItem", executed = "no",
    tokens = 500, random = 1,
  }
  for key, value in pairs(changes or {}) do out[key] = value end
  return out
end

local function delay(rules, changes) return retry.decide(rules, facts(changes)).delay end

local function settings(env, profile)
  return retry.settings(function(name) return env[name] end, profile)
end

describe("plumb.aws.retry", function()
  it("climbs the ladder of 2026 and stays at 20 seconds", function()
    local ladder = { 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20, 20 }
    for i, expected in ipairs(ladder) do assert.near(expected, delay(NOW_RULES, { attempt = i }), 1e-9) end
  end)

  it("starts at a second for throttling and at 25 ms for DynamoDB", function()
    assert.near(1, delay(NOW_RULES, { class = "throttling" }), 1e-9)
    assert.near(4, delay(NOW_RULES, { class = "throttling", attempt = 3 }), 1e-9)
    assert.near(0.025, delay(NOW_RULES, { service = "dynamodb" }), 1e-9)
  end)

  it("climbs the older ladder on request", function()
    for i, expected in ipairs { 1, 2, 4, 8, 16, 20, 20 } do
      assert.near(expected, delay(OLD_RULES, { attempt = i }), 1e-9)
    end
  end)

  it("scales with chance", function()
    assert.equal(0, delay(NOW_RULES, { random = 0 }))
    assert.near(0.5, delay(NOW_RULES, { class = "throttling", random = 0.5 }), 1e-9)
  end)

  it("honours the service's hint between its own delay and five seconds more", function()
    for hint, expected in pairs { [1500] = 1.5, [0] = 0.05, [10000] = 5.05, [-100] = 0.05 } do
      assert.near(expected, delay(NOW_RULES, { retry_after_ms = hint }), 1e-9)
    end
    assert.near(0.05, delay(NOW_RULES, { retry_after_ms = tonumber "invalid" }), 1e-9)
    assert.near(1, delay(OLD_RULES, { retry_after_ms = 1500 }), 1e-9)
  end)

  it("costs 14 tokens, 5 when throttled; before 2026 5, 10 after a time-out", function()
    local function costs(rules)
      local out = {}
      for i, class in ipairs { "transient", "timeout", "throttling" } do
        out[i] = retry.decide(rules, facts { class = class }).cost
      end
      return out
    end
    assert.same({ 14, 14, 5 }, costs(NOW_RULES))
    assert.same({ 5, 10, 5 }, costs(OLD_RULES))
  end)

  it("empties the bucket with 35 failures or 100 throttled calls, and then stops", function()
    for class, expected in pairs { transient = 35, throttling = 100 } do
      local bucket, count = retry.bucket(), 0
      while true do
        local decision = retry.decide(NOW_RULES, facts { class = class, tokens = bucket.tokens })
        if not decision.again then
          assert.equal("budget", decision.why)
          assert.equal(0, decision.delay)
          break
        end
        bucket:take(decision.cost)
        count = count + 1
      end
      assert.equal(expected, count)
    end
  end)

  it("gives back what the retry took, or one token, and never more than was there", function()
    local bucket = retry.bucket()
    bucket:take(14)
    bucket:give(14)
    assert.equal(500, bucket.tokens)
    bucket:take(5)
    bucket:give()
    assert.equal(496, bucket.tokens)
    bucket:give(100)
    assert.equal(500, bucket.tokens)
  end)

  it("pauses before it gives up a long poll without a budget", function()
    local poll = { service = "sqs", operation = "ReceiveMessage", tokens = 0 }
    local decision = retry.decide(NOW_RULES, facts(poll))
    assert.is_false(decision.again)
    assert.near(0.05, decision.delay, 1e-9)
    assert.equal(0, delay(OLD_RULES, poll))
  end)

  it("stops after the last attempt", function()
    assert.equal("attempts", retry.decide(NOW_RULES, facts { attempt = 3, max_attempts = 3 }).why)
    assert.equal(3, retry.max_attempts(NOW_RULES, "ssm"))
    assert.equal(4, retry.max_attempts(NOW_RULES, "dynamodb"))
    assert.equal(3, retry.max_attempts(OLD_RULES, "dynamodb"))
    assert.equal(7, retry.max_attempts({ mode = "standard", max_attempts = 7 }, "dynamodb"))
  end)

  it("repeats a change that must happen once only when it surely did not happen", function()
    assert.equal("ambiguous", retry.decide(NOW_RULES, facts { once = true, executed = "maybe" }).why)
    assert.equal("ambiguous", retry.decide(NOW_RULES, facts { once = true, executed = "yes" }).why)
    assert.is_true(retry.decide(NOW_RULES, facts { once = true, executed = "no" }).again)
    assert.is_true(retry.decide(NOW_RULES, facts { once = false, executed = "maybe" }).again)
  end)

  it("sorts failures into classes", function()
    local function class(fields) return retry.class(err.new(fields)) end
    assert.equal("throttling", class { code = "ThrottlingException", status = 400 })
    assert.equal("throttling", class { code = "Whatever", status = 429 })
    assert.equal("transient", class { code = "Whatever", status = 503 })
    assert.equal("transient", class { code = "InternalServerError", status = 400 })
    assert.equal("timeout", class { code = "Timeout", kind = "connection" })
    assert.equal("transient", class { code = "ConnectionLost", kind = "connection" })
    assert.equal("expired", class { code = "ExpiredTokenException", status = 400 })
    assert.equal("clock", class { code = "SignatureDoesNotMatch", status = 403 })
    assert.equal("transient", class { code = "BadResponse", kind = "garbage", status = 200 })
    for _, code in ipairs { "OpsItemLimitExceededException", "ServiceQuotaExceededException", "ValidationException",
      "ConditionalCheckFailedException", "ResourceNotFoundException" } do
      assert.is_nil(class { code = code, status = 400 }, code)
    end
    assert.is_nil(class { code = "BadResponse", kind = "garbage", status = 404 })
    assert.is_nil(class { code = "BodyTooLarge", kind = "connection" })
  end)

  it("reads its settings from the environment, then the profile", function()
    assert.same({ mode = "standard" }, settings {})
    assert.same({ mode = "legacy", max_attempts = 5 }, settings { AWS_RETRY_MODE = "legacy", AWS_MAX_ATTEMPTS = "5" })
    assert.same({ mode = "legacy", max_attempts = 2 }, settings({}, { retry_mode = "legacy", max_attempts = "2" }))
    for _, env in ipairs { { AWS_RETRY_MODE = "fast" }, { AWS_MAX_ATTEMPTS = "0" }, { AWS_MAX_ATTEMPTS = "x" },
      { AWS_MAX_ATTEMPTS = "1.5" } } do
      local found, e = settings(env)
      assert.is_nil(found)
      assert.equal("BadRetrySettings", e.code)
    end
  end)
end)
