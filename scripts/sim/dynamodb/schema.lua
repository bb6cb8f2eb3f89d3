-- What CreateTable refuses. Also where a call's table is looked up by its name or ARN.

local fail = require("sim.fail")

local M = {}

local MOST_LOCAL, MOST_GLOBAL = 5, 20

local function invalid(message)
  fail.raise("ValidationException", message)
end

local function parameters(message)
  invalid("One or more parameter values were invalid: " .. message)
end

local function check_name(name, what, shortest)
  if #name < shortest then
    invalid(("%s must be at least %d characters long and at most 255 characters long"):format(what, shortest))
  elseif #name > 255 or not name:find("^[%w_.-]+$") then
    invalid(("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy "
      .. "regular expression pattern: [a-zA-Z0-9_.-]+"):format(name, what:sub(1, 1):lower() .. what:sub(2)))
  end
end

local function check_keys(schema)
  if not schema or not schema[1] or #schema > 2 then
    invalid("1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: Member must not be "
      .. "null")
  elseif schema[1].KeyType ~= "HASH" then
    invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
  elseif schema[2] and schema[2].KeyType ~= "RANGE" then
    invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
  elseif schema[2] and schema[1].AttributeName == schema[2].AttributeName then
    invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
  end
end

local function check_defined(schema, defined, used)
  for _, element in ipairs(schema) do
    used[element.AttributeName] = true
    if not defined[element.AttributeName] then
      parameters(("Some index key attributes are not defined in AttributeDefinitions. Keys: [%s]"):format(
        element.AttributeName))
    end
  end
end

local function check_index(definition, names)
  check_name(definition.IndexName, "IndexName", 3)
  if names[definition.IndexName] then
    parameters("Duplicate index name: " .. definition.IndexName)
  end
  names[definition.IndexName] = true
  local projection = definition.Projection
  if not projection.ProjectionType then
    parameters("Unknown ProjectionType: null")
  elseif (projection.ProjectionType == "INCLUDE") ~= (projection.NonKeyAttributes ~= nil) then
    parameters(("ProjectionType is %s, but NonKeyAttributes is %sspecified"):format(projection.ProjectionType,
      projection.NonKeyAttributes and "" or "not "))
  end
  check_keys(definition.KeySchema)
end

local function check_local(input, definition)
  if not input.KeySchema[2] then
    parameters("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
  elseif definition.KeySchema[1].AttributeName ~= input.KeySchema[1].AttributeName then
    parameters(("Index KeySchema does not have the same leading hash key as table KeySchema for index: %s."):format(
      definition.IndexName))
  elseif not definition.KeySchema[2] then
    parameters("Index KeySchema does not have a range key for index: " .. definition.IndexName)
  end
end

local function check_billing(input)
  local mode = input.BillingMode or "PROVISIONED"
  if mode == "PROVISIONED" and not input.ProvisionedThroughput then
    parameters("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
  elseif mode ~= "PROVISIONED" and input.ProvisionedThroughput then
    parameters("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
  end
end

local function check_indexes(input, defined, used)
  local names = {}
  local locals, globals = input.LocalSecondaryIndexes or {}, input.GlobalSecondaryIndexes or {}
  if #locals > MOST_LOCAL or #globals > MOST_GLOBAL then
    parameters(("Number of indexes exceeds per-table limit of %d local and %d global ones"):format(MOST_LOCAL,
      MOST_GLOBAL))
  end
  for _, definition in ipairs(locals) do
    check_index(definition, names)
    check_local(input, definition)
    check_defined(definition.KeySchema, defined, used)
  end
  for _, definition in ipairs(globals) do
    check_index(definition, names)
    check_defined(definition.KeySchema, defined, used)
  end
end

---Refuses a table that the service would refuse.
---@param input table  of CreateTable
function M.check(input)
  check_name(M.name(input.TableName), "TableName", 3)
  check_keys(input.KeySchema)
  check_billing(input)
  local defined, used = {}, {}
  for _, definition in ipairs(input.AttributeDefinitions or {}) do
    defined[definition.AttributeName] = definition.AttributeType
  end
  for _, element in ipairs(input.KeySchema) do
    used[element.AttributeName] = true
    if not defined[element.AttributeName] then
      invalid("Invalid KeySchema: Some index key attribute have no definition")
    end
  end
  check_indexes(input, defined, used)
  for name in pairs(defined) do
    if not used[name] then
      parameters("Number of attributes in KeySchema does not exactly match number of attributes defined in "
        .. "AttributeDefinitions")
    end
  end
end

---The name in a table's name or ARN.
---@param text string
---@return string
function M.name(text)
  return text:match("^arn:.-:table/(.+)$") or text
end

---The tables of a world, by name.
---@param world sim.World
---@return table<string, sim.dynamodb.Table>
function M.tables(world)
  world.dynamodb = world.dynamodb or { tables = {}, tokens = {} }
  return world.dynamodb.tables
end

---The table a call is for. One that is being made cannot be used yet.
---@param ctx sim.Context
---@param text string  name or ARN
---@return sim.dynamodb.Table  raises ResourceNotFoundException
function M.find(ctx, text)
  local found = M.tables(ctx.world)[M.name(text)]
  if not found or ctx.world:now() < found.active_at then
    fail.raise("ResourceNotFoundException", "Requested resource not found")
  end
  return found
end

return M
