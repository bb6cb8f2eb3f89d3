-- Rows of things on their way out, the same for every command that lists: a table, CSV, TSV or Markdown of the
-- columns asked for, or a JSON document in an envelope that says what it is.

local json = require "plumb.json"
local problem = require "plumb.problem"
local suggest = require "plumb.suggest"

local listing = {}

---@class plumb.ListColumn: plumb.Column
---@field more? boolean  shown only when named with --columns; JSON has it always

---@class plumb.Listing
---@field schema string   "plumb.risk-list/1"
---@field columns plumb.ListColumn[]  every one there is; together they are the members of an item in JSON
---@field rows table[]
---@field head? table     further members of the JSON document, beside `schema` and `items`

local function unknown(name, columns)
  local keys = {}
  for i, column in ipairs(columns) do keys[i] = column.key end
  local near = suggest.suggest(name, keys)
  problem.raise { id = "E103", what = ("there is no column %s"):format(require("plumb.cli.printable").quote(name)),
    fix = (near and ("did you mean '%s'?   "):format(near) or "") .. "columns: " .. table.concat(keys, ", ") }
end

---The columns to be shown: those named, or those that are shown when nobody names any.
---@param columns plumb.ListColumn[]
---@param names? string[]  from --columns
---@return plumb.ListColumn[]
function listing.columns(columns, names)
  local chosen, by_key = {}, {}
  for _, column in ipairs(columns) do
    by_key[column.key] = column
    if not names and not column.more then chosen[#chosen + 1] = column end
  end
  for i, name in ipairs(names or {}) do chosen[i] = by_key[name] or unknown(name, columns) end
  return chosen
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

---Writes them. Raises E103 for a column that is not there; `listing.columns` told earlier costs no call to AWS.
---@param cli plumb.Cli
---@param list plumb.Listing
function listing.show(cli, list)
  local names, format = cli.args.columns, cli.format()
  local chosen = listing.columns(list.columns, names)
  if format == "json" then
    local document = { schema = list.schema, items = items_of(list.rows, names and chosen or list.columns) }
    for name, value in pairs(list.head or {}) do document[name] = value end
    cli.json(document)
  elseif format == "jsonl" then
    cli.table(items_of(list.rows, names and chosen or list.columns), {})
  else
    cli.table(list.rows, chosen)
  end
end

return listing
