-- plumb doctor and plumb config, against a simulator that is well and one that is not.

local process = require("support.process")
local simulator = require("support.simulator_process")

describe("plumb doctor", function()
  local stage

  after_each(function()
    stage:stop()
    stage = nil
  end)

  -- The checks of a run by name, the worst of each; and the run.
  local function examine(arguments, opts)
    local result = stage:plumb("doctor --json " .. (arguments or ""), opts)
    local document = simulator.one_document(result.out)
    local worst, rank = {}, { skip = 0, ok = 1, warn = 2, fail = 3 }
    for _, check in ipairs(document.checks) do
      local before = worst[check.name]
      if not before or rank[check.status] > rank[before.status] then worst[check.name] = check end
    end
    return worst, document, result
  end

  it("finds everything in order, and writes nothing", function()
    stage = simulator.start()
    local checks, document, result = examine()
    assert.equal(0, result.code)
    assert.is_true(document.ok)
    for _, name in ipairs({ "credentials", "clock", "permissions", "policy", "sink", "state" }) do
      assert.equal("ok", checks[name].status, name)
    end
    assert.truthy(checks.credentials.text:find("arn:aws:iam::" .. stage.account, 1, true))
    assert.is_nil(result.all:find(stage.env.AWS_ACCESS_KEY_ID, 1, true))
    assert.equal("warn", checks.endpoints.status) -- they are not AWS's
    assert.same({}, stage:journal(true))
    assert.equal("", process.shell("ls -A " .. process.quote(stage.home)))
  end)

  it("tries every account and Region where there are several, and says nothing of them elsewhere", function()
    stage = simulator.start()
    assert.is_nil(examine().accounts)
    local file = process.write(stage.folder .. "/accounts.json", [=[ [ { "name": "own" },
      { "name": "shop", "role": "arn:aws:iam::222222222222:role/plumb", "regions": ["eu-west-1"] },
      { "name": "broken", "role": "arn:aws:iam::33:role/x" } ] ]=])
    local _, document, result = examine("--accounts " .. file)
    assert.equal(1, result.code)
    local said = {}
    for _, check in ipairs(document.checks) do
      if check.name == "accounts" then said[check.status] = check.text end
    end
    assert.equal("2 can be read: own, us-east-1; shop, eu-west-1", said.ok)
    assert.truthy(said.fail:find("broken, us-east-1: ", 1, true), said.fail)
    assert.same({}, stage:journal(true))
    os.remove(file)
  end)

  it("looks at the state that is there", function()
    stage = simulator.start()
    stage:document("scan --yes --json")
    local checks = examine()
    assert.truthy(checks.state.text:find("no damage", 1, true), checks.state.text)
    process.write(stage.state, "this is no database")
    local _, document, result = examine()
    assert.equal(1, result.code)
    assert.is_false(document.ok)
  end)

  it("names what is not allowed and goes on", function()
    stage = simulator.start({ crooked = { rules = { { target = "DescribeOpsItems", status = 400,
      code = "AccessDeniedException", message = "User is not authorized to perform: ssm:DescribeOpsItems" } } } })
    local checks, _, result = examine()
    assert.equal(1, result.code)
    assert.equal("ok", checks.permissions.status)
    assert.equal("fail", checks.sink.status)
    assert.truthy(checks.sink.text:find("ssm.DescribeOpsItems", 1, true))
    assert.equal("plumb generate iam-policy --for scan", checks.sink.fix)
    assert.equal("ok", checks.policy.status)
  end)

  it("looks at items where they are made, and only there", function()
    stage = simulator.start()
    local _, _, result = examine("--set items_in.region=eu-west-1")
    assert.equal(0, result.code, result.all)
    assert.truthy(result.out:find("OpsCenter in eu-west-1: ssm:DescribeOpsItems, ssm:GetOpsItem", 1, true), result.out)
    assert.same({}, stage:journal(true))
  end)

  it("says where the missing permissions are printed", function()
    stage = simulator.start({ crooked = { rules = { { path = "/workloadsSummaries",
      status = 403, code = "AccessDeniedException", message = "User is not authorized" } } } })
    local checks = examine()
    assert.equal("fail", checks.permissions.status)
    assert.equal("plumb generate iam-policy --for scan", checks.permissions.fix)
    assert.equal("ok", checks.sink.status)
  end)

  it("sees a wrong clock, although the calls go well", function()
    stage = simulator.start({ args = { "--fault", "skew=432s" } })
    local checks, document = examine()
    assert.equal("warn", checks.clock.status)
    assert.truthy(checks.clock.text:find("^7 min 1[12] s behind AWS"), checks.clock.text)
    assert.is_true(document.ok)
  end)

  it("asks nobody when offline", function()
    stage = simulator.start()
    local checks, _, result = examine("--offline")
    assert.equal(0, result.code)
    assert.equal("skip", checks.credentials.status)
    assert.equal(0, stage:call_count())
  end)

  it("says what is missing without credentials, a Region, a right policy", function()
    stage = simulator.start()
    local checks, _, result = examine("--set risk=x", { env = { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "",
      AWS_EC2_METADATA_DISABLED = "true" } })
    assert.equal(1, result.code)
    assert.equal("fail", checks.credentials.status)
    assert.equal("skip", checks.permissions.status)
    assert.equal("fail", checks.policy.status)
    checks = examine("", { env = { AWS_REGION = "", AWS_DEFAULT_REGION = "" } })
    assert.truthy(checks.credentials.text:find("Region", 1, true))
  end)

  it("is readable without JSON and says how to mend things", function()
    stage = simulator.start()
    local result = stage:plumb("doctor", { env = { AWS_SECRET_ACCESS_KEY = "", AWS_PAGER = "less" } })
    assert.equal(1, result.code)
    assert.truthy(result.out:find("✗ credentials", 1, true), result.out)
    assert.truthy(result.out:find("AWS_PAGER is set and not heeded", 1, true))
    assert.truthy(result.out:find("1 problem, ", 1, true))
  end)
end)

