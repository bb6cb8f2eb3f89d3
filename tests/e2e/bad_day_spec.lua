-- A bad day: AWS refuses every second call for a minute and calls the keys expired in the middle of a listing, while
-- this computer's clock is seven minutes wrong. The built binary gets through all of it at once. Its time goes faster
-- than ours, so that the minute is short.

local oracle = require("support.oracle")
local process = require("support.process")
local simulator = require("support.simulator_process")

local FASTER = 20
local THROTTLED = { path = "^/", every = 2, seconds = 60 / FASTER, status = 429, code = "ThrottlingException",
  message = "Rate exceeded" }

describe("a run with expiring keys, a throttling server and a clock seven minutes ahead", function()
  local stage, id, secret

  before_each(function()
    stage = simulator.start({ crooked = { rules = { THROTTLED } } })
    local folder = stage.folder
    process.write(folder .. "/keys.sh", ([[echo called >> %s/called
echo '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s","Expiration":"2999-01-01T00:00:00Z"}']])
      :format(folder, stage.env.AWS_ACCESS_KEY_ID, stage.env.AWS_SECRET_ACCESS_KEY))
    process.write(folder .. "/config", ("[default]\ncredential_process = sh %s/keys.sh\n"):format(folder))
    id, secret = stage.env.AWS_ACCESS_KEY_ID, stage.env.AWS_SECRET_ACCESS_KEY
    stage.env.AWS_ACCESS_KEY_ID, stage.env.AWS_SECRET_ACCESS_KEY = "", ""
    stage.env.AWS_CONFIG_FILE = folder .. "/config"
  end)
  after_each(function() stage:stop() end)

  local function scan()
    local env = { ASAN_OPTIONS = (os.getenv("ASAN_OPTIONS") or "") .. ":verify_asan_link_order=0" }
    for name, value in pairs(stage.env) do env[name] = value end
    -- Its time-outs run faster too; none of them is what this is about.
    local result = process.run({ "faketime", "-f", ("+432s x%d"):format(FASTER), simulator.binary, "scan", "--yes",
      "--json", "--connect-timeout", "3600", "--read-timeout", "3600" }, { env = env })
    assert.equal(0, result.code, result.all)
    return simulator.one_document(result.out).summary, result
  end

  local function times_made()
    local made = {}
    for _, item in pairs(stage:items()) do
      local key = oracle.field(item, "FindingKey")
      made[key] = (made[key] or 0) + 1
    end
    return made
  end

  -- Guarded by retry.class and limiter.lua (throttling), by the refresh in call.lua (keys), by client.skew (clock).
  it("ends complete, with each item made once", function()
    if not process.has_program("faketime") then return pending("faketime is not installed") end
    stage:fault("expired_token@wellarchitected.ListAnswers#2")
    local summary, result = scan()
    assert.equal("called\ncalled\n", process.read(stage.folder .. "/called"))
    assert.truthy(result.err:find("[E312]", 1, true), result.err)
    stage.env.AWS_ACCESS_KEY_ID, stage.env.AWS_SECRET_ACCESS_KEY = id, secret
    local _, wanted = oracle.missing(stage:client(), stage.account)
    assert.is_true(wanted > 20)
    assert.equal(wanted, summary.created)
    local count = 0
    for key, times in pairs(times_made()) do
      assert.equal(1, times, key)
      count = count + 1
    end
    assert.equal(wanted, count)
    assert.equal(0, scan().created)
  end)
end)
