-- AWS's own client on the simulated DynamoDB: it checks replies by models of its own, and its checksum header too.

local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")

local CLI = process.has_program("aws") and process.shell("command -v aws")

describe("the AWS CLI on DynamoDB", function()
  local stage

  setup(function() stage = simulator.start({ seed = "empty" }) end)
  teardown(function() stage:stop() end)

  local function run(...)
    if not CLI then pending("the AWS CLI is not there (Debian package awscli)") end
    local env = {}
    for name, value in pairs(stage.env) do env[name] = value end
    env.AWS_PAGER, env.PLUMB_SCRIPTS = "", ""
    return process.run({ CLI, "--endpoint-url", stage.url, "--output", "json", "dynamodb", ... }, { env = env })
  end

  local function ok(...)
    local result = run(...)
    if result.code ~= 0 then error(result.all, 2) end
    return result.out ~= "" and assert(json.decode(result.out)) or {}
  end

  local function key(n) return json.encode({ w = { S = "workload" }, n = { N = tostring(n) } }) end

  it("makes a table, writes, reads, and is told what it may not do", function()
    ok("create-table", "--table-name", "cli", "--billing-mode", "PAY_PER_REQUEST",
      "--key-schema", "AttributeName=w,KeyType=HASH", "AttributeName=n,KeyType=RANGE",
      "--attribute-definitions", "AttributeName=w,AttributeType=S", "AttributeName=n,AttributeType=N")
    ok("wait", "table-exists", "--table-name", "cli")

    local item = { w = { S = "workload" }, n = { N = "1" }, tags = { SS = { "a", "b" } },
      deep = { M = { list = { L = { { BOOL = true }, { NULL = true } } } } } }
    ok("put-item", "--table-name", "cli", "--item", json.encode(item))
    local found = ok("get-item", "--table-name", "cli", "--key", key(1), "--consistent-read").Item
    assert.equal(json.encode(item), json.encode(found))

    local again = run("put-item", "--table-name", "cli", "--item", json.encode(item), "--condition-expression",
      "attribute_not_exists(w)")
    assert.truthy(again.err:find("ConditionalCheckFailedException", 1, true))
    local reserved = run("scan", "--table-name", "cli", "--filter-expression", "status = :s",
      "--expression-attribute-values", '{":s":{"S":"x"}}')
    assert.truthy(reserved.err:find("reserved keyword: status", 1, true))
  end)

  it("pages through a query", function()
    for n = 2, 4 do ok("put-item", "--table-name", "cli", "--item", key(n)) end
    local found = ok("query", "--table-name", "cli", "--key-condition-expression", "w = :w AND n BETWEEN :a AND :b",
      "--expression-attribute-values", '{":w":{"S":"workload"},":a":{"N":"2"},":b":{"N":"10"}}', "--page-size", "1")
    assert.same({ 3, "2", "4" }, { found.Count, found.Items[1].n.N, found.Items[3].n.N })
  end)

  it("is told why a transaction was cancelled", function()
    local refused = run("transact-write-items", "--transact-items", json.encode(json.list({
      { Put = { TableName = "cli", Item = json.decode(key(9)) } },
      { ConditionCheck = { TableName = "cli", Key = json.decode(key(10)),
        ConditionExpression = "attribute_exists(w)" } },
    })))
    assert.truthy(refused.err:find("[None, ConditionalCheckFailed]", 1, true))
    assert.same({}, ok("get-item", "--table-name", "cli", "--key", key(9)))
  end)
end)
