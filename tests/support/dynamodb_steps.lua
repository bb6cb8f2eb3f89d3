-- Calls of DynamoDB in order, to be made of two implementations that must agree. Each has a name, an operation and an
-- input; `message` = false means that only the code of an error has to agree, because the words differ for reasons that
-- do not matter; the others agree to the letter.

local list = {}

local function step(name, operation, input, message)
  list[#list + 1] = { name = name, operation = operation, input = input, message = message }
end

local SCHEMA = { { AttributeName = "p", KeyType = "HASH" }, { AttributeName = "s", KeyType = "RANGE" } }
local ALL = { ProjectionType = "ALL" }

local function S(text) return { S = text } end
local function N(text) return { N = text } end

local function K(p, s) return { p = S(p), s = S(s) } end

local function I(p, s, attributes)
  local item = K(p, s)
  for name, value in pairs(attributes or {}) do item[name] = value end
  return item
end

-- ---- tables ----

local function create(name, input, message)
  input.TableName = input.TableName or "other"
  step(name, "CreateTable", input, message)
end

create("no name", { TableName = "ab", BillingMode = "PAY_PER_REQUEST", KeySchema = SCHEMA,
  AttributeDefinitions = { { AttributeName = "p", AttributeType = "S" } } })
create("a key that is not defined", { BillingMode = "PAY_PER_REQUEST", KeySchema = SCHEMA,
  AttributeDefinitions = { { AttributeName = "p", AttributeType = "S" } } }, false)
create("too much defined", { BillingMode = "PAY_PER_REQUEST", KeySchema = { SCHEMA[1] },
  AttributeDefinitions = { { AttributeName = "p", AttributeType = "S" },
    { AttributeName = "s", AttributeType = "S" } } },
  false)
create("range first", { BillingMode = "PAY_PER_REQUEST", KeySchema = { SCHEMA[2], SCHEMA[1] },
  AttributeDefinitions = { { AttributeName = "p", AttributeType = "S" },
    { AttributeName = "s", AttributeType = "S" } } })
create("the table", { TableName = "main", BillingMode = "PAY_PER_REQUEST", KeySchema = SCHEMA,
  AttributeDefinitions = { { AttributeName = "p", AttributeType = "S" }, { AttributeName = "s", AttributeType = "S" },
    { AttributeName = "i", AttributeType = "S" }, { AttributeName = "n", AttributeType = "N" } },
  LocalSecondaryIndexes = {
    { IndexName = "by_i", KeySchema = { SCHEMA[1], { AttributeName = "i", KeyType = "RANGE" } }, Projection = ALL },
    { IndexName = "by_n", KeySchema = { SCHEMA[1], { AttributeName = "n", KeyType = "RANGE" } },
      Projection = { ProjectionType = "KEYS_ONLY" } } } })
create("the same table again", { TableName = "main", BillingMode = "PAY_PER_REQUEST", KeySchema = { SCHEMA[1] },
  AttributeDefinitions = { { AttributeName = "p", AttributeType = "S" } } }, false)
step("a table that is not there", "DescribeTable", { TableName = "nowhere" })
step("an item of no table", "GetItem", { TableName = "nowhere", Key = { p = S("a") } })
step("the list", "ListTables", {})

-- ---- items ----

local function put(name, item, more, message)
  local input = { TableName = "main", Item = item }
  for key, value in pairs(more or {}) do input[key] = value end
  step(name, "PutItem", input, message)
end

local function get(name, key, more)
  local input = { TableName = "main", Key = key, ConsistentRead = true }
  for member, value in pairs(more or {}) do input[member] = value end
  step(name, "GetItem", input)
end

put("all types", I("a", "1", { str = S("text"), empty = S(""), num = N("1.50"), bin = { B = "\0\1\255" },
  yes = { BOOL = true }, no = { BOOL = false }, nothing = { NULL = true }, ss = { SS = { "b", "a" } },
  ns = { NS = { "2", "1" } }, bs = { BS = { "x" } }, list = { L = { S("x"), N("1"), { L = {} } } },
  map = { M = { k = S("v"), deep = { M = { k = N("2") } } } } }))
get("all types", K("a", "1"))
for _, text in ipairs { "0", "-0", "00012.500", "1e3", "1E-5", ".5", "5.", "+7", "-1.5e2",
  "123456789012345678901234567890",
  "12345678901234567890123456789012345678", "0.00000000000000000000000001", "9.99e125", "1e-130", "-9.99e125" } do
  put("number " .. text, I("num", text, { v = N(text) }))
  get("number " .. text, K("num", text))
end
for _, text in ipairs { "", "x", "1x", "1e126", "1e-131", "123456789012345678901234567890123456789", "0x10", "1e",
  "--1",
  "NaN", "1 " } do
  put("no number " .. text, I("num", "bad", { v = N(text) }), nil, false)
end
put("an empty set of strings", I("a", "2", { v = { SS = {} } }))
put("an empty set of numbers", I("a", "2", { v = { NS = {} } }))
put("the same twice in a set", I("a", "2", { v = { SS = { "x", "x" } } }))
put("the same number twice in a set", I("a", "2", { v = { NS = { "1", "1.0" } } }), nil, false)
put("null that is false", I("a", "2", { v = { NULL = false } }))
put("a value without a type", I("a", "2", { v = {} }))
put("a value with two types", I("a", "2", { v = { S = "a", N = "1" } }), nil, false)
put("no sort key", { p = S("a") })
put("a sort key of another type", { p = S("a"), s = N("1") })
put("an empty key", { p = S(""), s = S("x") }, nil, false)
put("an index key of another type", I("a", "2", { i = N("1") }), nil, false)
get("half a key", { p = S("a") })
get("too much of a key", { p = S("a"), s = S("1"), x = S("1") })
get("a key of another type", { p = S("a"), s = N("1") })
get("nothing there", K("a", "nothing"))

-- ---- conditions ----

local function when(name, condition, values, names, message)
  put(name, I("cond", "1", { v = N("5"), word = S("hello"), bag = { SS = { "x", "y" } },
    els = { L = { S("x"), N("1") } },
    tree = { M = { k = S("v") } }, bin = { B = "abc" }, nothing = { NULL = true }, truth = { BOOL = true } }),
    { ConditionExpression = condition, ExpressionAttributeValues = values, ExpressionAttributeNames = names }, message)
end

when("it exists, and does not", "attribute_exists(p)")
when("it is new", "attribute_not_exists(p)")
when("it is new, and is not", "attribute_not_exists(p)")
for _, case in ipairs {
  { "v = :a", N("5.0") }, { "v = :a", N("6") }, { "v <> :a", N("6") }, { "v <> :a", S("5") }, { "v < :a", N("10") },
  { "v < :a", S("9") }, { "v <= :a", N("5") }, { "v > :a", N("-5") }, { "v >= :a", N("5.1") },
  { "word > :a", S("hello") }, { "word >= :a", S("Hello") }, { "bin = :a", { B = "abc" } },
  { "bin > :a", { B = "abb" } },
  { "absent = :a", N("1") }, { "absent <> :a", N("1") }, { "NOT absent = :a", N("1") }, { "not v = :a", N("5") },
  { "begins_with(word, :a)", S("hel") }, { "begins_with(word, :a)", S("lo") }, { "begins_with(v, :a)", S("5") },
  { "begins_with(bin, :a)", { B = "ab" } }, { "begins_with(word, :a)", N("1") }, { "contains(word, :a)", S("ell") },
  { "contains(word, :a)", S("L") }, { "contains(bag, :a)", S("x") }, { "contains(bag, :a)", S("z") },
  { "contains(els, :a)", N("1.0") }, { "contains(els, :a)", N("2") }, { "contains(v, :a)", S("5") },
  { "attribute_type(v, :a)", S("N") }, { "attribute_type(v, :a)", S("S") }, { "attribute_type(v, :a)", S("X") },
  { "attribute_type(v, :a)", N("1") }, { "size(word) = :a", N("5") }, { "size(word) > :a", N("5") },
  { "size(bag) = :a", N("2") }, { "size(els) = :a", N("2") }, { "size(tree) = :a", N("1") },
  { "size(bin) = :a", N("3") },
  { "size(v) = :a", N("1") }, { "size(absent) = :a", N("0") }, { "tree.k = :a", S("v") }, { "tree.x = :a", S("v") },
  { "els[0] = :a", S("x") }, { "els[1] = :a", N("1") }, { "els[2] = :a", N("1") }, { "word.x = :a", S("v") },
  { "bag = :a", { SS = { "y", "x" } } },
  { "nothing = :a", { NULL = true } },
  { "truth = :a", { BOOL = true } }, { ":a = :a", N("1") }, { ":a = v", N("5") },
  { "v IN (:a)", N("5") }, { "v in (:a, word)", N("6") }, { "v BETWEEN :a AND :a", N("5") },
  { "v between :a and v AND word = word", N("1") }, { "(v = :a)", N("5") },
  { "((v = :a) OR v = :a) AND (NOT v <> :a)", N("5") },
  { "v = :a OR v = :a AND attribute_not_exists(v)", N("5") }, { "attribute_exists(tree.k) AND v = :a", N("5") },
  { "attribute_exists(tree.z) AND v = :a", N("5") }, { "size(word) BETWEEN :a AND size(word)", N("1") },
} do
  when(case[1], case[1], { [":a"] = case[2] })
end
when("bounds the wrong way", "v BETWEEN :a AND :b", { [":a"] = N("2"), [":b"] = N("1") }, nil, false)
when("an alias", "#v = :a AND tree.#k = :b", { [":a"] = N("5"), [":b"] = S("v") }, { ["#v"] = "v", ["#k"] = "k" })
for _, case in ipairs {
  { "" }, { "v" }, { "v =" }, { "= :a" }, { "v == :a" }, { "v = :a AND" }, { "(v = :a" }, { "v = :a)" }, { "v = 5" },
  { "v ! :a" }, { "v = :a v = :a" }, { "AND v = :a" }, { "v = :b" }, { "#x = :a" }, { "status = :a" },
  { "Name = :a" }, { "tree.size = :a" }, { "nosuch(v, :a)" }, { "SIZE(v) = :a" }, { "begins_with(word)" },
  { "begins_with(word, :a, :a)" }, { "attribute_exists(:a)" }, { "attribute_exists(v, :a)" }, { "size(v)" },
  { "els[x] = :a" }, { "v IN ()" }, { "v BETWEEN :a" }, { "attribute_exists(v) = :a" }, { "contains(size(word), :a)" },
  { "begins_with(word, size(word)) AND v = :a" },
} do
  when("wrong: " .. case[1], case[1], { [":a"] = N("5") }, nil, false)
end
when("a value that is not used", "v = :a", { [":a"] = N("5"), [":b"] = N("6") })
when("a name that is not used", "v = :a", { [":a"] = N("5") }, { ["#b"] = "b" })
put("values without an expression", I("cond", "1"), { ExpressionAttributeValues = { [":a"] = N("5") } }, false)
put("names without an expression", I("cond", "1"), { ExpressionAttributeNames = { ["#a"] = "x" } }, false)
put("an empty map of values", I("cond", "1"), { ConditionExpression = "attribute_exists(p)",
  ExpressionAttributeValues = {} }, false)
put("a value that is none", I("cond", "1"), { ConditionExpression = "v = :a",
  ExpressionAttributeValues = { [":a"] = { SS = {} } } })
put("the old item", I("cond", "1", { v = N("7") }), { ReturnValues = "ALL_OLD" })
put("return values that do not exist here", I("cond", "1"), { ReturnValues = "ALL_NEW" })

-- ---- updates ----

local function update(name, expression, values, more, message)
  local input = { TableName = "main", Key = K("upd", "1"), UpdateExpression = expression, ReturnValues = "ALL_NEW",
    ExpressionAttributeValues = values }
  for member, value in pairs(more or {}) do input[member] = value end
  step(name, "UpdateItem", input, message)
end

update("nothing at all, a new item", nil)
update("new attributes", "SET a = :a, b = :b, m = :m, l = :l, st = :s", { [":a"] = N("1"), [":b"] = S("x"),
  [":m"] = { M = { k = N("1"), z = S("z") } }, [":l"] = { L = { N("0"), N("1"), N("2"), N("3") } },
  [":s"] = { SS = { "x", "y" } } })
for _, case in ipairs {
  { "SET a = a + :v", N("2") }, { "SET a = :v - a", N("0.5") }, { "SET a = a + :v, b = :v", N("1e20") },
  { "SET c = if_not_exists(c, :v)", N("1") }, { "SET c = if_not_exists(c, :v) + :v", N("1") },
  { "SET l = list_append(l, :v)", { L = { S("end") } } }, { "SET l = list_append(:v, l)", { L = { S("start") } } },
  { "SET l[0] = :v", S("first") }, { "SET l[99] = :v", S("last") }, { "SET m.k = :v, m.new = :v", S("v") },
  { "set m.z = m.k, x = :v", S("v") }, { "REMOVE l[2] SET y = :v", S("v") },
  { "REMOVE x, y, absent SET a = :v", N("1") },
  { "ADD a :v", N("0.1") }, { "ADD d :v", N("5") }, { "ADD st :v", { SS = { "y", "z" } } },
  { "ADD t :v", { NS = { "1" } } },
  { "DELETE st :v", { SS = { "x", "nothing" } } }, { "DELETE t :v", { NS = { "1.0" } } },
  { "DELETE absent :v", { SS = { "x" } } }, { "SET a = b, b = a REMOVE m.k ADD d :v", N("-5") },
  { "SET q = :v REMOVE a ADD d :v DELETE st :v", { SS = { "y" } } },
} do
  update(case[1], case[1], { [":v"] = case[2] })
end
for _, kind in ipairs { "NONE", "ALL_OLD", "UPDATED_OLD", "UPDATED_NEW" } do
  update("returns " .. kind, "SET d = if_not_exists(d, :v) + :v, m.n = :v REMOVE l[0]", { [":v"] = N("1") },
    { ReturnValues = kind })
end
for _, case in ipairs {
  { "", N("1") }, { "SET", N("1") }, { "SET a", N("1") }, { "SET a = ", N("1") }, { "SET a = :v,", N("1") },
  { "SET a = :v SET b = :v", N("1") }, { "SET a = :v, a = :v", N("1") }, { "SET m = :v, m.k = :v", N("1") },
  { "SET m.k = :v, m[0] = :v", N("1") }, { "SET a = :x", N("1") }, { "SET #a = :v", N("1") },
  { "SET status = :v", N("1") },
  { "SET p = :v", S("1") }, { "SET s.x = :v", S("1") }, { "SET a = absent + :v", N("1") },
  { "SET a = absent, b = :v", N("1") },
  { "SET a = b + :v", S("x") }, { "SET m.x.y = :v", N("1") }, { "SET absent.x = :v", N("1") },
  { "SET l.x = :v", N("1") },
  { "SET a = a + :v + :v", N("1") }, { "SET a = nosuch(a, :v)", N("1") }, { "SET a = if_not_exists(:v, a)", N("1") },
  { "SET a = list_append(l, :v)", N("1") }, { "SET a = size(:v)", N("1") }, { "ADD b :v", S("x") },
  { "ADD b a", N("1") },
  { "ADD l :v", N("1") }, { "ADD st :v", { NS = { "1" } } }, { "DELETE st :v", N("1") },
  { "DELETE d :v", { SS = { "x" } } },
  { "REMOVE m.x.y SET a = :v", N("1") }, { "INSERT a :v", N("1") }, { "SET a = (:v)", N("1") },
} do
  update("wrong: " .. case[1], case[1], { [":v"] = case[2] }, nil, false)
end
update("a condition that fails", "SET a = :v", { [":v"] = N("1") }, { ConditionExpression = "attribute_not_exists(p)" })
update("a condition that holds", "SET a = :v", { [":v"] = N("1") }, { ConditionExpression = "attribute_exists(p)" })
update("38 digits", "SET z = :v", { [":v"] = N("99999999999999999999999999999999999999") })

-- ---- projections ----

put("to be projected", I("proj", "1", { a = { M = { b = S("x"), c = S("y"), l = { L = { S("0"), S("1"), S("2") } } } },
  d = N("1"), l = { L = { { M = { k = S("k0"), j = S("j0") } }, { M = { k = S("k1") } } } } }))
for _, text in ipairs { "d", "a.b", "a.b, a.c", "a.l[2], a.l[0]", "l[1].k, l[0].j", "absent", "a.absent, d",
  "d.x", "a.l[9]",
  "a, a.b", "d, d", "", "a.", "status", "l[1].k, d, p" } do
  get("projection " .. text, K("proj", "1"), { ProjectionExpression = text })
  if text == "a." then list[#list].message = false end -- the words of a syntax error are its own
end

-- ---- queries ----

for i = 1, 12 do
  put("for queries", I("q", ("%02d"):format(i), { i = i % 2 == 0 and S(i % 4 == 0 and "four" or "two") or nil,
    n = N(tostring(i * 7 % 13 - 6)), v = N(tostring(i)) }))
end

local function query(name, condition, values, more, message)
  local input = { TableName = "main", KeyConditionExpression = condition, ExpressionAttributeValues = values,
    ConsistentRead = true }
  for member, value in pairs(more or {}) do input[member] = value end
  step(name, "Query", input, message)
end

local Q = S("q")
query("a partition", "p = :p", { [":p"] = Q })
query("backwards", "p = :p", { [":p"] = Q }, { ScanIndexForward = false })
for _, case in ipairs { "s = :a", "s < :a", "s <= :a", "s > :a", "s >= :a", "s BETWEEN :a AND :a",
  "begins_with(s, :a)" } do
  query(case, "p = :p AND " .. case, { [":p"] = Q, [":a"] = S("05") })
  query(case .. ", backwards", case .. " AND p = :p", { [":p"] = Q, [":a"] = S("0") }, { ScanIndexForward = false })
end
query("the first ones", "p = :p", { [":p"] = Q }, { Limit = 5 })
query("after one", "p = :p", { [":p"] = Q }, { Limit = 5, ExclusiveStartKey = K("q", "05") })
query("after one that is gone", "p = :p", { [":p"] = Q }, { Limit = 2, ExclusiveStartKey = K("q", "055") })
query("before one", "p = :p", { [":p"] = Q }, { Limit = 5, ExclusiveStartKey = K("q", "05"), ScanIndexForward = false })
query("exactly all", "p = :p", { [":p"] = Q }, { Limit = 12 })
query("with a filter", "p = :p", { [":p"] = Q, [":v"] = N("6") }, { FilterExpression = "v > :v", Limit = 8 })
query("a count", "p = :p", { [":p"] = Q }, { Select = "COUNT" })
query("a projection", "p = :p", { [":p"] = Q }, { ProjectionExpression = "s, v" })
query("an index", "p = :p", { [":p"] = Q }, { IndexName = "by_i" })
query("an index by value", "p = :p AND i = :i", { [":p"] = Q, [":i"] = S("four") }, { IndexName = "by_i" })
query("an index by page", "p = :p AND i = :i", { [":p"] = Q, [":i"] = S("two") }, { IndexName = "by_i", Limit = 2 })
query("an index after one", "p = :p AND i = :i", { [":p"] = Q, [":i"] = S("two") }, { IndexName = "by_i", Limit = 2,
  ExclusiveStartKey = { p = Q, s = S("06"), i = S("two") } })
query("an index of keys by number", "p = :p AND n > :n", { [":p"] = Q, [":n"] = N("-2") }, { IndexName = "by_n" })
query("an index of keys, all attributes", "p = :p AND n = :n", { [":p"] = Q, [":n"] = N("-1") }, { IndexName = "by_n",
  Select = "ALL_ATTRIBUTES" })
query("an index of keys, a key attribute", "p = :p AND n = :n", { [":p"] = Q, [":n"] = N("-1") }, { IndexName = "by_n",
  ProjectionExpression = "s" })
query("no such index", "p = :p", { [":p"] = Q }, { IndexName = "none" }, false)
query("an empty partition", "p = :p", { [":p"] = S("none") })
for _, case in ipairs { "s = :p", "p < :p", "p = :p AND v = :p", "p = :p OR s = :p", "NOT p = :p", "p <> :p",
  "p = :p AND s <> :p", "p = :p AND contains(s, :p)", "p = :p AND p = :p", "p = :p AND s = :p AND s = :p", ":p = :p",
  "p IN (:p)", "p = :p AND attribute_exists(s)", "p = :x", "p = :p AND size(s) = :p", "p = s AND s = :p", "" } do
  query("wrong: " .. case, case, { [":p"] = Q }, nil, false)
end
query("a key of another type", "p = :p", { [":p"] = N("1") }, nil, false)
query("a start key of another partition", "p = :p", { [":p"] = Q }, { ExclusiveStartKey = { p = Q } }, false)

step("a count of all", "Scan", { TableName = "main", Select = "COUNT", ConsistentRead = true })
step("a scan with a filter", "Scan", { TableName = "main", FilterExpression = "p = :p AND v = :v",
  ExpressionAttributeValues = { [":p"] = Q, [":v"] = N("3") }, ConsistentRead = true })
step("a scan of an index", "Scan", { TableName = "main", IndexName = "by_i", FilterExpression = "p = :p",
  ExpressionAttributeValues = { [":p"] = Q }, ConsistentRead = true })

-- ---- deletes and batches ----

step("the old item", "DeleteItem", { TableName = "main", Key = K("q", "01"), ReturnValues = "ALL_OLD" })
step("nothing to delete", "DeleteItem", { TableName = "main", Key = K("q", "01"), ReturnValues = "ALL_OLD" })
step("a condition on nothing", "DeleteItem", { TableName = "main", Key = K("q", "01"),
  ConditionExpression = "attribute_exists(p)" })
step("a batch", "BatchWriteItem", { RequestItems = { main = {
  { PutRequest = { Item = I("b", "1", { v = N("1") }) } }, { DeleteRequest = { Key = K("q", "02") } } } } })
step("an item twice in a batch", "BatchWriteItem", { RequestItems = { main = {
  { PutRequest = { Item = I("b", "1") } }, { DeleteRequest = { Key = K("b", "1") } } } } })
step("reading a batch", "BatchGetItem", { RequestItems = { main = { Keys = { K("b", "1"), K("q", "02") },
  ConsistentRead = true } } })
step("reading the same twice", "BatchGetItem", { RequestItems = { main = { Keys = { K("b", "1"), K("b", "1") } } } })
step("no time to live", "DescribeTimeToLive", { TableName = "main" })

-- ---- sizes ----

put("too large", I("big", "1", { v = S(("x"):rep(400 * 1024)) }))
put("as large as can be", I("big", "1", { v = S(("x"):rep(400 * 1024 - 3 - 4 - 1)) }))
for i = 2, 4 do put("large", I("big", tostring(i), { v = S(("x"):rep(350 * 1024)) })) end
query("a megabyte", "p = :p", { [":p"] = S("big") }, { ProjectionExpression = "s" })
query("the rest", "p = :p", { [":p"] = S("big") }, { ProjectionExpression = "s", ExclusiveStartKey = K("big", "3") })
put("a long key", I(("k"):rep(2048), ("k"):rep(1024)))
put("too long a partition key", I(("k"):rep(2049), "1"))
put("too long a sort key", I("k", ("k"):rep(1025)))
step("the table goes", "DeleteTable", { TableName = "main" }, false)

return list
