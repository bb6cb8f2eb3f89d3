-- What goes wrong outside plumb, each with its exit code and a message that helps. Nothing is half done afterwards.

local process = require("support.process")
local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

local function state_of(stage) return process.exists(stage.state) end

describe("credentials and settings", function()
  local stage

  setup(function() stage = simulator.start() end)
  teardown(function() stage:stop() end)
  after_each(function()
    assert.same({}, stage:journal(true))
    stage:clear_faults()
    os.execute("rm -rf " .. stage.home .. "/.aws " .. stage.home .. "/.local")
  end)

  local function aws_file(name, text)
    os.execute("mkdir -p " .. stage.home .. "/.aws")
    process.write(stage.home .. "/.aws/" .. name, text)
  end

  it("says where it looked for credentials", function()
    local result = stage:plumb("scan --yes", { env = { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } })
    trouble.check(result, { code = 4, id = "E201",
      says = { "no AWS credentials found", "AWS_ACCESS_KEY_ID", "--sim" } })
    assert.equal("", result.out)
    assert.equal(1, select(2, result.err:gsub("credentials", "credentials", 1)))
  end)

  it("names half a pair of keys", function()
    trouble.check(stage:plumb("scan --yes", { env = { AWS_SECRET_ACCESS_KEY = "" } }),
      { code = 4, id = "E205", says = { "AWS_SECRET_ACCESS_KEY" } })
  end)

  it("says that the secret is wrong, and does not repeat it", function()
    local result = stage:plumb("scan --yes", { env = { AWS_SECRET_ACCESS_KEY = "topsecretvalue" } })
    trouble.check(result, { code = 4, id = "E203", says = { "InvalidSignatureException", "AWS_SECRET_ACCESS_KEY" } })
    assert.is_nil(result.all:find("topsecretvalue", 1, true))
  end)

  it("says that AWS does not know the key", function()
    trouble.check(stage:plumb("scan --yes", { env = { AWS_ACCESS_KEY_ID = "AKIANOBODYKNOWSTHIS1" } }),
      { code = 4, id = "E203", says = { "AWS refused these credentials" } })
  end)

  it("suggests the profile that was meant", function()
    aws_file("config", "[profile production]\nregion = us-east-1\n")
    trouble.check(stage:plumb("scan --yes --profile prodction"),
      { code = 4, id = "E202", says = { "prodction", "did you mean", "production" } })
    trouble.check(stage:plumb("scan --yes", { env = { AWS_PROFILE = "nope" } }), { code = 4, id = "E202",
      says = { "nope" } })
  end)

  it("works with a profile of the shared files", function()
    aws_file("config", "[profile production]\nregion = " .. stage.region .. "\nendpoint_url = " .. stage.url .. "\n")
    aws_file("credentials", ("[production]\naws_access_key_id = %s\naws_secret_access_key = %s\n"):format(
      stage.env.AWS_ACCESS_KEY_ID, stage.env.AWS_SECRET_ACCESS_KEY))
    local bare = { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_REGION = "", AWS_DEFAULT_REGION = "",
      AWS_ENDPOINT_URL = "", AWS_PROFILE = "production" }
    local document = stage:document("scan --dry-run --json", { env = bare })
    assert.equal(stage.account, document.account)
    assert.is_true(document.planned.create > 0)
  end)

  it("asks for a Region", function()
    trouble.check(stage:plumb("scan --yes", { env = { AWS_REGION = "", AWS_DEFAULT_REGION = "" } }),
      { code = 2, id = "E105", says = { "--region" } })
  end)

  it("refuses what is no Region, in one message", function()
    for _, name in ipairs({ "nowhere!", "eu-west-1/../x", "evil.example.com" }) do
      local result = stage:plumb({ "scan", "--yes", "--region", name })
      trouble.check(result, { code = 2, id = "E103", says = { name } })
      assert.equal(1, select(2, result.err:gsub("is not the name of a Region", "")), result.err)
    end
  end)

  it("refuses an endpoint that is no URL, or plain HTTP to somewhere else", function()
    trouble.check(stage:plumb("scan --yes --endpoint-url nonsense"), { code = 2, id = "E103", says = { "nonsense" } })
    trouble.check(stage:plumb("scan --yes", { env = { AWS_ENDPOINT_URL = "http://aws.example.com" } }),
      { code = 2, id = "E103", says = { "aws.example.com" } })
  end)

  it("says that nobody answers at the endpoint, and what was tried", function()
    -- Port 1 is nobody's; the connection is refused at once.
    trouble.check(stage:plumb("scan --yes --endpoint-url http://127.0.0.1:1"),
      { code = 9, id = "E320", says = { "127.0.0.1:1", "ConnectionRefused" } })
    assert.is_true(not state_of(stage) or stage:document("status --json").findings.open == 0)
  end)

  it("says that the reply makes no sense when it is HTML", function()
    stage:fault("garbage@wellarchitected.*")
    trouble.check(stage:plumb("scan --yes"), { code = 1, id = "E322", says = { "wellarchitected.ListWorkloads",
      "endpoint" } })
  end)

  it("says that it was throttled for ever", function()
    stage:fault("throttle@wellarchitected.ListWorkloads")
    -- Left alone it is patient for a minute.
    trouble.check(stage:plumb("scan --yes", { env = { AWS_MAX_ATTEMPTS = "2" } }),
      { code = 9, id = "E321", says = { "ThrottlingException" } })
  end)

  it("says that AWS failed on its side", function()
    stage:fault("5xx@wellarchitected.ListWorkloads")
    trouble.check(stage:plumb("scan --yes"), { code = 9, id = "E323", says = { "InternalServer" } })
  end)

  it("gets over an occasional throttle without a word", function()
    stage:fault("throttle=1@wellarchitected.ListWorkloads,5xx=1@wellarchitected.ListAnswers")
    local result = stage:plumb("scan --dry-run -q --workload intranet")
    assert.equal(0, result.code, result.all)
    assert.equal("", result.err)
  end)
end)

