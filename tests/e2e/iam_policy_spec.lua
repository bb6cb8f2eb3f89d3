-- plumb generate iam-policy against what plumb really calls: every call is allowed, and nothing is allowed that no run
-- needs. The calls are the simulator's journal.

local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local state_table = require("plumb.store.dynamodb.table")
local trouble = require("support.trouble")

local OTHER, CENTRAL = "444455556666", "777788889999"
local PARTS = { Put = "PutItem", Delete = "DeleteItem", Update = "UpdateItem", ConditionCheck = "ConditionCheckItem" }

describe("plumb generate iam-policy", function()
  local stage, flags

  before_each(function()
    stage = simulator.start()
    assert(state_table.create(stage:client(), "plumb"))
    stage:forget()
    flags = { "--state", "dynamodb:plumb" }
  end)
  after_each(function() stage:stop() end)

  local function policy(text)
    table.move({ "--policy", process.write(stage.folder .. "/policy.lua", text) }, 1, 2, #flags + 1, flags)
  end

  local function plumb(...)
    local list = { ... }
    table.move(flags, 1, #flags, #list + 1, list)
    return stage:plumb(list)
  end

  -- What the calls of one account took, by the journal: action -> true.
  local function used(account)
    local actions = {}
    for _, call in ipairs(stage:journal()) do
      if call.account == account then
        if call.operation == "TransactWriteItems" then
          for _, item in ipairs(call.input.TransactItems) do actions["dynamodb:" .. PARTS[next(item)]] = true end
        else
          actions[call.service .. ":" .. call.operation] = true
          if call.input.Tags then actions["ssm:AddTagsToResource"] = true end
        end
      end
    end
    actions["sts:GetCallerIdentity"] = nil -- needs no permission
    return actions
  end

  local function allowed(job, role)
    local list = { "generate", "iam-policy", "--for", job, "--role", role or "caller" }
    table.move(flags, 1, #flags, #list + 1, list)
    local result = stage:plumb(list)
    assert.equal(0, result.code, result.err)
    local actions = {}
    for _, statement in ipairs(assert(json.decode(result.out)).Statement) do
      for _, action in ipairs(statement.Action) do actions[action] = true end
    end
    return actions
  end

  local function first_item()
    local id, item = next(stage:items())
    for other, candidate in pairs(stage:items()) do
      if other < id then id, item = other, candidate end
    end
    return id, item
  end

  -- Scans until everything that a scan can do has been done once: make, take stock, close.
  local function scan_all()
    assert.equal(0, plumb("scan", "--yes").code)
    local _, item = first_item()
    local data = item.OperationalData
    stage:tick { workload = data.WorkloadId.Value, lens = data.Lens.Value, question = data.QuestionId.Value,
      select = { data.ChoiceId.Value } }
    assert.equal(0, plumb("scan", "--yes", "--full").code)
  end

  -- The same for resolve, a reply that is lost on its way included.
  local function resolve_all()
    local id = first_item()
    for other, item in pairs(stage:items()) do
      if item.Status == "Open" then id = other end
    end
    stage:person { id = id, status = "Resolved" }
    stage:forget()
    stage:fault { operation = "wellarchitected.UpdateAnswer", nth = 1, kind = "exec_then_reset" }
    assert.equal(5, plumb("resolve", "--yes").code)
    assert.equal(0, plumb("resolve", "--yes", "--item", id).code)
  end

  it("allows a scan what it calls, and nothing else", function()
    scan_all()
    assert.same(used(stage.account), allowed "scan")
  end)

  it("allows a resolve what it calls, and nothing else", function()
    policy [[return { group = "question" }]]
    assert.equal(0, plumb("scan", "--yes").code)
    resolve_all()
    local calls = used(stage.account)
    calls["dynamodb:Scan"] = true -- made at the first use of a table, which was the scan's here
    assert.same(calls, allowed "resolve")
  end)

  it("allows a resolve milestones when the policy wants them, one whose reply is lost included", function()
    policy [[return { group = "question", milestone = "plumb" }]]
    assert.equal(0, plumb("scan", "--yes").code)
    stage:fault { operation = "wellarchitected.CreateMilestone", kind = "exec_then_reset" }
    resolve_all()
    local calls = used(stage.account)
    calls["dynamodb:Scan"] = true -- made at the first use of a table, which was the scan's here
    assert.same(calls, allowed "resolve")
    assert.is_true(calls["wellarchitected:ListMilestones"])
  end)

  it("for serve is both together", function()
    local both = allowed "scan"
    for action in pairs(allowed "resolve") do both[action] = true end
    assert.same(both, allowed "serve")
  end)

  it("knows tags", function()
    assert.is_nil(allowed("scan")["ssm:AddTagsToResource"])
    policy [[return { tags = { Team = "platform" } }]]
    scan_all()
    assert.same(used(stage.account), allowed "scan")
    assert.is_true(allowed("scan")["ssm:AddTagsToResource"])
    assert.is_nil(allowed("resolve")["ssm:AddTagsToResource"])
  end)

  it("knows what the policy's own hooks call", function()
    policy [[return { before_create = function(item)
      local reply = assert(aws.wellarchitected:GetWorkload{ WorkloadId = item.fields.WorkloadId })
      -- aws.ssm:DeleteOpsItem
      item.title = item.title .. " for " .. (reply.Workload.ReviewOwner or "nobody")
      return item
    end }]]
    scan_all()
    assert.same(used(stage.account), allowed "scan")
    assert.is_true(allowed("scan")["wellarchitected:GetWorkload"])
    assert.is_nil(allowed("resolve")["wellarchitected:GetWorkload"])
  end)

  it("tells the one who runs plumb from the roles it assumes", function()
    policy(([[return {
      accounts = { { name = "shop", role = "arn:aws:iam::%s:role/read" } },
      items_in = { role = "arn:aws:iam::%s:role/items" },
    }]]):format(OTHER, CENTRAL))
    assert.equal(0, plumb("scan", "--yes").code)
    assert.same(used(stage.account), allowed "scan")
    assert.is_true(allowed("scan")["sts:AssumeRole"])
    local reading, making = allowed("scan", "account"), allowed("scan", "items")
    assert.is_nil(reading["ssm:CreateOpsItem"])
    for action in pairs(used(OTHER)) do assert.is_true(reading[action], action) end
    for action in pairs(used(CENTRAL)) do assert.is_true(making[action], action) end
  end)

  it("says what is wrong with the command", function()
    trouble.check(stage:plumb("generate iam-policy"), { code = 2, id = "E104", says = { "--for scan" } })
    trouble.check(stage:plumb("generate terraform --for scan"), { code = 2, id = "E103", says = { "iam-policy" } })
    trouble.check(stage:plumb("generate iam-policy --for scan --role items"), { code = 2, id = "E103",
      says = { "items_in.role" } })
    trouble.check(stage:plumb("generate iam-policy --for scan --account 12"), { code = 2, id = "E103",
      says = { "111122223333" } })
  end)
end)
