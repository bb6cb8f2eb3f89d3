-- CPU for each signed call from Lua: a small GET over loopback without TLS. Prints microseconds for calls one by one,
-- and for eight at a time.

local aws = require "plumb.aws"
local endpoint = require "plumb.aws.endpoint"
local secret = require "plumb.secret"
local task = require "plumb.task"

local CALLS = 4000

local keys = { access_key_id = os.getenv "AWS_ACCESS_KEY_ID", secret = secret.new(os.getenv "AWS_SECRET_ACCESS_KEY"),
  source = "bench" }
local client = aws.new { region = "us-east-1", credentials = function() return keys end,
  endpoint = function() return endpoint.parse_url(os.getenv "AWS_ENDPOINT_URL") end }

local function call() assert(client.wellarchitected:GetLensReview { WorkloadId = ("0a"):rep(16), LensAlias = "x" }) end

local function cpu_of(fn)
  local before = os.clock()
  fn()
  return (os.clock() - before) / CALLS * 1e6
end

for _ = 1, 200 do call() end -- connections are made, code is warm
local one_by_one = cpu_of(function()
  for _ = 1, CALLS do call() end
end)
local eight = cpu_of(function()
  local list = {}
  for i = 1, CALLS do list[i] = i end
  task.map(list, call, { limit = 8 })
end)
print(("%.1f %.1f"):format(one_by_one, eight))
