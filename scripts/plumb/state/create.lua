-- plumb state init: makes the table for a state in DynamoDB, once it has shown what it will make. A table that is there
-- already is looked at, not touched.

local place_of = require("plumb.view.narrate").place
local problem = require "plumb.problem"
local state_table = require "plumb.store.dynamodb.table"

local create = {}

local function check_fit(found, path)
  local misfit = state_table.misfit(found)
  if not misfit then return end
  problem.raise { id = "E501", what = ("the DynamoDB table %s was not made for plumb's state"):format(found.TableName),
    where = path, because = misfit, fix = "name another one with --state dynamodb:TABLE" }
end

local function describe(cli, input, place)
  cli.note(("Plan: make the DynamoDB table %s (%s)."):format(input.TableName, place))
  cli.note(("  paid by request, %d local indexes, protected against deletion"):format(#input.LocalSecondaryIndexes))
end

-- Makes it, if it may. Returns whether it did.
local function make(plumb, input, place)
  local cli = plumb.cli
  describe(cli, input, place)
  if plumb.args.dry_run then
    cli.note "Dry run: nothing was made."
  elseif not cli.may_write(("Make the table %s (%s)?"):format(input.TableName, place)) then
    cli.note "Nothing was made."
  else
    local done, failure = state_table.create(plumb.aws, input.TableName)
    if not done then error(failure, 0) end
    cli.note(("%s Made. Next: plumb scan --state dynamodb:%s"):format(cli.symbol "ok", input.TableName))
    return true
  end
  return false
end

---The table that a path names. Raises plumb.Problem E103 when it is the path of a file.
---@param path string  "dynamodb:TABLE"
---@return string
function create.table_of(path)
  local name = require("plumb.store").table_name(path)
  if name then return name end
  problem.raise { id = "E103", what = ("%s is a file, and a file needs no making"):format(path),
    because = "the first scan makes it", fix = "plumb state init --state dynamodb:plumb" }
end

---Makes the table unless it is there. Waits; raises what AWS refused.
---@param plumb plumb.Context
---@param name string
---@return integer exit_code
function create.run(plumb, name)
  local cli, path, made = plumb.cli, "dynamodb:" .. name, false
  local found, failure = state_table.find(plumb.aws, name)
  if failure then error(failure, 0) end
  if found then
    check_fit(found, path)
    cli.note(("%s The DynamoDB table %s is there already."):format(cli.symbol "ok", name))
  else
    made = make(plumb, state_table.input(name), place_of { region = plumb.region,
      simulated = plumb.session.simulated })
  end
  if plumb.args.json or plumb.args.output == "json" then
    cli.json { schema = "plumb.state-init/1", place = path, region = plumb.region, made = made,
      exists = found ~= nil or made, dry_run = plumb.args.dry_run or false }
  end
  return 0
end

return create
