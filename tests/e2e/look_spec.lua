-- The commands that only look, as somebody types them: before the first scan, after it, and after something changed.

local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

describe("looking around", function()
  local stage

  setup(function() stage = simulator.start() end)
  teardown(function() stage:stop() end)

  local function rows(text)
    local list = {}
    for line in text:gmatch("[^\n]+") do
      local row = {}
      for cell in (line .. "\t"):gmatch("(.-)\t") do row[#row + 1] = cell end
      list[#list + 1] = row
    end
    return list
  end

  it("asks AWS while there is no scan to answer, and writes nothing, not even a state", function()
    local document, result = stage:document("risk list --json")
    assert.equal("plumb.risk-list/1", document.schema)
    assert.equal("tool", document.from)
    assert.equal(19, #document.items)
    assert.truthy(result.err:find("19 risks in 3 workloads, read from AWS just now", 1, true), result.err)
    assert.same({}, stage:journal(true))
    assert.is_false(process.exists(stage.state))
  end)

  it("reads the one workload that was asked for", function()
    stage:forget()
    local document = stage:document("workload show shop-prod --json")
    assert.equal(5, document.workload.high)
    assert.truthy(document.workload.url:find("#/workload/" .. document.workload.id, 1, true))
    for _, call in ipairs(stage:journal()) do
      assert.is_true(call.operation ~= "ListAnswers" or call.input.WorkloadId == document.workload.id)
    end
  end)

  it("answers from the state after a scan, without a call, with items", function()
    stage:document("scan --yes --json")
    local before = stage:call_count()
    local document, result = stage:document("risk list --json --risk high")
    assert.equal("state", document.from)
    assert.equal(8, #document.items)
    assert.truthy(document.items[1].items[1]:find("^oi%-"))
    assert.truthy(document.items[1].since:find("^%d+%-%d+%-%d+T"))
    assert.truthy(result.err:find("from the state as of the last scan", 1, true), result.err)
    assert.equal(4, #stage:document("workload list --json").items)
    assert.equal(before, stage:call_count())
    assert.equal("tool", stage:document("risk list --live --json").from)
    assert.is_true(stage:call_count() > before)
  end)

  it("says the same from the state and from the Tool", function()
    local state, tool = stage:document("risk list --json"), stage:document("risk list --live --json")
    assert.equal(json.encode(state.items), json.encode(tool.items))
    state, tool = stage:document("workload list --json=workload,lenses,questions,high,medium,unanswered,items"),
      stage:document("workload list --live --json=workload,lenses,questions,high,medium,unanswered,items")
    assert.equal(json.encode(state.items), json.encode(tool.items))
  end)

  it("has tabs and no headings in a pipe, and picks columns", function()
    local list = rows(stage:plumb("risk list --risk high --workload shop-*").out)
    assert.equal(5, #list)
    assert.equal(8, #list[1])
    assert.equal("shop-prod", list[1][1])
    assert.equal("HIGH", list[1][5])
    assert.equal("srv_access\tHIGH\n", (stage:plumb("risk list --columns question,risk --lens serverless").out
      :match("^[^\n]*\n")))
    local csv = stage:plumb("risk list -o csv --columns workload --pillar security").out
    assert.truthy(csv:find('^workload\r\n'), csv)
    assert.truthy(csv:find('"Kasse ""Zürich""', 1, true), csv)
  end)

  it("shows one risk with its missing practices and their items", function()
    local document = stage:document("risk show shop-prod/rel_recovery --json")
    assert.equal("HIGH", document.risk.risk)
    assert.equal(2, #document.risk.practices)
    assert.equal("open", document.risk.practices[1].status)
    assert.truthy(document.risk.practices[1].item:find("^oi%-"))
    local text = stage:plumb("risk show shop-prod/rel_recovery -o table").out
    assert.truthy(text:find("How do you plan for the loss of a Region?", 1, true), text)
    assert.truthy(text:find("Test the recovery", 1, true), text)
  end)

  it("shows one workload by lens and pillar", function()
    local text = stage:plumb("workload show billing -o table").out
    assert.truthy(text:find("House Rules", 1, true), text)
    assert.truthy(text:find("rel_recovery", 1, true), text)
    assert.truthy(stage:plumb("workload open billing").out:find("^https://%S+#/workload/%x+\n$"))
  end)

  for _, case in ipairs({
    { "risk lst", "E103", "did you mean 'list'?" }, { "risk show", "E104", "plumb risk list" },
    { "risk list x", "E106" }, { "risk show shop-prod/rel_recver", "E103", "did you mean 'shop-prod/rel_recovery'?" },
    { "risk show rel_recovery", "E103", "billing/wellarchitected/rel_recovery" },
    { "risk list --columns wrkload", "E103", "did you mean 'workload'?" }, { "risk list --risk low", "E103" },
    { "workload show shop-prd", "E103", "did you mean 'shop-prod'?" }, { "workload show", "E104" },
    { "workload open nothing --live", "E103", "plumb workload list" },
  }) do
    it("refuses: plumb " .. case[1], function()
      trouble.check(stage:plumb(case[1]), { code = 2, id = case[2], says = { case[3] or "" } })
    end)
  end
end)