describe("the policy", function()
  local stage

  before_each(function() stage = simulator.start() end)
  after_each(function() stage:stop() end)

  local function with_policy(text, command)
    local file = process.write(stage.folder .. "/policy.lua", text)
    local list = {}
    for word in (command or "scan --yes"):gmatch("%S+") do list[#list + 1] = word end
    list[#list + 1], list[#list + 2] = "--policy", file
    return stage:plumb(list)
  end

  local function nothing_sent(text, expected)
    local before = stage:call_count()
    for _, command in ipairs({ "scan --yes", "check" }) do
      local result = with_policy(text, command)
      expected.code = 7
      trouble.check(result, expected)
      if command ~= "check" then assert.equal("", result.out) end -- check shows what is in force all the same
    end
    assert.equal(before, stage:call_count())
    assert.same({}, stage:journal(true))
  end

  it("names file, line and the field that was meant", function()
    nothing_sent('return {\n  lenses = { "*" },\n  titel = function(f) return f.choice.Title end,\n}\n',
      { id = "E402", says = { "policy.lua:3", "titel", "did you mean 'title'?" } })
  end)

  it("names the line of a syntax error", function()
    nothing_sent('return {\n  lenses = { "*" \n  risks = { "HIGH" },\n}\n', { id = "E404", says = { "policy.lua:3" } })
  end)

  it("names the line of a wrong value", function()
    nothing_sent('return {\n  parallel = "many",\n}\n', { id = "E403", says = { "policy.lua:2", "parallel" } })
    nothing_sent('return {\n  risks = { "HIHG" },\n}\n', { id = "E403", says = { "policy.lua:2", "HIHG" } })
  end)

  it("says that a file is not there, or returns no table", function()
    trouble.check(stage:plumb("scan --yes --policy /nonexistent/p.lua"), { code = 7, id = "E401",
      says = { "/nonexistent/p.lua" } })
    nothing_sent("local x = 1\n", { id = "E406", says = { "policy.lua" } })
  end)

  it("names the line of an error while it loads", function()
    nothing_sent('\nlocal x = undefined_thing.field\nreturn {}\n', { id = "E405", says = { "policy.lua:2" },
      own_code = true })
  end)

  it("does not let a hook out of its box", function()
    nothing_sent('return { lenses = { os.getenv("HOME") } }', { id = "E405", says = { "policy.lua:1" },
      own_code = true })
  end)

  it("refuses a --set that does not fit", function()
    trouble.check(stage:plumb("scan --yes --set risk=HIGH"),
      { code = 7, id = "E407", says = { "did you mean 'risks'?" } })
    trouble.check(stage:plumb("scan --yes --set parallel=many"), { code = 7, id = "E407", says = { "parallel" } })
  end)

  describe("with a hook that fails", function()
    it("for one finding: that one is reported, the rest is done, exit 5", function()
      local all = stage:document("scan --dry-run --json").planned.create
      local result = with_policy([[
        return {
          title = function(finding, default)
            if finding.choice.ChoiceId == "rel_recovery_strategy" and finding.workload.WorkloadName == "billing" then
              return finding.workload.Nothing.Here
            end
            return default(finding)
          end,
        }]], "scan --yes --json")
      assert.equal(5, result.code, result.all)
      local document = simulator.one_document(result.out)
      assert.equal(all - 1, document.summary.created)
      assert.equal(1, document.summary.failed)
      assert.equal(1, #document.problems)
      assert.equal("E411", document.problems[1].code)
      assert.truthy(document.problems[1].where:find("policy.lua:4", 1, true), document.problems[1].where)
      assert.truthy(result.err:find("[E411]", 1, true))
      assert.truthy(result.err:find("rel_recovery_strategy", 1, true))
      assert.is_nil(trouble.indecent(result.all, true))
      -- Repaired, the next run makes up for it.
      assert.equal(1, stage:document("scan --yes --json").summary.created)
    end)

    it("for ever in a circle: it is stopped, the rest is done", function()
      local result = with_policy([[
        return {
          severity = function(finding, default)
            while finding.choice.ChoiceId == "rel_recovery_strategy" do end
            return default(finding)
          end,
        }]], "scan --dry-run --json")
      assert.equal(5, result.code, result.all)
      local document = simulator.one_document(result.out)
      assert.is_true(document.planned.create > 20)
      assert.is_true(document.summary.failed >= 1)
      assert.equal("E409", document.problems[1].code)
      assert.truthy(document.problems[1].where:find("policy.lua", 1, true))
    end)

    it("in on_resolve: that item waits, the others are written back, exit 5", function()
      stage:document("scan --yes --json --workload billing")
      for id in pairs(stage:items()) do stage:person({ id = id, status = "Resolved" }) end
      local result = with_policy([[
        return {
          on_resolve = function(item, default)
            if item.finding.choice.ChoiceId == "rel_recovery_strategy" then error("no idea") end
            return default(item)
          end,
        }]], "resolve --yes --json")
      assert.equal(5, result.code, result.all)
      local document = simulator.one_document(result.out)
      assert.equal(1, document.summary.failed)
      assert.is_true(document.summary.updated > 1)
      assert.truthy(result.err:find("no idea", 1, true))
      stage:forget()
      assert.equal(1, stage:document("resolve --yes --json").summary.updated)
    end)
  end)
end)
