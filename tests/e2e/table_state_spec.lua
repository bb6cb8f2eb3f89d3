-- State in a DynamoDB table: the same runs, and two instances that share it.

local binary = require("support.binary")
local simulator = require("support.simulator_process")

describe("state in a table", function()
  local stage

  before_each(function()
    stage = simulator.start()
    local script = binary.file(stage.folder .. "/table.lua",
      [[assert(require("plumb.store.dynamodb.table").create(plumb.aws, "plumb"))]])
    assert.equal(0, stage:plumb({ "run", script }).code)
  end)
  after_each(function() stage:stop() end)

  local function scan(more) return stage:document("scan --yes --json --state dynamodb:plumb" .. (more or "")) end

  it("makes every item once, and the second run asks for nothing new", function()
    local first = scan()
    assert.is_true(first.summary.created > 20)
    assert.equal(0, first.summary.failed)
    local second = scan()
    assert.equal(0, second.summary.created)
    assert.equal(first.summary.created, second.summary.unchanged)
    assert.is_nil(second.calls["wellarchitected.ListAnswers"])
  end)

  it("asks how many items there are this month once for the plan, and once for each item", function()
    local created, asked = scan().summary.created, 0
    for _, call in ipairs(stage:journal()) do
      local key = call.operation == "GetItem" and call.input.Key
      if key and key.pk.S == "mark" and key.sk.S:find "^created/" then asked = asked + 1 end
    end
    assert.is_true(created > 20)
    assert.equal(created + 1, asked)
  end)

  it("lets one instance write at a time", function()
    -- An instance that was killed: its lease is still running.
    local script = binary.file(stage.folder .. "/lease.lua", [[
      local store = require("plumb.store").open { path = "dynamodb:plumb", client = plumb.aws }
      assert(require("plumb.store.lease").acquire(store, { name = "writer", owner = "somebody", ttl = 3600,
        now = plumb.time.now }))
    ]])
    assert.equal(0, stage:plumb({ "run", script }).code)
    for _, command in ipairs { "scan", "resolve", "cleanup", "state rebuild", "migrate opsitems" } do
      local result = stage:plumb(command .. " --yes --state dynamodb:plumb")
      assert.equal(8, result.code, command)
      assert.is_truthy(result.err:find("E502", 1, true))
      assert.is_truthy(result.err:find("somebody", 1, true))
    end
    local daemon = stage:plumb "serve --once --state dynamodb:plumb" -- which lends its runs the table
    assert.equal(8, daemon.code, daemon.all)
    for _, call in ipairs(stage:journal()) do assert.not_equal("CreateOpsItem", call.operation) end
  end)

  it("writes nothing in a dry run", function()
    stage:document("scan --dry-run --json --state dynamodb:plumb")
    for _, call in ipairs(stage:journal()) do
      assert.is_false(call.mutating and call.operation ~= "CreateTable", call.operation)
    end
  end)
end)
