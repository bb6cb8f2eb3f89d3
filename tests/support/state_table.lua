-- DynamoDB for specs of the state in a table: a simulator in process, a fresh table for every store, and a client
-- whose every request can be looked at, or be made to fail, on its way.

local aws = require "plumb.aws"
local endpoint = require "plumb.aws.endpoint"
local secret = require "plumb.secret"
local sim = require "sim"
local state_table = require "plumb.store.dynamodb.table"

local M = {}

---@class spec.StateTable
---@field sim sim.Simulator
---@field now number          the simulator's clock
---@field slept number[]      what clients and stores slept instead of waiting
---@field between fun(request: table, send: fun(request: table): table?, table?): table?, table?  may be set by a spec
local StateTable = {}
StateTable.__index = StateTable

---@param options? table  for sim.new
---@return spec.StateTable
function M.new(options)
  local self = setmetatable({ now = 1767323045, slept = {}, count = 0 }, StateTable)
  local given = { seed = "empty", random_seed = 11, credentials = { KEY = "secret" },
    now = function() return self.now end, sleep = function(seconds) self:sleep(seconds) end }
  for key, value in pairs(options or {}) do given[key] = value end
  self.sim = sim.new(given)
  return self
end

function StateTable:sleep(seconds)
  self.slept[#self.slept + 1] = seconds
  self.now = self.now + seconds
end

---A client that reaches the simulator in process.
---@param options? table  for aws.new
---@return plumb.aws.Client
function StateTable:client(options)
  local keys = { access_key_id = "KEY", secret = secret.new "secret", source = "spec" }
  local function send(request) return self.sim:send(request) end
  local given = { region = "us-east-1", credentials = function() return keys end, endpoint = endpoint.resolve,
    random = function() return 0 end, sleep = function(seconds) self:sleep(seconds) end,
    send = function(request)
      if self.between then return self.between(request, send) end
      return send(request)
    end }
  for key, value in pairs(options or {}) do given[key] = value end
  return aws.new(given)
end

---The name of a fresh table.
---@param client plumb.aws.Client
---@return string
function StateTable:make(client)
  self.count = self.count + 1
  local name = "plumb-state-" .. self.count
  assert(state_table.create(client, name, { sleep = function(seconds) self:sleep(seconds) end }))
  return name
end

---A store in a table, a fresh one unless it is named.
---@param name? string
---@param options? table  for the driver
---@return plumb.DynamodbStore
function StateTable:open(name, options)
  local given = { client = self:client(), sleep = function(seconds) self:sleep(seconds) end }
  for key, value in pairs(options or {}) do given[key] = value end
  given.table = name or self:make(given.client)
  return assert(require("plumb.store.dynamodb").open(given))
end

---How often an operation arrived.
---@param operation string
---@return integer
function StateTable:calls(operation) return self.sim.counts["dynamodb." .. operation] or 0 end

---@param request table
---@return string operation
function M.operation(request) return request.headers["x-amz-target"]:match "%.(%w+)$" end

return M
