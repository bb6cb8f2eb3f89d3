-- AWS operations as typed code has them: `wa.ListAnswers{ ... }`. A service and each of its operations is a value that
-- can be called, shown, completed and explained before any credentials are there.

local listing = require("plumb.repl.listing")
local pages = require("plumb.aws.pages")
local reads = require("plumb.aws.reads")
local suggest = require("plumb.suggest")

local M = {}

---@class plumb.repl.Description
---@field name string        as it is typed: "wa"
---@field service plumb.aws.Service
---@field operation string?  nil for the service itself
---@field alias table        the service value

local described = setmetatable({}, { __mode = "k" })

---What a value stands for, when it is a service or an operation.
---@param value any
---@return plumb.repl.Description?
function M.describe(value)
  return described[value]
end

-- Whoever continues a listing by hand gets the pages as AWS sends them.
local function continues_by_hand(plan, input)
  return input[plan.into] ~= nil
end

local function open_listing(handle, of, plan, input)
  local wrong = handle:check(of.operation, input)
  if wrong and wrong.bug then
    error(tostring(wrong), 3)
  elseif wrong then
    return nil, wrong
  end
  return listing.new(of.service.name .. "." .. of.operation, plan.items,
    pages.each_page(handle, of.operation, input))
end

local function call(of, opts, input, ...)
  input = input == nil and {} or input
  local handle = opts.open()
  local plan = pages.plan(of.service, of.operation)
  if plan and type(input) == "table" and not continues_by_hand(plan, input) then
    return open_listing(handle, of, plan, input)
  end
  if not reads(of.service, of.operation) and type(input) == "table" then
    opts.before_change(of.service, of.operation, input)
  end
  return handle[of.operation](handle, input, ...) -- a tail call, so a slip in the input names the typed line
end

local Operation = {}

function Operation.__call(self, first, ...)
  local of = described[self]
  if rawequal(first, of.alias) then -- wa:ListAnswers{...}
    return call(of, of.opts, ...)
  end
  return call(of, of.opts, first, ...)
end

function Operation.__tostring(self)
  local of = described[self]
  return ("%s.%s: %s; help(%s.%s) tells more"):format(of.name, of.operation,
    reads(of.service, of.operation) and "reads" or "changes something", of.name, of.operation)
end

local Service = {}

function Service.__index(self, name)
  local of = described[self]
  if not of.service.operations[name] then
    local near = type(name) == "string" and suggest.key(name, of.service.operations)
    error(("%s has no operation %s%s"):format(of.name, tostring(name),
      near and (" (did you mean %s?)"):format(near) or "; .ops lists them"), 2)
  end
  local operation = setmetatable({}, Operation)
  described[operation] = { name = of.name, service = of.service, operation = name, alias = self, opts = of.opts }
  rawset(self, name, operation)
  return operation
end

function Service.__tostring(self)
  local of = described[self]
  local count = 0
  for _ in pairs(of.service.operations) do
    count = count + 1
  end
  return ("%s: %s, %d operations; .ops %s lists them"):format(of.name, of.service.full_name or of.service.service_id,
    count, of.name)
end

---A service as typed code has it.
---@param name string  as it is typed
---@param service plumb.aws.Service
---@param opts { open: (fun(): plumb.aws.Handle), before_change: fun(service: table, operation: string, input: table) }
---  open gives the handle that calls go through, and may wait; before_change may refuse by raising
---@return table
function M.service(name, service, opts)
  local self = setmetatable({}, Service)
  described[self] = { name = name, service = service, alias = self, opts = opts }
  return self
end

return M
