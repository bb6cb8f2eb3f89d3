local compare = require "plumb.migrate.compare"
local dynamodb = require "plumb.migrate.dynamodb"
local json = require "plumb.json"
local legacy_items = require "support.legacy_items"
local problem = require "plumb.problem"
local talk = require "support.talk"
local world_of = require "support.world"

local TABLE = "wa_workload_data"

local w

-- The table as the Python solution had it: its first version had no sort key.
local function make_table(sort_key)
  local keys, attributes = { { AttributeName = "workload_id", KeyType = "HASH" } },
    { { AttributeName = "workload_id", AttributeType = "S" } }
  if sort_key then
    keys[2] = { AttributeName = sort_key, KeyType = "RANGE" }
    attributes[2] = { AttributeName = sort_key, AttributeType = "S" }
  end
  assert(w.client.dynamodb:CreateTable { TableName = TABLE, KeySchema = keys, AttributeDefinitions = attributes,
    BillingMode = "PAY_PER_REQUEST" })
end

local function put_row(workload_id, question_id, practices)
  assert(w.client.dynamodb:PutItem { TableName = TABLE, Item = { workload_id = { S = workload_id },
    question_id = question_id and { S = question_id } or nil, missing_bps = { SS = practices } } })
end

local function run(args)
  local plumb = talk.context(w, args or { json = true })
  return compare.run(plumb, TABLE), plumb.cli.said
end

-- A function that finds the verdict on a practice of a workload.
local function verdicts()
  local code, said = run()
  assert.equal(0, code)
  local doc = json.decode(said.out)
  return function(workload_id, practice)
    for _, verdict in ipairs(doc.items) do
      if verdict.workload_id == workload_id and verdict.practice == practice then return verdict end
    end
  end, doc, said
end

local function on(find, found) return find(found.workload.WorkloadId, found.choice.ChoiceId) end

local function mutating_calls()
  local n = 0
  for _, entry in ipairs(w.sim.journal) do n = n + (entry.mutating and 1 or 0) end
  return n
end

describe("the table of the Python solution", function()
  before_each(function() w = world_of.new() end)
  after_each(world_of.restore)

  it("is judged row by row: adopted, not adopted yet, stale", function()
    local list = legacy_items.missing(w)
    local adopted, settled, left = list[1], list[2], list[3]
    for _, found in ipairs { adopted, settled } do legacy_items.put(w, legacy_items.practice(found)) end
    require("plumb.migrate.adopt").run(talk.context(w, { yes = true }))
    w:person_resolves(w.store:get("finding", settled.key).item_id)
    w:resolve()
    local waiting = legacy_items.put(w, legacy_items.practice(left))
    make_table "question_id"
    for _, found in ipairs { adopted, settled, left } do
      put_row(found.workload.WorkloadId, found.question.QuestionId, { found.choice.ChoiceId, "of_long_ago" })
    end
    local before, records = mutating_calls(), w.store.db:run("SELECT total_changes() AS n")[1].n
    local find, doc, said = verdicts()
    assert.equal("adopted", on(find, adopted).verdict)
    assert.equal(w.store:get("finding", adopted.key).item_id, on(find, adopted).id)
    assert.equal(adopted.workload.WorkloadName, on(find, adopted).workload)
    assert.equal("stale", on(find, settled).verdict)
    assert.equal("the state has it as settled", on(find, settled).reason)
    assert.equal("not adopted", on(find, left).verdict)
    assert.equal(waiting, on(find, left).id)
    assert.equal("stale", find(adopted.workload.WorkloadId, "of_long_ago").verdict)
    assert.equal(1, doc.summary.adopted)
    assert.equal(1, doc.summary.not_adopted)
    assert.matches("plumb migrate opsitems", said.err, 1, true)
    assert.equal(before, mutating_calls())
    assert.equal(records, w.store.db:run("SELECT total_changes() AS n")[1].n)
  end)

  it("may have no question ids, and titles for practices", function()
    legacy_items.put_all(w)
    require("plumb.migrate.adopt").run(talk.context(w, { yes = true }))
    local found = legacy_items.missing(w)
    local record = w.store:each("finding")()
    local title = assert(w.client.ssm:GetOpsItem { OpsItemId = record.item_id }).OpsItem
      .OperationalData["Best practices missing"].Value
    make_table()
    put_row(record.workload_arn:match("workload/(.+)$"), nil, { title })
    local verdict = (verdicts())(record.workload_arn:match("workload/(.+)$"), title)
    assert.equal("adopted", verdict.verdict)
    assert.matches(record.item_id, verdict.id, 1, true)
    assert.same({}, found)
  end)

  it("may list a practice whose workload nobody knows any more", function()
    make_table "question_id"
    put_row(("0"):rep(32), "sec_1", { "sec_1_a" })
    local verdict = (verdicts())(("0"):rep(32), "sec_1_a")
    assert.equal("stale", verdict.verdict)
    assert.equal(("0"):rep(32), verdict.workload)
  end)

  it("is read to its last page", function()
    make_table "question_id"
    local long = ("x"):rep(100000)
    for i = 1, 25 do put_row("w", ("q%d"):format(i), { ("bp_%d"):format(i), long .. i }) end
    local rows, odd = dynamodb.read(w.client, TABLE)
    assert.equal(50, #rows)
    assert.equal(0, odd)
    assert.is_true(w:count "dynamodb.Scan" > 1)
  end)

  it("is not judged when a page is missing", function()
    make_table "question_id"
    local long = ("x"):rep(100000)
    for i = 1, 25 do put_row("w", ("q%d"):format(i), { long .. i }) end
    w.sim:fault { operation = "dynamodb.Scan", kind = "5xx", nth = 2, count = 99 }
    local rows, failure = dynamodb.read(w.client, TABLE)
    assert.is_nil(rows)
    assert.is_table(failure)
    assert.is_false(pcall(run))
  end)

  it("that is not there is named", function()
    local ok, failure = pcall(run)
    assert.is_false(ok)
    assert.is_true(problem.is(failure))
    assert.equal("E324", failure.id)
    assert.matches(TABLE, failure.what, 1, true)
  end)

  it("is shown as a table, with what to do next", function()
    local found = legacy_items.missing(w)[1]
    local id = legacy_items.put(w, legacy_items.practice(found))
    make_table "question_id"
    put_row(found.workload.WorkloadId, found.question.QuestionId, { found.choice.ChoiceId })
    local _, said = run {}
    assert.matches("not adopted\t" .. id, said.out, 1, true)
    assert.matches("1 practices in the table: 0 adopted, 1 not adopted yet, 0 stale", said.err, 1, true)
  end)
end)
