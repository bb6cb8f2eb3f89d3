-- What dynamodb_witness_spec cannot compare: what the witness lacks, or does otherwise than the service, and the wire.

local client = require("lua.sim.client")
local number = require("sim.dynamodb.number")
local value_of = require("sim.dynamodb.value")

local function S(text) return { S = text } end
local function N(text) return { N = text } end
local function key(s) return { p = S("p"), s = S(s) } end

local function item(s, attributes)
  local made = key(s)
  for name, value in pairs(attributes or {}) do made[name] = value end
  return made
end

local SCHEMA = { { AttributeName = "p", KeyType = "HASH" }, { AttributeName = "s", KeyType = "RANGE" } }

describe("DynamoDB", function()
  local c

  before_each(function()
    c = client.new({ seed = "empty" })
    c:ok("dynamodb.CreateTable", { TableName = "main", BillingMode = "PAY_PER_REQUEST", KeySchema = SCHEMA,
      AttributeDefinitions = { { AttributeName = "p", AttributeType = "S" }, { AttributeName = "s",
        AttributeType = "S" }, { AttributeName = "g", AttributeType = "S" }, { AttributeName = "l",
        AttributeType = "S" } },
      LocalSecondaryIndexes = { { IndexName = "by_l", KeySchema = { SCHEMA[1], { AttributeName = "l",
        KeyType = "RANGE" } }, Projection = { ProjectionType = "KEYS_ONLY" } } },
      GlobalSecondaryIndexes = { { IndexName = "by_g", KeySchema = { { AttributeName = "g", KeyType = "HASH" } },
        Projection = { ProjectionType = "INCLUDE", NonKeyAttributes = { "a" } } } } })
  end)

  local function call(operation, input)
    input.TableName = input.TableName or "main"
    return c:ok("dynamodb." .. operation, input)
  end

  local function put(s, attributes) call("PutItem", { Item = item(s, attributes) }) end

  local function get(s) return call("GetItem", { Key = key(s), ConsistentRead = true }).Item end

  local function query(more)
    local input = { KeyConditionExpression = "p = :p", ExpressionAttributeValues = { [":p"] = S("p") } }
    for name, value in pairs(more) do input[name] = value end
    return call("Query", input)
  end

  describe("on the wire", function()
    it("names its errors with their namespace, in status 400", function()
      local status, body = c:call("dynamodb.PutItem", { TableName = "main", Item = item("1"),
        ConditionExpression = "attribute_exists(p)" })
      assert.equal(400, status)
      assert.equal("com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", body.__type)
      assert.equal("The conditional request failed", body.message)
      assert.is_nil(body.Item)
    end)

    it("gives the old item with a failed condition, when that was asked for", function()
      put("1", { a = N("1"), b = { B = "\0\255" } })
      local _, body = c:call("dynamodb.DeleteItem", { TableName = "main", Key = key("1"),
        ConditionExpression = "attribute_not_exists(p)", ReturnValuesOnConditionCheckFailure = "ALL_OLD" })
      assert.same(item("1", { a = N("1"), b = { B = "AP8=" } }), body.Item)
    end)

    it("takes a table's ARN for its name", function()
      put("1")
      local arn = c:ok("dynamodb.DescribeTable", { TableName = "main" }).Table.TableArn
      assert.equal("arn:aws:dynamodb:us-east-1:111122223333:table/main", arn)
      assert.same(item("1"), call("GetItem", { TableName = arn, Key = key("1") }).Item)
    end)

    it("says what it does not know", function()
      local code, body = c:refused("dynamodb.PutItem", { TableName = "main", Item = item("1"),
        Expected = { a = { Exists = false } } })
      assert.equal("ValidationException", code)
      assert.truthy(body.message:find("Expected", 1, true))
    end)

    it("counts what was read and written", function()
      put("1", { a = S(("x"):rep(5000)) })
      local function units(operation, input)
        input.ReturnConsumedCapacity = "TOTAL"
        return call(operation, input).ConsumedCapacity.CapacityUnits
      end
      assert.equal(2, units("GetItem", { Key = key("1"), ConsistentRead = true }))
      assert.equal(1, units("GetItem", { Key = key("1") }))
      assert.equal(5, units("DeleteItem", { Key = key("1") }))
    end)
  end)

  describe("reading without ConsistentRead", function()
    it("lags behind when told to, items and indexes", function()
      put("1", { a = N("1"), l = S("x") })
      c.time = c.time + 100
      put("1", { a = N("2"), l = S("y") })
      put("2", { l = S("x") })
      c.time = c.time + 5
      c.sim:fault({ operation = "dynamodb.*", kind = "index_lag", seconds = 60 })
      assert.same(N("1"), call("GetItem", { Key = key("1") }).Item.a)
      assert.same(N("2"), get("1").a)
      assert.equal(1, query({}).Count)
      assert.equal(2, query({ ConsistentRead = true }).Count)
      local by_l = { IndexName = "by_l", KeyConditionExpression = "p = :p AND l = :l",
        ExpressionAttributeValues = { [":p"] = S("p"), [":l"] = S("x") } }
      assert.same({ S("1") }, { query(by_l).Items[1].s })
      by_l.ConsistentRead = true
      assert.same({ S("2") }, { query(by_l).Items[1].s })
      assert.equal(1, call("Scan", {}).Count)
      c.time = c.time + 60
      assert.equal(2, call("Scan", {}).Count)
    end)
  end)

  describe("a global index", function()
    it("has the items with its key, with what was projected", function()
      put("1", { g = S("x"), a = N("1"), b = N("2") })
      put("2", { a = N("1") })
      local found = call("Query", { IndexName = "by_g", KeyConditionExpression = "g = :g",
        ExpressionAttributeValues = { [":g"] = S("x") } })
      assert.same({ { p = S("p"), s = S("1"), g = S("x"), a = N("1") } }, found.Items)
    end)

    it("cannot be read consistently", function()
      local code, body = c:refused("dynamodb.Query", { TableName = "main", IndexName = "by_g", ConsistentRead = true,
        KeyConditionExpression = "g = :g", ExpressionAttributeValues = { [":g"] = S("x") } })
      assert.equal("ValidationException", code)
      assert.truthy(body.message:find("Consistent reads are not supported", 1, true))
    end)
  end)

  describe("a transaction", function()
    local function transact(actions, token)
      return c:call("dynamodb.TransactWriteItems", { TransactItems = actions, ClientRequestToken = token })
    end

    local function put_action(s, attributes, condition)
      return { Put = { TableName = "main", Item = item(s, attributes), ConditionExpression = condition } }
    end

    it("does all of it", function()
      put("gone")
      put("counted", { n = N("1") })
      put("checked", { ok = { BOOL = true } })
      assert.equal(200, (transact({ put_action("new", {}, "attribute_not_exists(p)"),
        { Delete = { TableName = "main", Key = key("gone"), ConditionExpression = "attribute_exists(p)" } },
        { Update = { TableName = "main", Key = key("counted"), UpdateExpression = "ADD n :one",
          ExpressionAttributeValues = { [":one"] = N("1") } } },
        { ConditionCheck = { TableName = "main", Key = key("checked"), ConditionExpression = "ok = :t",
          ExpressionAttributeValues = { [":t"] = { BOOL = true } } } } })))
      assert.truthy(get("new"))
      assert.is_nil(get("gone"))
      assert.same(N("2"), get("counted").n)
    end)

    it("or none of it, and says for each action why", function()
      put("there", { a = N("1") })
      local status, body = transact({ put_action("new"),
        { Put = { TableName = "main", Item = item("there"), ConditionExpression = "attribute_not_exists(p)",
          ReturnValuesOnConditionCheckFailure = "ALL_OLD" } },
        { ConditionCheck = { TableName = "main", Key = key("none"), ConditionExpression = "attribute_exists(p)" } },
        { Update = { TableName = "main", Key = key("bad"), UpdateExpression = "SET a = absent" } } })
      assert.equal(400, status)
      assert.truthy(body.__type:find("#TransactionCanceledException", 1, true))
      local reasons = body.CancellationReasons
      assert.same({ "None", "ConditionalCheckFailed", "ConditionalCheckFailed", "ValidationError" },
        { reasons[1].Code, reasons[2].Code, reasons[3].Code, reasons[4].Code })
      assert.same(item("there", { a = N("1") }), reasons[2].Item)
      assert.is_nil(reasons[3].Item)
      assert.truthy((body.message or body.Message):find("[None, ConditionalCheckFailed, ConditionalCheckFailed, "
        .. "ValidationError]", 1, true))
      assert.is_nil(get("new"))
    end)

    it("takes an item once", function()
      local code, body = c:refused("dynamodb.TransactWriteItems", { TransactItems = { put_action("1"),
        put_action("1") } })
      assert.equal("ValidationException", code)
      assert.truthy(body.message:find("multiple operations on one item", 1, true))
    end)

    it("has 1 to 100 actions", function()
      local actions = {}
      for i = 1, 101 do actions[i] = put_action(tostring(i)) end
      assert.equal("ValidationException", (c:refused("dynamodb.TransactWriteItems", { TransactItems = actions })))
      assert.equal("ValidationException", (c:refused("dynamodb.TransactWriteItems", { TransactItems = {} })))
      table.remove(actions)
      assert.equal(200, (transact(actions)))
      assert.equal("ValidationException", (c:refused("dynamodb.TransactWriteItems", { TransactItems = { {} } })))
    end)

    it("is done once with the same token, for ten minutes", function()
      local actions = { put_action("1", {}, "attribute_not_exists(p)") }
      assert.equal(200, (transact(actions, "token")))
      assert.equal(200, (transact(actions, "token")))
      assert.equal(400, (transact(actions, "another")))
      assert.equal("IdempotentParameterMismatchException", (c:refused("dynamodb.TransactWriteItems",
        { TransactItems = { put_action("2") }, ClientRequestToken = "token" })))
      c.time = c.time + 600
      assert.equal(400, (transact(actions, "token")))
    end)

    it("may be tried again with its token after it was cancelled", function()
      put("1")
      local actions = { put_action("1", {}, "attribute_not_exists(p)") }
      assert.equal(400, (transact(actions, "token")))
      call("DeleteItem", { Key = key("1") })
      assert.equal(200, (transact(actions, "token")))
    end)

    it("holds four megabytes", function()
      local actions = {}
      for i = 1, 11 do actions[i] = put_action(tostring(i), { a = S(("x"):rep(390 * 1024)) }) end
      assert.equal("ValidationException", (c:refused("dynamodb.TransactWriteItems", { TransactItems = actions })))
      assert.is_nil(get("1"))
    end)

    it("reads too, in order and with gaps", function()
      put("1", { a = N("1"), b = N("2") })
      local found = c:ok("dynamodb.TransactGetItems", { TransactItems = { { Get = { TableName = "main",
        Key = key("none") } }, { Get = { TableName = "main", Key = key("1"), ProjectionExpression = "b" } } } })
      assert.same({ {}, { Item = { b = N("2") } } }, found.Responses)
    end)
  end)

  describe("a batch", function()
    local function puts(count)
      local requests = {}
      for i = 1, count do requests[i] = { PutRequest = { Item = item(("%03d"):format(i)) } } end
      return requests
    end

    it("leaves entries unprocessed on order, and takes them later", function()
      c.sim:fault({ operation = "dynamodb.BatchWriteItem", kind = "unprocessed", nth = 1 })
      local left = c:ok("dynamodb.BatchWriteItem", { RequestItems = { main = puts(5) } }).UnprocessedItems
      assert.equal(3, #left.main)
      assert.equal(2, query({}).Count)
      assert.same({}, c:ok("dynamodb.BatchWriteItem", { RequestItems = left }).UnprocessedItems)
      assert.equal(5, query({}).Count)
    end)

    it("has at most 25 writes", function()
      assert.equal("ValidationException", (c:refused("dynamodb.BatchWriteItem",
        { RequestItems = { main = puts(26) } })))
    end)

    it("reads at most 100 keys, and leaves some on order", function()
      for _, part in ipairs({ puts(25) }) do c:ok("dynamodb.BatchWriteItem", { RequestItems = { main = part } }) end
      local keys = {}
      for i = 1, 4 do keys[i] = key(("%03d"):format(i)) end
      c.sim:fault({ operation = "dynamodb.BatchGetItem", kind = "unprocessed", nth = 1 })
      local body = c:ok("dynamodb.BatchGetItem", { RequestItems = { main = { Keys = keys, ConsistentRead = true } } })
      assert.equal(2, #body.Responses.main)
      assert.same({ main = { Keys = { keys[3], keys[4] }, ConsistentRead = true } }, body.UnprocessedKeys)
      for i = 1, 101 do keys[i] = key(("%03d"):format(i)) end
      assert.equal("ValidationException", (c:refused("dynamodb.BatchGetItem",
        { RequestItems = { main = { Keys = keys } } })))
    end)
  end)

  describe("a table", function()
    it("cannot be used before it is made", function()
      c.sim:fault({ operation = "dynamodb.CreateTable", kind = "index_lag", seconds = 10 })
      local made = c:ok("dynamodb.CreateTable", { TableName = "slow", BillingMode = "PAY_PER_REQUEST",
        KeySchema = { SCHEMA[1] }, AttributeDefinitions = { { AttributeName = "p", AttributeType = "S" } } })
      assert.equal("CREATING", made.TableDescription.TableStatus)
      assert.equal("ResourceNotFoundException", (c:refused("dynamodb.PutItem", { TableName = "slow",
        Item = { p = S("x") } })))
      c.time = c.time + 10
      assert.equal("ACTIVE", c:ok("dynamodb.DescribeTable", { TableName = "slow" }).Table.TableStatus)
      c:ok("dynamodb.PutItem", { TableName = "slow", Item = { p = S("x") } })
      assert.equal(1, c:ok("dynamodb.DescribeTable", { TableName = "slow" }).Table.ItemCount)
    end)

    it("that is protected is not deleted", function()
      c:ok("dynamodb.CreateTable", { TableName = "kept", BillingMode = "PAY_PER_REQUEST", KeySchema = { SCHEMA[1] },
        AttributeDefinitions = { { AttributeName = "p", AttributeType = "S" } }, DeletionProtectionEnabled = true })
      assert.equal("ValidationException", (c:refused("dynamodb.DeleteTable", { TableName = "kept" })))
      c:ok("dynamodb.DeleteTable", { TableName = "main" })
      assert.same({ "kept" }, c:ok("dynamodb.ListTables", {}).TableNames)
    end)

    it("is listed by page", function()
      for _, name in ipairs({ "b_table", "a_table" }) do
        c:ok("dynamodb.CreateTable", { TableName = name, BillingMode = "PAY_PER_REQUEST", KeySchema = { SCHEMA[1] },
          AttributeDefinitions = { { AttributeName = "p", AttributeType = "S" } } })
      end
      local first = c:ok("dynamodb.ListTables", { Limit = 2 })
      assert.same({ "a_table", "b_table" }, first.TableNames)
      assert.same({ "main" }, c:ok("dynamodb.ListTables", {
        ExclusiveStartTableName = first.LastEvaluatedTableName }).TableNames)
    end)

    it("keeps a time to live", function()
      local on = { AttributeName = "ttl", Enabled = true }
      c:ok("dynamodb.UpdateTimeToLive", { TableName = "main", TimeToLiveSpecification = on })
      assert.same({ AttributeName = "ttl", TimeToLiveStatus = "ENABLED" },
        c:ok("dynamodb.DescribeTimeToLive", { TableName = "main" }).TimeToLiveDescription)
      assert.equal("ValidationException", (c:refused("dynamodb.UpdateTimeToLive", { TableName = "main",
        TimeToLiveSpecification = on })))
    end)

    it("is of one account and Region", function()
      c.region = "eu-west-1"
      assert.same({}, c:ok("dynamodb.ListTables", {}).TableNames)
    end)

    it("is scanned in segments that share nothing", function()
      c:ok("dynamodb.CreateTable", { TableName = "wide", BillingMode = "PAY_PER_REQUEST", KeySchema = { SCHEMA[1] },
        AttributeDefinitions = { { AttributeName = "p", AttributeType = "S" } } })
      for i = 1, 40 do c:ok("dynamodb.PutItem", { TableName = "wide", Item = { p = S("p" .. i) } }) end
      local seen, pages = {}, 0
      for segment = 0, 2 do
        local start
        repeat
          local page = c:ok("dynamodb.Scan", { TableName = "wide", Segment = segment, TotalSegments = 3, Limit = 4,
            ExclusiveStartKey = start })
          for _, found in ipairs(page.Items) do
            assert.is_nil(seen[found.p.S])
            seen[found.p.S] = true
          end
          start, pages = page.LastEvaluatedKey, pages + 1
        until not start
      end
      local count = 0
      for _ in pairs(seen) do count = count + 1 end
      assert.equal(40, count)
      assert.is_true(pages > 9)
    end)
  end)

  it("compares lists and maps in depth, numbers by value, sets in any order", function()
    put("1", { deep = { L = { S("x"), N("1"), { M = { k = { NS = { "1", "2" } } } } } } })
    local function matches(value)
      return call("Scan", { FilterExpression = "deep = :v", ExpressionAttributeValues = { [":v"] = value } }).Count == 1
    end
    assert.is_true(matches({ L = { S("x"), N("1.00"), { M = { k = { NS = { "2.0", "1" } } } } } }))
    assert.is_false(matches({ L = { S("x"), { M = { k = { NS = { "2", "1" } } } }, N("1") } }))
    assert.is_false(matches({ L = { S("x"), N("1"), { M = { k = { NS = { "1" } } } } } }))
    assert.is_false(matches({ L = { S("x"), N("1"), { M = { k = { NS = { "1", "2" } }, more = S("") } } } }))
  end)

  describe("an update", function()
    it("removes list elements by the places they had", function()
      put("1", { els = { L = { S("a"), S("b"), S("c"), S("d") } } })
      call("UpdateItem", { Key = key("1"), UpdateExpression = "REMOVE els[0], els[2]" })
      assert.same({ L = { S("b"), S("d") } }, get("1").els)
    end)

    it("refuses to put in order what has none", function()
      put("1", { t = { BOOL = true } })
      local code = c:refused("dynamodb.PutItem", { TableName = "main", Item = item("1"),
        ConditionExpression = "t > :f", ExpressionAttributeValues = { [":f"] = { BOOL = false } } })
      assert.equal("ValidationException", code)
    end)

    it("keeps to 38 digits", function()
      put("1", { n = N(("9"):rep(38)) })
      assert.equal("ValidationException", (c:refused("dynamodb.UpdateItem", { TableName = "main", Key = key("1"),
        UpdateExpression = "ADD n :v", ExpressionAttributeValues = { [":v"] = N("0.1") } })))
      call("UpdateItem", { Key = key("1"), UpdateExpression = "ADD n :v",
        ExpressionAttributeValues = { [":v"] = N("1") } })
      assert.same(N("1" .. ("0"):rep(38)), get("1").n)
    end)
  end)
end)

describe("a number of DynamoDB", function()
  it("is added exactly", function()
    for _, case in ipairs({ { "0.1", "0.2", "0.3" }, { "1", "-1", "0" }, { "-5", "3", "-2" }, { "99", "1", "100" },
      { "1e20", "1", "100000000000000000001" }, { "0", "-7.50", "-7.5" }, { "100", "-0.01", "99.99" },
      { "1e125", "0", "1" .. ("0"):rep(125) } }) do
      assert.equal(case[3], number.add(case[1], case[2]))
      assert.equal(case[3], number.add(case[2], case[1]))
    end
    assert.equal("-0.1", number.add("0.2", "0.3", -1))
  end)

  it("is compared by value", function()
    local order = { "-1e10", "-10", "-9.5", "-0.001", "0", "1e-130", "0.0099", "0.01", "9", "9.01", "10", "1E+125" }
    for i, a in ipairs(order) do
      for j, b in ipairs(order) do
        local sign = number.compare(a, b)
        assert.equal(i < j and -1 or i > j and 1 or 0, sign < 0 and -1 or sign > 0 and 1 or 0, a .. " and " .. b)
      end
    end
    assert.equal(0, number.compare("1.50", "15e-1"))
  end)

  it("sorts text by its bytes", function()
    assert.is_true(value_of.compare({ S = "Z" }, { S = "a" }) < 0)
    assert.is_true(value_of.compare({ S = "ab" }, { S = "a" }) > 0)
    assert.is_true(value_of.compare({ B = "\255" }, { B = "\0" }) > 0)
    assert.is_nil(value_of.compare({ S = "1" }, { N = "1" }))
  end)
end)