describe("plumb config", function()
  local stage

  before_each(function() stage = simulator.start() end)
  after_each(function() stage:stop() end)

  it("says where each setting comes from, and calls nobody", function()
    local document = stage:document("config show --json --region eu-west-1 --max-attempts 5")
    local rows = {}
    for _, row in ipairs(document.settings) do rows[row.key] = { row.value, row.origin } end
    assert.same({ "eu-west-1", "--region" }, rows.region)
    assert.same({ "5", "--max-attempts" }, rows["max attempts"])
    assert.same({ stage.url, "AWS_ENDPOINT_URL" }, rows["endpoint ssm"])
    assert.same({ "default", "default" }, rows.profile)
    assert.equal("AWS_ACCESS_KEY_ID", rows.credentials[2])
    assert.equal(0, stage:call_count())
  end)

  it("shows no secret, not even that of a proxy", function()
    local result = stage:plumb("config show", { env = { HTTPS_PROXY = "http://me:sesame@proxy.example.com:3128" } })
    assert.equal(0, result.code)
    for _, text in ipairs({ stage.env.AWS_SECRET_ACCESS_KEY, stage.env.AWS_ACCESS_KEY_ID, "sesame" }) do
      assert.is_nil(result.all:find(text, 1, true), text)
    end
    assert.truthy(result.out:find("proxy.example.com:3128", 1, true))
  end)

  it("gives one value for scripts", function()
    assert.equal(stage.region .. "\n", stage:plumb("config get region").out)
    assert.equal("3\n", stage:plumb("config get max-attempts").out)
  end)

  for _, case in ipairs({ { "config get regoin", "E103", "did you mean 'region'?" },
    { "config get", "E104" }, { "config shwo", "E103", "did you mean 'show'?" }, { "config show x", "E106" } }) do
    it("refuses: plumb " .. case[1], function()
      local result = stage:plumb(case[1])
      assert.equal(2, result.code)
      assert.truthy(result.err:find(case[2], 1, true), result.err)
      assert.truthy(result.err:find(case[3] or "", 1, true), result.err)
    end)
  end
end)
