-- plumb migrate dynamodb as people see it: the table of the Python solution, row by row, against what is
-- true now.

local dynamodb = require "plumb.migrate.dynamodb"
local json = require "plumb.json"
local problem = require "plumb.problem"

local compare = {}

local COLUMNS = {
  { key = "verdict" }, { key = "id", title = "item", whole = true }, { key = "workload", cut = true },
  { key = "question" },
  { key = "practice", cut = true }, { key = "reason" },
}

local function read(plumb, name)
  local rows, failure = dynamodb.read(plumb.aws, name)
  if rows then return rows, failure end
  if failure.code ~= "ResourceNotFoundException" then error(failure, 0) end
  problem.raise { id = "E324", what = ("there is no table '%s' in %s"):format(name, plumb.region),
    because = tostring(failure), fix = "name the table with --table, and its Region with --region" }
end

---Shows what the table says against the state and OpsCenter. Waits; writes nothing.
---@param plumb plumb.Context
---@param name string  of the table
---@return integer exit_code
function compare.run(plumb, name)
  local cli, args = plumb.cli, plumb.args
  local rows, odd = read(plumb, name)
  local verdicts = dynamodb.compare(rows, { store = plumb.store, sink = plumb.sink })
  local n = dynamodb.count(verdicts)
  if args.json or args.output == "json" then
    cli.json { schema = "plumb.migrate-dynamodb/1", table = name, region = plumb.region, items = json.list(verdicts),
      summary = { adopted = n.adopted, not_adopted = n["not adopted"], stale = n.stale, unreadable = odd },
      calls = plumb.aws.calls }
  else
    cli.table(verdicts, COLUMNS)
  end
  if odd > 0 then cli.warn(("%d rows of the table have no workload_id and were passed over"):format(odd)) end
  cli.note(("%d practices in the table: %d adopted, %d not adopted yet, %d stale. The table was not changed."):format(
    #verdicts, n.adopted, n["not adopted"], n.stale))
  if n["not adopted"] > 0 then cli.note("  Next: plumb migrate opsitems") end
  return 0
end

return compare
