-- What is in the state, counted: where it is, how large, how many records of each kind, how the findings
-- stand, the last runs and the marks. Reads only.

local schema = require "plumb.store.schema"
local time = require "plumb.time"

local summary = {}

local DRIVERS = { sqlite = "SQLite", dynamodb = "DynamoDB" }

local function count(each)
  local n = 0
  for _ in each do n = n + 1 end
  return n
end

local function last_runs(store)
  local last = {}
  for run in store:each("run") do
    local before = last[run.command]
    if not before or run.started_at >= before.started_at then last[run.command] = run end
  end
  return last
end

---@param store plumb.Store
---@return { place: string, driver: string, schema: integer, bytes: integer?, records: table<string, integer>,
---  findings: table<string, integer>, runs: table<string, table>, marks: table<string, any>, audit: integer }
function summary.of(store)
  local about = store:describe()
  local all = { place = about.place, driver = about.driver, schema = about.schema, bytes = about.bytes,
    records = {}, findings = {}, marks = {}, runs = last_runs(store), audit = count(store:trail()) }
  for kind in pairs(schema.kinds) do all.records[kind] = count(store:each(kind)) end
  for record in store:each("finding") do
    all.findings[record.status] = (all.findings[record.status] or 0) + 1
  end
  for mark in store:each("mark") do all.marks[mark.name] = mark.value end
  return all
end

local function sorted(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  local i = 0
  return function()
    i = i + 1
    return names[i], map[names[i]]
  end
end

local function size(bytes)
  if not bytes then return nil end
  return bytes < 1 << 20 and ("%d KiB"):format((bytes + 1023) // 1024) or ("%.1f MiB"):format(bytes / (1 << 20))
end

-- What the names of marks begin with that hold a moment.
local MOMENTS = { items = true, rebuild = true, resolve = true, stock = true }

local function mark_value(name, value)
  if MOMENTS[name:match "^%a+"] and type(value) == "number" then return time.iso(value) end
  return value
end

local function ended(run)
  if not run.ended_at then return ("began %s, never ended"):format(time.iso(run.started_at)) end
  return ("%s, exit %d"):format(time.iso(run.ended_at), run.exit or 0)
end

---The same as rows for a table.
---@param all table  from summary.of
---@return { what: string, name: string, value: any }[]
function summary.rows(all)
  local rows = {}
  local function add(what, name, value)
    if value ~= nil then rows[#rows + 1] = { what = what, name = name, value = value } end
  end
  add("state", "place", all.place)
  add("state", "kind", DRIVERS[all.driver] or all.driver)
  add("state", "schema", all.schema)
  add("state", "size", size(all.bytes))
  for status, n in sorted(all.findings) do add("findings", status, n) end
  for kind, n in sorted(all.records) do
    if n > 0 then add("records", kind, n) end
  end
  if all.audit > 0 then add("records", "audit", all.audit) end
  for command, run in sorted(all.runs) do add("last run", command, ended(run)) end
  for name, value in sorted(all.marks) do add("mark", name, mark_value(name, value)) end
  return rows
end

return summary
