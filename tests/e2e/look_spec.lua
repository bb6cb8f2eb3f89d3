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

  it("says how things stand, without a call", function()
    local before = stage:call_count()
    local document = stage:document("status --json")
    assert.same({ 8, 11 }, { document.risks.high, document.risks.medium })
    assert.equal(31, document.items.open)
    local text = stage:plumb("status").out
    assert.truthy(text:find("risks      HIGH 8 .-   MEDIUM 11 "), text)
    assert.truthy(text:find("items      31 open", 1, true), text)
    assert.equal(before, stage:call_count())
  end)

  it("fails in JSON with nothing on standard output, and has no escape sequence anywhere in a pipe", function()
    for _, command in ipairs({ "risk list --live --json", "workload list --live -o jsonl",
      "risk list --live --json=risk" }) do
      local result = stage:plumb(command, { env = { AWS_SECRET_ACCESS_KEY = "wrong" } })
      assert.equal(4, result.code, result.all)
      assert.equal("", result.out)
      assert.equal("E203", json.decode(result.err:match("[^\n]*\n$")).error.code)
    end
    for _, command in ipairs({ "status", "risk list -o table", "workload show billing", "trend -o table",
      "audit list" }) do
      local result = stage:plumb(command)
      assert.equal(0, result.code, result.all)
      assert.is_nil(result.all:find("[\27\r]"), command)
    end
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

  it("has no trend and no differences before the first scan", function()
    for _, command in ipairs({ "trend", "diff" }) do
      trouble.check(stage:plumb({ command, "--state", stage.folder .. "/none.db" }),
        { code = 1, id = "E506", says = { "plumb scan" } })
    end
  end)

  it("draws the trend on a terminal and counts it elsewhere", function()
    local document = stage:document("trend --json")
    assert.equal("plumb.trend/1", document.schema)
    local last = document.items[#document.items]
    assert.same({ 8, 11 }, { last.high, last.medium })
    local list = rows(stage:plumb("trend --by workload").out)
    assert.equal(4, #list[1])
    local text = stage:plumb("trend -o table").out
    assert.truthy(text:find("high +8 .+ 8\n"), text)
    assert.truthy(text:find("reliability +2 █"), text)
    assert.is_nil(text:find("\27", 1, true))
    text = stage:plumb("trend -o table", { env = { LANG = "C" } }).out
    assert.is_nil(text:find("[\128-\255]"), text)
    assert.truthy(stage:plumb("trend --since 1y").err:find("The history begins", 1, true))
  end)

  it("tells what the last scan changed", function()
    local document = stage:document("diff --json")
    assert.same({ new = 19, worse = 0, better = 0, gone = 0 }, document.summary)
    local run = stage:document("scan --yes --json").run
    assert.equal(0, #stage:document("diff --json").items)
    assert.equal(19, stage:document("diff --json --from 1d").summary.new)
    assert.equal(0, #stage:document({ "diff", "--json", "--from", run }).items)
    local answer = stage:plumb({ "call", "--yes", "wellarchitected.UpdateAnswer",
      "WorkloadId=" .. stage:document("workload show shop-prod --json").workload.id, "LensAlias=serverless",
      "QuestionId=srv_access", 'ChoiceUpdates={"srv_access_authorizer":{"Status":"SELECTED"}}' })
    assert.equal(0, answer.code, answer.all)
    stage:document("scan --yes --full --json")
    local changed = stage:document("diff --json")
    assert.equal(1, #changed.items, json.encode(changed))
    assert.equal("srv_access", changed.items[1].question)
    assert.equal("HIGH", changed.items[1].was)
    assert.equal(changed.items[1].now == "NONE" and "gone" or "better", changed.items[1].change)
    assert.equal("over", changed.items[1].now == "NONE" and "over"
      or stage:document("risk history shop-prod/srv_access --json").items[1].ended and "over")
  end)

  it("compares a workload with one of its milestones", function()
    local id = stage:document("workload show shop-prod --json").workload.id
    assert.equal(0, stage:plumb("run examples/workflows/milestone.lua before shop-prod").code)
    assert.equal(0, stage:plumb({ "call", "--yes", "wellarchitected.UpdateAnswer", "WorkloadId=" .. id,
      "LensAlias=serverless", "QuestionId=srv_failure", "IsApplicable=false" }).code)
    local document = stage:document("diff --workload shop-prod --from milestone:before --json")
    assert.same({ new = 0, worse = 0, better = 0, gone = 1 }, document.summary)
    assert.equal("srv_failure", document.items[1].question)
    assert.equal("milestone 1, before", document.from)
    assert.equal(0, #stage:document("diff --workload shop-prod --from milestone:1 --to milestone:1 --json").items)
    trouble.check(stage:plumb("diff --workload shop-prod --from milestone:befor"),
      { code = 2, id = "E103", says = { "did you mean 'before'?" } })
    trouble.check(stage:plumb("diff --from milestone:1"), { code = 2, id = "E104", says = { "--workload" } })
    trouble.check(stage:plumb("diff --workload shop-prod --from 7d --to milestone:1"), { code = 2, id = "E103" })
  end)

  it("tells who wrote what, and whether the record holds", function()
    local document = stage:document("audit list --json --operation create")
    assert.equal(31, #document.items)
    assert.truthy(document.items[1].actor:find("user/plumb", 1, true))
    assert.is_table(document.items[1].detail)
    local id = document.items[1].resource
    assert.equal(1, #stage:document({ "audit", "list", "--json", "--operation", "create", "--resource", id }).items)
    assert.equal(0, #rows(stage:plumb("audit list --since 2099-01-01").out))
    local result = stage:plumb("audit verify")
    assert.equal(0, result.code, result.all)
    assert.truthy(result.out:find("^%d+ rows hold, the last one is %x+\n$"), result.out)
  end)

  it("lists items by workload and risk, and tells where they are in the console", function()
    local document = stage:document("item list --json --workload shop-* --risk high")
    assert.is_true(#document.items > 3)
    for _, item in ipairs(document.items) do assert.same({ "shop-prod", "HIGH" }, { item.workload, item.risk }) end
    assert.truthy(document.items[1].created:find("^%d+%-%d+%-%d+T"))
    local id = document.items[1].id
    local before = stage:call_count()
    assert.equal(("https://%s.console.aws.amazon.com/systems-manager/opsitems/%s?region=%s\n"):format(stage.region, id,
      stage.region), stage:plumb("item open " .. id).out)
    assert.equal(before, stage:call_count())
    local text = stage:plumb("item list --columns risk,id --workload shop-prod --risk high").out
    assert.equal("HIGH\t" .. id .. "\n", (text:match("^[^\n]*\n")))
    trouble.check(stage:plumb("item open x"), { code = 2, id = "E103", says = { "oi-0123456789ab" } })
  end)

  it("writes a report in each format, without a call, in which a name is never markup", function()
    local before, folder = stage:call_count(), stage.folder .. "/report"
    os.execute("mkdir -p " .. folder)
    local result = stage:plumb({ "report", "-o", folder .. "/r.html", "-o", folder .. "/r.md", "-o", folder .. "/r.csv",
      "-o", folder .. "/r.json" })
    assert.equal(0, result.code, result.all)
    assert.equal(before, stage:call_count())
    local html = process.read(folder .. "/r.html")
    assert.truthy(html:find("Kasse &quot;Zürich&quot; &lt;b&gt;&amp; Söhne&lt;/b&gt;", 1, true))
    assert.is_nil(html:find("<b>&", 1, true))
    for _, forbidden in ipairs({ "<script", "src=", "href=\"http", "url(http", "@import", "<link" }) do
      assert.is_nil(html:find(forbidden, 1, true), forbidden)
    end
    assert.truthy(html:find('http-equiv="Content-Security-Policy"', 1, true))
    local document = assert(json.decode(process.read(folder .. "/r.json")))
    assert.equal("plumb.report/1", document.schema)
    assert.equal(document.high + document.medium, #document.risks)
    assert.is_true(#document.risks[1].practices > 0)
    assert.truthy(process.read(folder .. "/r.csv"):find("^workload,lens,pillar,question,risk,"))
    assert.truthy(process.read(folder .. "/r.md"):find("<details><summary>%d+ more</summary>"))
    trouble.check(stage:plumb("report -o x.sarif"), { code = 2, id = "E103", says = { ".html" } })
    trouble.check(stage:plumb("report -o " .. folder .. "/none/x.html"),
      { code = 2, id = "E111", says = { "/none/x.html" } })
  end)

  it("keeps a Markdown report within its budget, and says so", function()
    local text = stage:plumb("report --max-bytes 2000").out
    assert.is_true(#text <= 2000, #text)
    assert.truthy(text:find("%d+ more risks did not fit"), text)
    assert.is_nil(stage:plumb("report").out:find("did not fit", 1, true))
  end)

  it("documents the members of every list that it prints as JSON", function()
    local documented = stage:plumb("help json").out
    for _, command in ipairs({ "risk list", "workload list", "item list", "trend", "diff --from 1d", "audit list",
      "risk history billing/rel_recovery" }) do
      local document = stage:document(command .. " --json")
      local _, stop = documented:find(document.schema .. " ", 1, true)
      assert.truthy(stop, document.schema)
      local members = documented:sub(stop):match("^(.-)\n  plumb%.") or documented:sub(stop)
      for name in pairs(document.items[1]) do
        assert.truthy(members:find("%f[%w_]" .. name .. "%f[^%w_]"), document.schema .. " " .. name)
      end
    end
  end)

  for _, case in ipairs({
    { "item lst", "E103", "did you mean 'list'?" }, { "item show", "E104", "plumb item list" },
    { "audit vrify", "E103", "did you mean 'verify'?" }, { "trend --since yesterday", "E103", "30d" },
    { "trend --by piller", "E103", "did you mean 'pillar'?" }, { "diff --from 7q", "E103", "7" },
    { "diff --from 01ARZ3NDEKTSV4RRFFQ69G5FAV", "E103", "plumb audit" }, { "audit list --since soon", "E103" },
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
