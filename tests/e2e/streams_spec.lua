-- Standard output: results only, and the truth about whether they arrived.

local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

describe("standard output", function()
  local stage

  setup(function()
    stage = simulator.start()
    stage:document("scan --yes --json --workload intranet --workload shop-prod")
  end)
  teardown(function() stage:stop() end)

  for _, command in ipairs({ "scan -n -o csv", "scan -n --json", "item list", "version --json", "help", "status",
    "call --json wellarchitected.ListWorkloads", "check" }) do
    it(("of `plumb %s` on a full disk is a failure"):format(command), function()
      local result = stage:plumb(command, { after = ">/dev/full" })
      if command:find("--json", 1, true) then
        assert.equal("E701", json.decode(result.err:match("[^\n]*\n$")).error.code)
        assert.equal(1, result.code)
      else
        trouble.check(result, { code = 1, id = "E701", says = { "No space left" } })
      end
    end)

    it(("of `plumb %s` into a pipe that nobody reads is no failure"):format(command), function()
      local file = stage.folder .. "/code"
      local line = ("( %s %s; echo $? > %s ) | true"):format(simulator.binary, command, file)
      local result = process.run({ "sh", "-c", line }, { env = stage.env })
      assert.equal("0\n", process.read(file))
      assert.is_nil(result.err:find("error", 1, true), result.err)
      assert.is_nil(trouble.indecent(result.all))
    end)
  end

  it("is empty when a command fails", function()
    for _, command in ipairs({ "scan --yes --endpoint-url http://127.0.0.1:1", "scan --nonsense", "item show oi-nope",
      "item show oi-000000000000", "call ssm.GetOpsItem", "run /nonexistent.lua", "resolve --item nope --yes" }) do
      local result = stage:plumb(command)
      assert.is_true(result.code ~= 0, command)
      assert.equal("", result.out, command)
      assert.truthy(result.err:find("%[E%d%d%d%]"), command)
      assert.is_nil(trouble.indecent(result.all), result.all)
    end
  end)

  it("that is closed altogether is a failure, not a crash", function()
    local result = stage:plumb("scan -n -o csv", { after = ">&-" })
    assert.is_true(result.code == 1 or result.code == 0)
    assert.is_nil(trouble.indecent(result.all), result.all)
  end)

  it("does not keep the work from being done and remembered", function()
    local before = #stage:journal(true)
    local result = stage:plumb("scan --yes -o csv", { after = ">/dev/full" })
    trouble.check(result, { code = 1, id = "E701" })
    assert.is_true(#stage:journal(true) > before)
    assert.equal(0, stage:document("scan --yes --json").summary.created)
  end)
end)
