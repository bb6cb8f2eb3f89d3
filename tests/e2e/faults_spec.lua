-- Faults of AWS and of the way there, met by the built binary: each run says what happened, the run after it converges,
-- and no item is there twice. A create that is left unknown waits out no quarantine here. What throttling does is in
-- tests/lua/plumb/throttled_run_spec.lua, where waiting takes no time.

local oracle = require("support.oracle")
local process = require("support.process")
local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

describe("a run that meets", function()
  local stage, wanted

  before_each(function()
    stage = simulator.start()
    local _, count = oracle.missing(stage:client(), stage.account)
    wanted = count
    stage:forget()
  end)
  after_each(function() stage:stop() end)

  local function scan(more)
    local result = stage:plumb("scan --yes --json " .. (more or ""))
    assert.is_nil(trouble.indecent(result.all), result.all)
    return result.out ~= "" and simulator.one_document(result.out) or nil, result
  end

  local function check_each_once()
    local seen, count = {}, 0
    for id, item in pairs(stage:items()) do
      local key = oracle.field(item, "FindingKey")
      assert.is_nil(seen[key], id)
      seen[key], count = id, count + 1
    end
    assert.equal(wanted, count)
  end

  -- Executed, and the answer lost in one way or another. Guarded by outcome.classify: were one of them "no", the create
  -- would be sent again and refused as a double, or worse, made twice.
  for _, kind in ipairs({ "exec_then_5xx", "exec_then_5xx=503", "exec_then_reset", "garbage", "short" }) do
    it(kind .. " behind a create", function()
      stage:fault(kind .. "@ssm.CreateOpsItem#3")
      local _, first = scan("--set quarantine=0s")
      assert.equal(5, first.code, first.all)
      assert.equal(wanted, #stage:journal(true)) -- all were sent, none was sent twice
      local _, second = scan("--set quarantine=0s")
      assert.equal(0, second.code, second.all)
      assert.equal(wanted, #stage:journal(true))
      check_each_once()
    end)
  end

  -- Not executed: the same run makes up for it. Guarded by retry.class.
  for _, kind in ipairs({ "5xx@wellarchitected.ListAnswers#2", "garbage@wellarchitected.*#2",
    "short@wellarchitected.ListAnswers#1", "reset@wellarchitected.ListWorkloads#1" }) do
    it(kind .. " and gets over it", function()
      stage:fault(kind)
      local document, result = scan()
      assert.equal(0, result.code, result.all)
      assert.equal(wanted, document.summary.created)
      check_each_once()
    end)
  end

  -- Never followed, whatever it says: guarded by CURLOPT_FOLLOWLOCATION and by the class of a 3xx.
  it("a redirect of its first call", function()
    stage:fault("redirect@wellarchitected.*")
    local result = stage:plumb("scan --yes")
    trouble.check(result, { code = 1, id = "E322" })
    assert.same({}, stage:journal(true))
  end)

  -- Guarded by retry.class "expired" and by the refresh in call.lua.
  it("keys that expire between two pages", function()
    local folder = stage.folder
    process.write(folder .. "/keys.sh", ([[echo called >> %s/called
echo '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s","Expiration":"2999-01-01T00:00:00Z"}']])
      :format(folder, stage.env.AWS_ACCESS_KEY_ID, stage.env.AWS_SECRET_ACCESS_KEY))
    process.write(folder .. "/config", ("[default]\ncredential_process = sh %s/keys.sh\n"):format(folder))
    stage.env.AWS_ACCESS_KEY_ID, stage.env.AWS_SECRET_ACCESS_KEY = "", ""
    stage.env.AWS_CONFIG_FILE = folder .. "/config"
    stage:fault("expired_token@wellarchitected.ListAnswers#2")
    local document, result = scan("--set parallel=1")
    assert.equal(0, result.code, result.all)
    assert.equal(wanted, document.summary.created)
    assert.equal("called\ncalled\n", process.read(folder .. "/called"))
  end)

  it("a proxy in its environment, and does not use it for this machine", function()
    stage.env.HTTPS_PROXY, stage.env.HTTP_PROXY = "http://127.0.0.1:1", "http://127.0.0.1:1"
    stage.env.http_proxy, stage.env.ALL_PROXY = "http://127.0.0.1:1", "http://127.0.0.1:1"
    local document, result = scan()
    assert.equal(0, result.code, result.all)
    assert.equal(wanted, document.summary.created)
  end)

  it("nobody at the endpoint", function()
    stage.env.AWS_ENDPOINT_URL = "http://127.0.0.1:1"
    local result = stage:plumb("scan --yes --max-attempts 2")
    trouble.check(result, { code = 9, id = "E320", says = { "2 attempts" } })
  end)

  -- Guarded by --read-timeout reaching CURLOPT_LOW_SPEED_TIME; without it this takes a minute.
  it("a server that never answers", function()
    stage:fault({ kind = "hang", operation = "wellarchitected.ListWorkloads", seconds = 3600 })
    local result = stage:plumb("scan --yes --max-attempts 1 --read-timeout 1")
    trouble.check(result, { code = 9, id = "E320", says = { "Timeout" } })
  end)
end)
