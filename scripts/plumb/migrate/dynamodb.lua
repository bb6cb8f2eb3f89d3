-- Compares the table that the Python Lambda solution kept with what is true now: which of the practices it
-- lists have an open item that plumb knows, which have one that is not adopted yet, and which rows are
-- stale (its missing_bps only ever grew). It reads; the table is never written.

local legacy = require "plumb.migrate.legacy"
local recall = require "plumb.recall"

local dynamodb = {}

---@class plumb.TableRow  one practice that the table lists
---@field workload_id string
---@field question_id string?  early versions of the table have none
---@field practice string      the id of a choice, or its title

---@class plumb.TableVerdict
---@field verdict "adopted"|"not adopted"|"stale"
---@field workload string      name, or id where nobody knows it
---@field question string?
---@field practice string
---@field id string?           the items, joined by ", " where several lenses have the practice
---@field reason string?

local function text(value) return value and (value.S or value.N) end

-- The members of a set or a list of texts; a lone text is a list of one.
local function texts(value)
  if not value then return {} end
  if value.SS then return value.SS end
  if value.S then return { value.S } end
  local list = {}
  for _, member in ipairs(value.L or {}) do list[#list + 1] = text(member) end
  return list
end

---Every practice that the table lists. Waits.
---@param client table  AWS client
---@param name string   of the table
---@return plumb.TableRow[]|nil rows
---@return plumb.Error|integer err_or_odd  how many rows have no workload_id
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
function dynamodb.read(client, name)
  local records, failure = client.dynamodb:all("Scan", { TableName = name, ConsistentRead = true })
  if not records then return nil, failure end
  local rows, odd = {}, 0
  for _, record in ipairs(records) do
    local workload_id = text(record.workload_id)
    if not workload_id then odd = odd + 1 end
    for _, practice in ipairs(workload_id and texts(record.missing_bps) or {}) do
      rows[#rows + 1] = { workload_id = workload_id, question_id = text(record.question_id), practice = practice }
    end
  end
  return rows, odd
end

local function add(index, workload_id, question_id, names, entry)
  for _, name in pairs(names) do
    for _, question in ipairs { question_id, "" } do -- "" is any question
      local key = table.concat({ workload_id, question, name }, "\0")
      index[key] = index[key] or {}
      table.insert(index[key], entry)
    end
  end
end

-- Everything known about practices, by workload id, question and the id or title of the choice.
local function index_of(store, each)
  local index, names, titles = {}, {}, {}
  for found in each do
    local arn = recall.workload_arn(found.fields)
    local workload_id, f = arn and arn:match("workload/(.+)$"), found.fields
    if arn and f.WorkloadName then names[workload_id] = f.WorkloadName end
    if found.key then titles[found.key] = f["Best practices missing"] end
    if arn and found.open and legacy.is_one(found) and not store:get("item", found.id) then
      add(index, workload_id, f.QuestionId, { f.ChoiceId, f["Best practices missing"] },
        { verdict = "not adopted", id = found.id, reason = "plumb migrate opsitems adopts it" })
    end
  end
  for record in store:each("finding") do
    local workload_id = record.workload_arn:match("workload/(.+)$")
    names[workload_id] = record.workload_name or names[workload_id]
    local open = record.status == "open"
    add(index, workload_id, record.question_id, { record.choice_id, titles[record.key] },
      { verdict = open and "adopted" or "stale", id = record.item_id, key = record.key,
        reason = not open and ("the state has it as %s"):format(record.status) or nil })
  end
  return index, names
end

local RANK = { adopted = 1, ["not adopted"] = 2, stale = 3 }

-- What is said of a practice that several lenses have: the best of it, with all the items.
local function judge(entries)
  if not entries then return { verdict = "stale", reason = "no open item is known for it" } end
  table.sort(entries, function(a, b)
    if a.verdict ~= b.verdict then return RANK[a.verdict] < RANK[b.verdict] end
    return tostring(a.id) < tostring(b.id)
  end)
  local best, ids, seen = entries[1], {}, {}
  for _, entry in ipairs(entries) do
    if entry.verdict == best.verdict and entry.id and not seen[entry.id] then
      seen[entry.id] = true
      ids[#ids + 1] = entry.id
    end
  end
  return { verdict = best.verdict, id = ids[1] and table.concat(ids, ", "), reason = best.reason }
end

---Judges every row of the table. Waits; raises when the list of items cannot be read completely.
---@param rows plumb.TableRow[]
---@param options { store: plumb.Store, sink: table }
---@return plumb.TableVerdict[]
function dynamodb.compare(rows, options)
  local index, names = index_of(options.store, options.sink:each())
  local verdicts = {}
  for i, row in ipairs(rows) do
    local verdict = judge(index[table.concat({ row.workload_id, row.question_id or "", row.practice }, "\0")])
    verdict.workload, verdict.workload_id = names[row.workload_id] or row.workload_id, row.workload_id
    verdict.question, verdict.practice = row.question_id, row.practice
    verdicts[i] = verdict
  end
  table.sort(verdicts, function(a, b)
    for _, name in ipairs { "workload", "question", "practice" } do
      local x, y = a[name] or "", b[name] or ""
      if x ~= y then return x < y end
    end
    return false
  end)
  return verdicts
end

---How many rows have each verdict.
---@param verdicts plumb.TableVerdict[]
---@return table<string, integer>
function dynamodb.count(verdicts)
  local n = { adopted = 0, ["not adopted"] = 0, stale = 0 }
  for _, verdict in ipairs(verdicts) do n[verdict.verdict] = n[verdict.verdict] + 1 end
  return n
end

return dynamodb
