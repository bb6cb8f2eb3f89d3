local policy_of = require("plumb.policy")
local settings = require("plumb.serve.settings")

local TOPIC = "arn:aws:sns:eu-west-1:111122223333:plumb"

local function of(set, args)
  local policy = policy_of.load({ text = "return {}", env = function() return nil end, set = set })
  return settings.of(policy, args or {})
end

local function refused(id, says, set, args)
  local ok, trouble = pcall(of, set, args)
  assert.is_false(ok)
  assert.equal(id, trouble.id)
  assert.truthy((trouble.what .. (trouble.where or "")):find(says, 1, true), trouble.what)
  assert.is_true(trouble.fix ~= nil or id == "E407") -- those are the policy's, which has specs of its own
end

describe("what a daemon is to do", function()
  it("is a scan every hour and a poll every five minutes, with health on this machine, unless told", function()
    local found = of()
    assert.equal("rate(1 hour)", found.schedule.text)
    assert.same({ part = 0.1 }, found.jitter)
    assert.equal(300, found.poll)
    assert.same({ nil, nil }, { found.queue, found.webhook })
    assert.same({ address = "127.0.0.1", port = 9464, loopback = true }, found.health)
  end)

  it("is what the policy says", function()
    local found = of({ "serve.schedule=cron(0 6 ? * MON-FRI *)", "serve.time_zone=UTC", "serve.jitter=5m",
      "serve.poll=false", "serve.queue=https://sqs.eu-west-1.amazonaws.com/111122223333/plumb",
      "serve.webhook.listen=[::1]:8080", "serve.webhook.path=/sns", "serve.webhook.topics=" .. TOPIC,
      "serve.webhook.confirm=false", "serve.health.listen=false" })
    assert.equal("cron", found.schedule.kind)
    assert.same({ seconds = 300 }, found.jitter)
    assert.is_nil(found.poll)
    assert.equal("https://sqs.eu-west-1.amazonaws.com/111122223333/plumb", found.queue)
    assert.same({ address = "::1", port = 8080, path = "/sns", topics = { TOPIC }, confirm = false, public = false },
      found.webhook)
    assert.is_nil(found.health)
  end)

  it("is what the command line says, before the policy", function()
    assert.equal("rate(2 days)", of({ "serve.schedule=rate(1 day)" }, { schedule = "rate(2 days)" }).schedule.text)
    assert.equal(1, of(nil, { http = "127.0.0.1:1" }).health.port)
    assert.is_nil(of(nil, { http = "off" }).health)
  end)

  it("is nothing that others could reach, unless that is said", function()
    refused("E403", "0.0.0.0:1 is not an address of this machine", { "serve.health.listen=0.0.0.0:1" })
    refused("E403", "serve.webhook.listen, --set", { "serve.webhook.listen=10.0.0.1:1",
      "serve.webhook.topics=" .. TOPIC })
    assert.equal("0.0.0.0", of({ "serve.health.listen=0.0.0.0:1", "serve.health.public=true" }).health.address)
    assert.is_true(of({ "serve.webhook.listen=10.0.0.1:1", "serve.webhook.public=true",
      "serve.webhook.topics=" .. TOPIC }).webhook.public)
  end)

  it("is refused where it cannot be", function()
    refused("E403", "listens to no topic", { "serve.webhook.listen=127.0.0.1:1" })
    refused("E403", "nothing to serve", { "serve.schedule=false", "serve.poll=false" })
    refused("E103", "--schedule rate(1 hours)", nil, { schedule = "rate(1 hours)" })
    refused("E103", "--http nonsense", nil, { http = "nonsense" })
    for _, set in ipairs({ "serve.schedule=hourly", "serve.time_zone=Mars/Utopia", "serve.jitter=60%", "serve.poll=1s",
      "serve.queue=plumb", "serve.webhook.listen=8080", "serve.webhook.path=sns", "serve.webhook.topics=plumb",
      "serve.health.listen=127.0.0.1:99999", "serve.helth.listen=127.0.0.1:1" }) do
      refused("E407", "", { set })
    end
  end)
end)
