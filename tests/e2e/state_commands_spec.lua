-- plumb state and plumb migrate, as a user runs them.

local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

describe("plumb state", function()
  local stage

  before_each(function()
    stage = simulator.start()
    assert.equal(0, stage:plumb("scan --yes").code)
    stage:forget()
  end)
  after_each(function() stage:stop() end)

  local function items() return #stage:document("item list --json").items end

  it("shows what is in the state", function()
    local doc = stage:document("state show --json")
    assert.equal("plumb.state/1", doc.schema)
    assert.equal(stage.state, doc.place)
    assert.equal(items(), doc.findings.open)
    assert.equal(0, doc.runs.scan.exit)
    local result = stage:plumb("state show")
    assert.matches("findings\topen\t" .. doc.findings.open, result.out, 1, true)
    assert.matches("mark\tstock/111122223333/us%-east%-1\t%d%d%d%d%-%d%d%-%d%dT[%d:]+Z\n", result.out)
  end)

  it("shows that there is none yet, and makes none", function()
    local result = stage:plumb({ "state", "show", "--state", stage.folder .. "/new/state.db" })
    assert.equal(0, result.code)
    assert.matches("There is no state at", result.err, 1, true)
    assert.is_false(process.exists(stage.folder .. "/new"))
  end)

  it("finds no faultlessness in one that is not there", function()
    for _, command in ipairs { "state verify", "audit verify" } do
      trouble.check(stage:plumb(command .. " --state " .. stage.folder .. "/new/state.db"),
        { code = 2, id = "E111", says = { "no state to check", "new/state.db" } })
    end
  end)

  it("verifies a good state, and names what is wrong in a bad one, changing nothing", function()
    assert.equal(0, stage:plumb("state verify").code)
    if not process.has_program("python3") then pending("python3 is not there to tamper with the file") end
    local done = process.run({ "python3", "-c", "import sqlite3,sys; c = sqlite3.connect(sys.argv[1]); "
      .. "c.execute('drop trigger audit_stays_as_written'); c.execute(\"update audit set run = 'x' where seq = 3\"); "
      .. "c.commit()", stage.state })
    assert.equal(0, done.code, done.err)
    local before = process.read(stage.state)
    local result = stage:plumb("state verify --json")
    assert.equal(1, result.code)
    local doc = json.decode(result.out)
    assert.equal("audit row 3", doc.faults[1].where)
    assert.equal(before, process.read(stage.state))
    assert.matches(": 1 fault\n", stage:plumb("state verify").err, 1, true)
  end)

  it("copies the state into a new file, for its owner alone, and never over another", function()
    local copy = stage.folder .. "/copy.db"
    assert.equal(0, stage:plumb({ "state", "backup", copy }).code)
    assert.equal("600", process.shell("stat -c %a " .. process.quote(copy)))
    local doc = stage:document({ "state", "show", "--json", "--state", copy })
    assert.equal(items(), doc.findings.open)
    trouble.check(stage:plumb({ "state", "backup", copy }), { code = 2, id = "E111", says = { copy } })
    trouble.check(stage:plumb({ "state", "backup", stage.folder .. "/b.db", "--state", stage.folder .. "/none.db" }),
      { code = 2, id = "E111", says = { "no state" } })
    assert.is_false(process.exists(stage.folder .. "/b.db"))
  end)

  it("prints every record as a line of JSON, without a secret", function()
    local result = stage:plumb("state export")
    assert.equal(0, result.code)
    local kinds = {}
    for line in result.out:gmatch("[^\n]+") do
      local value = assert(json.decode(line))
      kinds[value.kind] = (kinds[value.kind] or 0) + 1
    end
    assert.equal(items(), kinds.finding)
    assert.equal(items() + 1, kinds.audit) -- and who made them
    assert.is_nil(result.out:find(stage.env.AWS_SECRET_ACCESS_KEY, 1, true))
    assert.is_nil(result.out:find(stage.env.AWS_ACCESS_KEY_ID, 1, true))
  end)

  it("is rebuilt when it is lost: a dry run writes nothing, and the next scan makes nothing", function()
    local n = items()
    os.remove(stage.state)
    local dry = stage:document("state rebuild --dry-run --json")
    assert.equal(n, dry.summary.open)
    assert.is_false(process.exists(stage.state))
    trouble.check(stage:plumb("state rebuild"), { code = 2, id = "E108" })
    assert.is_false(process.exists(stage.state))
    stage:forget()
    assert.equal(n, #stage:document("state rebuild --yes --json").items)
    assert.same({}, stage:document("state rebuild --yes --json").items)
    assert.equal(0, stage:plumb("state verify").code)
    local scan = stage:document("scan --yes --json")
    assert.equal(0, scan.summary.created)
    assert.same({}, stage:journal(true))
  end)

  it("is rebuilt from every Region of a run", function()
    assert.equal(0, stage:plumb("scan --yes --region us-east-1 --region eu-west-1").code)
    local n = stage:document("state show --json").findings.open
    os.remove(stage.state)
    local doc = stage:document("state rebuild --yes --json --region us-east-1 --region eu-west-1")
    assert.equal(n, doc.summary.open)
  end)

  it("makes the table of a state in DynamoDB, once, and only when it may", function()
    local function init(more) return stage:plumb("state init --state dynamodb:shared" .. (more or "")) end
    trouble.check(init(), { code = 2, id = "E108", says = { "--yes" } })
    trouble.check(stage:plumb("scan --dry-run --state dynamodb:shared"), { code = 1, id = "E501",
      says = { "plumb state init" } })
    local dry = init " --dry-run --json"
    assert.same({ false, false }, { json.decode(dry.out).made, json.decode(dry.out).exists })
    assert.is_nil(stage:calls()["dynamodb.CreateTable"])
    assert.is_true(json.decode(init(" --yes --json").out).made)
    assert.equal(0, stage:plumb("scan --yes --state dynamodb:shared").code)
    local again = init " --yes"
    assert.equal(0, again.code)
    assert.matches("there already", again.err, 1, true)
    assert.equal(1, stage:calls()["dynamodb.CreateTable"])
  end)

  it("takes no table that was made for something else, and makes no file", function()
    assert(stage:client().dynamodb:CreateTable { TableName = "other", BillingMode = "PAY_PER_REQUEST",
      KeySchema = { { AttributeName = "id", KeyType = "HASH" } },
      AttributeDefinitions = { { AttributeName = "id", AttributeType = "S" } } })
    trouble.check(stage:plumb("state init --yes --state dynamodb:other"), { code = 1, id = "E501",
      says = { "id HASH" } })
    trouble.check(stage:plumb("state init --yes"), { code = 2, id = "E103", says = { "is a file" } })
    trouble.check(stage:plumb("scan --yes --state dynamodb:"), { code = 2, id = "E103", says = { "dynamodb:plumb" } })
  end)
end)

describe("plumb migrate", function()
  local stage

  before_each(function() stage = simulator.start() end)
  after_each(function() stage:stop() end)

  local function leftover()
    local answer = stage:document("scan --dry-run --json").items[1]
    local workload
    for _, each in ipairs(stage:document("call wellarchitected.ListWorkloads").WorkloadSummaries) do
      if each.WorkloadName == answer.workload then workload = each end
    end
    local data = {}
    for name, value in pairs({ ["/aws/resources"] = json.encode({ { arn = workload.WorkloadArn } }),
      QuestionId = answer.question, ChoiceId = answer.choice, Lens = answer.lens }) do
      data[name] = { Type = "SearchableString", Value = value }
    end
    local made = stage:plumb({ "call", "ssm.CreateOpsItem", "--yes", "Title=Risk", "Description=d",
      "Source=Well-Architected", "OperationalData=" .. json.encode(data) })
    assert.equal(0, made.code, made.all)
    stage:forget()
    return json.decode(made.out).OpsItemId, answer
  end

  it("shows what it would adopt, adopts it, and makes no double afterwards", function()
    local id, answer = leftover()
    local dry = stage:document("migrate opsitems --dry-run --json")
    assert.equal(id, dry.items[1].id)
    assert.same({}, stage:journal(true))
    assert.is_false(process.exists(stage.state))
    local doc = stage:document("migrate opsitems --yes --json")
    assert.equal("adopted", doc.items[1].status)
    assert.equal(answer.key, doc.items[1].key)
    assert.same({}, stage:document("migrate opsitems --yes --json").items)
    local scan = stage:document("scan --yes --json")
    for _, item in ipairs(scan.items) do assert.are_not.equal(answer.key, item.status == "created" and item.key) end
    assert.equal(0, stage:plumb("state verify").code)
  end)

  it("says when there is no table", function()
    trouble.check(stage:plumb("migrate dynamodb --table nowhere"), { code = 1, id = "E324", says = { "nowhere" } })
  end)
end)
