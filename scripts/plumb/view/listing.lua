-- Rows of things on their way out, the same for every command that lists: a table, CSV, TSV or Markdown of the
-- columns asked for, or a JSON document in an envelope that says what it is.

local json = require "plumb.json"
local problem = require "plumb.problem"
local suggest = require "plumb.suggest"
local whereabouts = require "plumb.view.whereabouts"

local listing = {}

---@class plumb.Listing
---@field schema string   "plumb.risk-list/1"
---@field columns plumb.Column[]  every one there is; together they are the members of an item in JSON
---@field eyes? string[]     keys of those that a table shows unless told; all of them when absent
---@field programs? string[] keys of those that CSV and TSV have unless told; as `eyes` when absent
---@field rows table[]
---@field head? table     further members of the JSON document, beside `schema` and `items`

local function unknown(name, columns)
  local keys = {}
  for i, column in ipairs(columns) do keys[i] = column.key end
  local near = suggest.suggest(name, keys)
  problem.raise { id = "E103", what = ("there is no column %s"):format(require("plumb.cli.printable").quote(name)),
    fix = (near and ("did you mean '%s'?   "):format(near) or "") .. "columns: " .. table.concat(keys, ", ") }
end

local EYES = { table = true, markdown = true }

---The columns to be shown: those named with --columns, or those that the format shows unless told. Raises E103 for
---one that is not there; asked before anything is read, that costs no call.
---@param list plumb.Listing
---@param cli plumb.Cli
---@return plumb.Column[]
function listing.columns(list, cli)
  local chosen, by_key = {}, {}
  for _, column in ipairs(list.columns) do by_key[column.key] = column end
  local usual = EYES[cli.format()] and list.eyes or list.programs or list.eyes
  local names = cli.args.columns or usual
  if not names then return list.columns end
  for i, name in ipairs(names) do chosen[i] = by_key[name] or unknown(name, list.columns) end
  return chosen
end

-- A table has no room for columns in which nothing stands; one that was named stays.
local function filled(chosen, list, cli)
  if cli.args.columns or not EYES[cli.format()] then return chosen end
  local some = {}
  for _, column in ipairs(chosen) do
    local seen = false
    for _, row in ipairs(list.rows) do
      local value = row[column.key]
      seen = seen or value ~= nil and value ~= "" and not (type(value) == "table" and next(value) == nil)
    end
    if seen then some[#some + 1] = column end
  end
  return some[1] and some or chosen
end

-- Every item has the same members; one without a value is null.
local function items_of(rows, columns)
  local items = {}
  for i, row in ipairs(rows) do
    local item = {}
    for _, column in ipairs(columns) do
      local value = row[column.key]
      if value == nil then value = json.null end
      item[column.key] = value
    end
    items[i] = item
  end
  return json.list(items)
end

---Writes them.
---@param cli plumb.Cli
---@param list plumb.Listing
function listing.show(cli, list)
  local format = cli.format()
  local chosen = listing.columns(list, cli)
  local members = cli.args.columns and chosen or list.columns
  if format == "json" then
    local document = { schema = list.schema, items = items_of(list.rows, members) }
    for name, value in pairs(list.head or {}) do document[name] = value end
    cli.json(document)
  elseif format == "jsonl" then
    cli.table(items_of(list.rows, members), {})
  else
    chosen = filled(chosen, list, cli)
    local own = cli.args.columns or not EYES[format]
    cli.table(list.rows, own and chosen or whereabouts.for_eyes(list.rows, chosen))
  end
end

return listing
