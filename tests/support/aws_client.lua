-- A client without a network: `send` answers from a list and remembers what was
-- sent, sleeping is written down and moves the clock instead of taking time, chance
-- and the clock otherwise are fixed.

local aws = require "plumb.aws"
local time = require "plumb.time"

local aws_client = {}

---The time of every spec that does not say otherwise: 2026-01-02T03:04:05Z.
aws_client.NOW = 1767323045

aws_client.KEYS = {
  access_key_id = "AKIDEXAMPLE", secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", source = "spec",
}

---A response with sensible headers.
---@param status integer
---@param body? string
---@param headers? table
function aws_client.response(status, body, headers)
  local all = { ["content-type"] = "application/json", ["x-amzn-requestid"] = "req-1" }
  for name, value in pairs(headers or {}) do all[name] = value end
  return { status = status, body = body or "{}", headers = all, ms = 1 }
end

---An error response of a JSON service.
function aws_client.failure(status, code, headers)
  return aws_client.response(status, ('{"__type":"%s","message":"told so"}'):format(code), headers)
end

---Makes a client.
---@param answers table|fun(request: table, n: integer): any, any  responses or plumb.Errors in order, or a function
---@param options? table  for aws.new; `clock` is a function in place of the fixed clock
---@return plumb.aws.Client client
---@return { sent: table[], slept: number[] } log
function aws_client.new(answers, options)
  local log = { sent = {}, slept = {} }
  options = options or {}
  local clock, slept = options.clock or function() return aws_client.NOW end, 0
  time.set(function() return clock() + slept end)
  local merged = {
    region = "us-west-2",
    credentials = function() return aws_client.KEYS end,
    random = function() return 1 end,
    sleep = function(seconds)
      slept = slept + seconds
      table.insert(log.slept, seconds)
    end,
    send = function(request)
      table.insert(log.sent, request)
      local n = #log.sent
      if type(answers) == "function" then return answers(request, n) end
      local answer = answers[n] or answers.again
      if not answer then error(("request %d was not expected"):format(n)) end
      if require("plumb.err").is(answer) then return nil, answer end
      return answer
    end,
  }
  for key, value in pairs(options) do merged[key] = value end
  return aws.new(merged), log
end

---Puts the real clock back; for after_each.
function aws_client.restore()
  time.set(nil)
end

return aws_client
