-- What a policy may say about plumb serve: when it scans, where it listens. Each text is read here as it will be
-- read there, so that a mistake is found with its line before a daemon depends on it.

local time = require("plumb.time")

local M = {}

local function check_schedule(value)
  local schedule, failure = require("plumb.trigger.schedule").parse(value)
  return not schedule and failure.message or nil
end

local function check_zone(value)
  local zone, failure = require("plumb.zone").load(value)
  return not zone and failure.message or nil
end

---How far a schedule may be late: a part of the time between two moments, or seconds.
---@param text string  "10%" or "5m"
---@return { part: number?, seconds: number? }|nil
function M.jitter(text)
  local percent = tonumber(text:match("^(%d+)%%$"))
  if percent then
    return percent <= 50 and { part = percent / 100 } or nil
  end
  local seconds = time.duration(text)
  return seconds and seconds >= 0 and { seconds = seconds } or nil
end

local function check_jitter(value)
  if not M.jitter(value) then
    return "it is neither a part of at most 50%, such as \"10%\", nor a time such as \"5m\""
  end
end

local function is_loopback(address)
  return address == "::1" or address:find("^127%.%d+%.%d+%.%d+$") ~= nil
end

---An address to listen on.
---@param text string  "127.0.0.1:9464" or "[::1]:9464"; port 0 is any free one
---@return { address: string, port: integer, loopback: boolean }|nil
function M.address(text)
  local address, port = text:match("^%[([%x:]+)%]:(%d+)$")
  if not address then
    address, port = text:match("^(%d+%.%d+%.%d+%.%d+):(%d+)$")
  end
  local number = math.tointeger(tonumber(port or ""))
  if not number or number > 65535 then
    return nil
  end
  return { address = address, port = number, loopback = is_loopback(address) }
end

local function check_address(value)
  if not M.address(value) then
    return "it is not a numeric address with a port, such as 127.0.0.1:9464 or [::1]:9464"
  end
end

local function check_path(value)
  if not value:find("^/[%w%-._~/]*$") then
    return "it is not the path of an address, such as /sns"
  end
end

local function check_queue(value)
  if not value:find("^https?://[%w.:%-]+/%d+/[%w_%-.]+$") then
    return "it is not the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/plumb"
  end
end

local function check_topic(value)
  if not value:find("^arn:[%w-]+:sns:[%w-]+:%d+:[%w_.-]+$") then
    return "it is not the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:111122223333:plumb"
  end
end

local flag = { type = "flag" }

---@type table  see plumb.policy.schema
M.spec = { type = "record", fields = {
  { "schedule", { type = "text", check = check_schedule, off = true } },
  { "time_zone", { type = "text", check = check_zone } },
  { "jitter", { type = "text", check = check_jitter } },
  { "poll", { type = "duration", off = true, min = 10 } },
  { "queue", { type = "text", check = check_queue, off = true } },
  { "webhook", { type = "record", fields = {
    { "listen", { type = "text", check = check_address, off = true } },
    { "path", { type = "text", check = check_path } },
    { "topics", { type = "list", of = { type = "text", check = check_topic },
      example = '{ "arn:aws:sns:eu-west-1:111122223333:plumb" }' } },
    { "confirm", flag },
    { "public", flag },
  } } },
  { "health", { type = "record", fields = {
    { "listen", { type = "text", check = check_address, off = true } },
    { "public", flag },
  } } },
} }

return M
