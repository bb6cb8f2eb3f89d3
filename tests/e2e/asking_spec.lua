-- Who may write: on a terminal whoever answers yes, elsewhere only --yes.

local process = require("support.process")
local simulator = require("support.simulator_process")

describe("without --yes", function()
  local stage

  before_each(function() stage = simulator.start() end)
  after_each(function() stage:stop() end)

  for _, command in ipairs({ "scan", "resolve" }) do
    it(("%s off a terminal sends nothing at all, and says what to add"):format(command), function()
      local result = stage:plumb(command)
      assert.equal(2, result.code)
      assert.equal("", result.out)
      assert.truthy(result.err:find("^error: nothing was written"))
      assert.truthy(result.err:find("[E108]", 1, true))
      assert.truthy(result.err:find("--yes", 1, true))
      assert.truthy(result.err:find("--dry-run", 1, true))
      assert.equal(0, stage:call_count())
      assert.equal("", process.shell("ls -A " .. process.quote(stage.home)))
    end)
  end

  it("a policy hook cannot write either in a dry run", function()
    local file = process.write(stage.folder .. "/p.lua", [[
      return { before_create = function(item) aws.ssm:CreateOpsItem{ Title = "x", Source = "x", Description = "x" }
        return item end,
        on_resolve = function() aws.ssm:CreateOpsItem{ Title = "x", Source = "x", Description = "x" } end }]])
    stage:document({ "scan", "--dry-run", "--json", "--policy", file })
    assert.same({}, stage:journal(true))
  end)

  it("refuses every writing call in a dry run, also from a script", function()
    local file = process.write(stage.folder .. "/write.lua", [[
      local done, failure = plumb.aws.ssm:CreateOpsItem{ Title = "x", Source = "x", Description = "x" }
      print(done, failure.code, failure.executed)]])
    local result = stage:plumb({ "run", "--dry-run", file })
    assert.equal("nil\tReadOnly\tno\n", result.out)
    assert.equal(0, stage:call_count())
    result = stage:plumb({ "call", "--dry-run", "ssm.CreateOpsItem", "Title=x", "Source=x", "Description=x" })
    assert.equal(0, result.code, result.all) -- it shows what would be sent
    assert.equal(0, stage:call_count())
  end)

  it("judges what a script sends past the client by what it is, not by how it was signed", function()
    local file = process.write(stage.folder .. "/raw.lua", [[
      local transport = require "plumb.transport"
      local function post(target, more)
        local headers = { authorization = "AWS4-HMAC-SHA256 Credential=A/20260102/eu-west-1/ssm/aws4_request",
          ["content-type"] = "application/x-amz-json-1.1", ["x-amz-target"] = target }
        for name, value in pairs(more or {}) do headers[name] = value end
        local done, failure = transport.send{ method = "POST", scheme = "http",
          host = os.getenv("AWS_ENDPOINT_URL"):match("//([^/]+)"), path = "/", query = "",
          headers = headers, body = "{}" }
        print(done and done.status or failure.code)
      end
      post("AmazonSSM.CreateOpsItem")
      post("AmazonSSM.DescribeOpsItems", { ["X-Amz-Target"] = "AmazonSSM.CreateOpsItem" })
      post("AmazonSSM.DescribeOpsItems")]])
    local result = stage:plumb({ "run", "--dry-run", file })
    assert.truthy(result.out:find("^ReadOnly\nReadOnly\n4%d%d\n$"), result.all) -- the signature is no good
  end)

  describe("on a terminal", function()
    local has_pty = process.has_program("script")

    local function asked(input)
      if not has_pty then pending("script(1) is not there to make a terminal") end
      return stage:plumb("scan", { pty = true, input = input })
    end

    it("shows the plan and asks, and no writes nothing", function()
      local result = asked("n\n")
      assert.equal(0, result.code, result.out)
      assert.truthy(result.out:find("[y/N]", 1, true), result.out)
      assert.truthy(result.out:find("Plan: %d+ to create"))
      assert.truthy(result.out:find("Nothing was written", 1, true))
      assert.same({}, stage:journal(true))
    end)

    it("takes an empty line and the end of input as no", function()
      for _, input in ipairs({ "\n", "maybe\n", "\4" }) do
        local result = asked(input)
        assert.truthy(result.out:find("Nothing was written", 1, true), result.out)
      end
      assert.same({}, stage:journal(true))
    end)

    it("yes writes", function()
      local result = asked("y\n")
      assert.equal(0, result.code, result.out)
      assert.is_true(#stage:journal(true) > 0)
      assert.truthy(result.out:find("%d+ created"))
    end)

    it("asks nothing when there is nothing to do", function()
      stage:document("scan --yes --json")
      local result = asked("")
      assert.equal(0, result.code)
      assert.is_nil(result.out:find("[y/N]", 1, true))
    end)

    it("--no-input never asks", function()
      if not has_pty then pending("script(1) is not there to make a terminal") end
      local result = stage:plumb("scan --no-input", { pty = true, input = "y\n" })
      assert.equal(2, result.code)
      assert.truthy(result.out:find("--no-input was given", 1, true))
      assert.equal(0, stage:call_count())
    end)

    it("NO_COLOR and a dumb terminal have no escape sequences", function()
      if not has_pty then pending("script(1) is not there to make a terminal") end
      for _, env in ipairs({ { NO_COLOR = "1" }, { TERM = "dumb" } }) do
        local result = stage:plumb("scan -n", { pty = true, env = env })
        assert.is_nil(result.out:find("\27", 1, true), result.out)
      end
    end)
  end)
end)
