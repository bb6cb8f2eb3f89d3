-- The whole state as lines of JSON, for programs, auditors and curious people: a first line that says
-- what this is, one for each record, and one for each row of the audit trail. A state holds no secret;
-- of an access key it keeps the first digits of a hash, to know an account again.

local json = require "plumb.json"
local schema = require "plumb.store.schema"

local export = {}

local function kinds()
  local names = {}
  for name in pairs(schema.kinds) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function audit_row(row)
  local copy = {}
  for name, value in pairs(row) do copy[name] = value end
  -- A row that somebody tampered with is told as it is; plumb state verify judges it.
  if row.detail ~= nil then copy.detail = json.decode(row.detail) or row.detail end
  return copy
end

---Writes every line.
---@param store plumb.Store
---@param write fun(line: string)
---@return integer lines
function export.all(store, write)
  local lines = 0
  local function line(value)
    lines = lines + 1
    write(json.encode(value))
  end
  local about = store:describe()
  line { kind = "state", schema = "plumb.state-export/1", driver = about.driver, version = about.schema }
  for _, kind in ipairs(kinds()) do
    for record in store:each(kind) do line { kind = kind, record = record } end
  end
  for row in store:trail() do line { kind = "audit", record = audit_row(row) } end
  return lines
end

return export
