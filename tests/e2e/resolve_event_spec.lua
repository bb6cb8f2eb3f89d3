-- plumb resolve --event: events out of a file or a pipe, as somebody has them who empties a queue by hand.

local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

describe("resolve --event", function()
  local stage, ids

  setup(function()
    stage = simulator.start()
    stage:document("scan --yes --json --workload intranet --workload shop-prod")
  end)
  teardown(function() stage:stop() end)

  before_each(function()
    ids = {}
    for id, item in pairs(stage:items()) do
      if item.Status == "Open" then ids[#ids + 1] = id end
    end
    table.sort(ids)
  end)

  local function event(id, status)
    return json.encode({ ["detail-type"] = "OpsItem Update", source = "aws.ssm", account = stage.account,
      region = stage.region, resources = json.list({ ("arn:aws:ssm:%s:%s:opsitem/%s"):format(stage.region,
      stage.account, id) }), detail = { ["ops-item-id"] = id, status = status or "Resolved" } })
  end

  it("writes back what the events name, and nothing else", function()
    for i = 1, 3 do stage:person({ id = ids[i], status = "Resolved" }) end
    stage:forget()
    local file = process.write(stage.folder .. "/events.jsonl", event(ids[1]) .. "\n" .. ids[2] .. "\n" .. ids[2]
      .. "\n" .. event(ids[5]) .. "\n") -- the last one says that it was resolved, and is not
    local document = stage:document({ "resolve", "--event", file, "--yes", "--json" })
    assert.equal(2, document.summary.updated)
    assert.equal(0, #document.asides)
    for _, call in ipairs(stage:journal(true)) do assert.equal("UpdateAnswer", call.operation) end
    assert.equal(0, stage:document({ "resolve", "--event", file, "--yes", "--json" }).summary.updated)
    assert.equal(1, stage:document("resolve --yes --json").summary.updated)
  end)

  it("reads standard input, and shows a plan without writing", function()
    stage:person({ id = ids[1], status = "Resolved" })
    stage:forget()
    local document = stage:document("resolve --event - --dry-run --json", { input = event(ids[1]) })
    assert.equal(1, document.planned.settle)
    assert.same({}, stage:journal(true))
    assert.equal(1, stage:document("resolve --event - --yes --json", { input = event(ids[1]) }).summary.updated)
  end)

  it("leaves aside what it does not understand, with its place, and says so by exit code 5", function()
    stage:person({ id = ids[1], status = "Resolved" })
    local result = stage:plumb("resolve --event - --yes --json", { input = "nonsense\n" .. event(ids[1]) .. "\n{}\n" })
    trouble.check(result, { code = 5, id = "E333", word = "warning",
      says = { "standard input, line 3" } })
    assert.truthy(result.err:find("standard input, line 1", 1, true), result.err)
    local document = simulator.one_document(result.out)
    assert.equal(1, document.summary.updated)
    assert.same({ "line 1", "line 3" }, { document.asides[1].place, document.asides[2].place })
  end)

  it("does nothing about nothing, and names a file that is not there", function()
    assert.equal(0, stage:document("resolve --event - --yes --json").summary.updated)
    trouble.check(stage:plumb("resolve --event nowhere.json --yes"),
      { code = 2, id = "E111", says = { "nowhere.json" } })
    trouble.check(stage:plumb({ "resolve", "--event", "-", "--item", ids[1], "--yes" }), { code = 2, id = "E103" })
    trouble.check(stage:plumb("resolve --event -", { input = event(ids[1]) }), { code = 2, id = "E108" })
  end)
end)
