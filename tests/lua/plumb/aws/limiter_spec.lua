local aws = require "plumb.aws"
local aws_client = require "tests.support.aws_client"
local limiter = require "plumb.aws.limiter"
local task = require "plumb.task"
local virtual_time = require "tests.support.virtual_time"

-- Answers at that many a second for some seconds; returns when they end.
local function answer(limit, from, seconds, per_second)
  for i = 1, seconds * per_second do limit:answered(from + i / per_second) end
  return from + seconds
end

describe("plumb.aws.limiter", function()
  it("slows nothing down as long as nobody was throttled", function()
    local limit = limiter.new("ssm")
    answer(limit, 0, 5, 200)
    for _ = 1, 1000 do assert.equal(0, limit:turn(5)) end
    assert.is_nil(limit.rate)
  end)

  it("begins politely with the two services whose limits nobody publishes", function()
    for name, rate in pairs { wellarchitected = 5, ssm = 3 } do
      local limit = limiter.new(name)
      limit:throttled(answer(limit, 0, 5, 100))
      assert.near(rate, limit.rate, 1e-9)
    end
  end)

  it("begins with seven tenths of the rate that was reached elsewhere", function()
    local limit = limiter.new("sqs")
    limit:throttled(answer(limit, 0, 5, 100))
    assert.is_true(limit.rate > 60 and limit.rate < 80, limit.rate)
  end)

  it("takes three tenths off with every further throttling answer, down to one call in two seconds", function()
    local limit, now = limiter.new("ssm"), 0
    limit:throttled(answer(limit, now, 5, 100))
    for _, expected in ipairs { 2.1, 1.47, 1.029 } do
      limit:throttled(5.1)
      assert.near(expected, limit.rate, 1e-6)
    end
    for _ = 1, 20 do limit:throttled(5.2) end
    assert.equal(0.5, limit.rate)
  end)

  it("spaces the turns and gives out new ones after a throttling answer", function()
    local limit = limiter.new("ssm")
    limit:throttled(answer(limit, 0, 5, 100))
    for i = 1, 4 do assert.near(i / 3, limit:turn(5), 1e-9) end
    local epoch = limit.epoch
    limit:throttled(5)
    assert.not_equal(epoch, limit.epoch)
    assert.near(1 / limit.rate, limit:turn(5), 1e-9)
  end)

  it("climbs back fast, then slowly where it hurt, then on", function()
    local limit = limiter.new("ssm")
    local now = answer(limit, 0, 5, 100)
    limit:throttled(now)
    local rates = {}
    for second = 1, 12 do
      now = answer(limit, now, 1, 200) -- never held back by what is really reached
      rates[second] = limit.rate
    end
    local highest = limit.highest
    assert.is_true(rates[3] > highest * 0.6, rates[3])
    assert.is_true(rates[6] - rates[5] < (rates[2] - rates[1]) / 10)
    assert.is_true(rates[12] > highest * 1.2)
  end)

  it("never allows more than twice the rate that is really reached", function()
    local limit = limiter.new("ssm")
    local now = answer(limit, 0, 5, 100)
    limit:throttled(now)
    answer(limit, now, 30, 4)
    assert.is_true(limit.rate <= 8.01, limit.rate)
  end)

  it("survives a clock that is put back", function()
    local limit = limiter.new("ssm")
    limit:throttled(answer(limit, 1e6, 5, 100))
    limit:answered(10)
    limit:throttled(11)
    assert.is_true(limit.rate >= 0.5 and limit.rate < 1000)
  end)
end)

describe("a client whose service throttles", function()
  local clock

  before_each(function() clock = virtual_time.start() end)
  after_each(virtual_time.stop)

  local CREATED = aws_client.response(200, '{"OpsItemId":"oi-0123456789ab"}')
  local THROTTLED = aws_client.failure(429, "ThrottlingException")
  local ITEM = { Title = "t", Description = "d", Source = "Well-Architected" }

  local function client_of(answers, retry)
    local sent = {}
    return aws.new {
      region = "eu-west-1", credentials = function() return aws_client.KEYS end, retry = retry,
      random = function() return 0.5 end,
      send = function()
        sent[#sent + 1] = clock.now
        return answers(#sent, sent)
      end,
    }, sent
  end

  local function create(client, count)
    local list, failed = {}, 0
    for i = 1, count do list[i] = i end
    task.map(list, function()
      if not client.ssm:CreateOpsItem(ITEM) then failed = failed + 1 end
    end, { limit = 8 })
    return failed
  end

  -- Takes three calls in each second and refuses the rest.
  local function three_a_second(n, sent)
    local recent = 0
    for i = n, 1, -1 do
      if sent[i] < clock.now - 1 then break end
      recent = recent + 1
    end
    return recent > 3 and THROTTLED or CREATED
  end

  it("does not wait at all while nothing is throttled", function()
    local client, sent = client_of(function() return CREATED end)
    assert.equal(0, create(client, 300))
    assert.equal(300, #sent)
    assert.equal(0, clock.slept)
  end)

  it("ends complete with every second call throttled", function()
    local client, sent = client_of(function(n) return n % 2 == 0 and THROTTLED or CREATED end)
    assert.equal(0, create(client, 60))
    assert.is_true(#sent <= 130, #sent)
  end)

  -- Without wait_for_turn in call.lua, 40 calls of eight tasks make some 200 requests and lose calls.
  it("is not stormed by concurrency", function()
    local client, sent = client_of(three_a_second)
    assert.equal(0, create(client, 40))
    assert.is_true(#sent <= 40 * 1.6, #sent .. " requests for 40 calls")
  end)

  it("makes the others wait once one call was throttled", function()
    local client, sent = client_of(function(n) return n == 1 and THROTTLED or CREATED end)
    create(client, 8)
    -- The first is refused before the others have begun; they then go out one by one.
    for i = 3, #sent do assert.is_true(sent[i] > sent[i - 1], i) end
  end)

  it("is given up within the budget when it throttles for ever", function()
    local client, sent = client_of(function() return THROTTLED end)
    assert.equal(60, create(client, 60))
    assert.is_true(#sent <= 60 + 100, #sent) -- 500 tokens pay for 100 repeats
  end)

  it("gets the attempts that were asked for and no more", function()
    local client, sent = client_of(function() return THROTTLED end, { mode = "standard", max_attempts = 2 })
    assert.equal(1, create(client, 1))
    assert.equal(2, #sent)
  end)

  it("has no limit in the older mode, and three attempts", function()
    local client, sent = client_of(function() return THROTTLED end, { mode = "legacy" })
    create(client, 1)
    assert.equal(3, #sent)
    assert.is_nil(client:limiter_of(client.ssm.service))
  end)

  it("shares the limit with a client of the same account and Region, and with no other", function()
    local client = client_of(function() return CREATED end)
    local limit = client:limiter_of(client.ssm.service)
    assert.equal(limit, client:with({ read_only = true }):limiter_of(client.ssm.service))
    assert.not_equal(limit, client:with({ region = "eu-central-1" }):limiter_of(client.ssm.service))
    assert.not_equal(limit, client:with({ credentials = function() end }):limiter_of(client.ssm.service))
    assert.not_equal(limit, client:limiter_of(client.wellarchitected.service))
  end)
end)
