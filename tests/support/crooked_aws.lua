-- The simulator with answers put in its mouth: for what cannot be ordered as a fault, such as a denial for one workload
-- or a quota that is used up. Run it with `plumb run tests/support/crooked_aws.lua OPTIONS.json`; it serves until it is
-- told to end, and its first line is that of `plumb sim --json`.
--
-- Options: { seed, limits = { opsitems_a_month = 3 }, credentials = as sim.new's, rules = { rule, ... } }. A rule
-- { path?, target?, body?, skip?, count?, every?, seconds?, status, code?, message?, text? } answers requests that
-- match all of its Lua patterns, after the first `skip`, at most `count` times, only each `every`th of them, and only
-- in the first `seconds` after the first of them: with an error of AWS by code, or with `text` as it is.

local json = require("plumb.json")
local files = require("plumb.files")
local server = require("plumb.server")
local sim = require("sim")
local task = require("plumb.task")
local time = require("plumb.time")

local options = assert(json.decode(assert(files.read(arg[1], 1 << 20))))
local simulator = sim.new({ seed = options.seed or "demo", limits = options.limits,
  credentials = options.credentials })

local function matches(rule, request)
  return (not rule.path or request.path:find(rule.path) ~= nil)
    and (not rule.target or (request.headers["x-amz-target"] or ""):find(rule.target) ~= nil)
    and (not rule.body or request.body:find(rule.body) ~= nil)
end

local function strikes(rule, request)
  if not matches(rule, request) then return false end
  rule.seen = (rule.seen or 0) + 1
  rule.began = rule.began or time.monotonic()
  if rule.seen % (rule.every or 1) ~= 0 or time.monotonic() - rule.began > (rule.seconds or math.huge) then
    return false
  end
  return rule.seen > (rule.skip or 0) and rule.seen <= (rule.skip or 0) + (rule.count or math.huge)
end

local function handle(request)
  for _, rule in ipairs(request.path:find("^/_sim/") and {} or options.rules or {}) do
    if strikes(rule, request) then
      if rule.text then
        return { status = rule.status, headers = { ["content-type"] = rule.type or "text/html" }, body = rule.text }
      end
      return { status = rule.status, headers = { ["content-type"] = "application/x-amz-json-1.1",
        ["x-amzn-errortype"] = rule.code, ["x-amzn-requestid"] = "crooked-request" },
        body = json.encode({ __type = rule.code, message = rule.message, Message = rule.message }) }
    end
  end
  return simulator:handle(request)
end

local listening = assert(server.serve({ address = "127.0.0.1", port = 0, max_body = 8 << 20, handler = handle }))
local url = "http://127.0.0.1:" .. listening.port
io.stdout:write(json.encode({ url = url, account = simulator.account, region = simulator.region, environment = {
  AWS_ENDPOINT_URL = url, AWS_ACCESS_KEY_ID = sim.ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY = sim.SECRET_ACCESS_KEY,
  AWS_REGION = simulator.region, AWS_DEFAULT_REGION = simulator.region } }), "\n")
io.stdout:flush()
task.wait_stop()
listening.close()
