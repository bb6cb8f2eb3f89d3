-- Whole calls against bytes on file: what leaves is what another client sends for
-- the same input, signature included, and what comes back is read as written down.

local aws_client = require "tests.support.aws_client"
local digest = require "plumb.digest"
local err = require "plumb.err"
local http_file = require "tests.support.http_file"
local json = require "plumb.json"

local FOLDER = "tests/golden/wire/"

local SERVICE_OF = {
  ListWorkloads = "wellarchitected", ListAnswers = "wellarchitected", UpdateAnswer = "wellarchitected",
  CreateOpsItem = "ssm", DescribeOpsItems = "ssm", ReceiveMessage = "sqs", GetCallerIdentity = "sts",
}
local RESPONSES = {
  ListWorkloads = { "response" },
  ListAnswers = { "response" },
  UpdateAnswer = { "response", "response-conflict" },
  CreateOpsItem = { "response", "response-exists" },
  DescribeOpsItems = { "response" },
  ReceiveMessage = { "response", "response-empty", "response-no-queue" },
  GetCallerIdentity = { "response", "response-denied" },
}

local function read_json(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return assert(json.decode(text))
end

local function keys_for(service)
  local keys = {}
  for key, value in pairs(aws_client.KEYS) do keys[key] = value end
  if service == "ssm" then keys.session_token = "TOKENEXAMPLE" end
  return function() return keys end
end

local function call(operation, response)
  local service = SERVICE_OF[operation]
  local client, log = aws_client.new({ response }, { credentials = keys_for(service) })
  local input = read_json(FOLDER .. operation .. "/input.json")
  local output, failure = client[service]:call(operation, input, { attempts = 1 })
  return output, failure, log.sent[1]
end

-- Blobs are bytes in Lua and have no place in JSON: written as <hex>.
local function printable(value)
  if type(value) == "table" then
    local out = {}
    for key, item in pairs(value) do out[key] = printable(item) end
    return out
  elseif type(value) == "string" and not utf8.len(value) then
    return "<" .. digest.hex(value) .. ">"
  end
  return value
end

describe("a call on the wire", function()
  after_each(aws_client.restore)

  for operation, responses in pairs(RESPONSES) do
    it("sends " .. operation .. " as another client does", function()
      local expected = http_file.read(FOLDER .. operation .. "/request")
      local _, _, sent = call(operation, http_file.response(FOLDER .. operation .. "/response"))
      local target = sent.path .. (sent.query ~= "" and "?" .. sent.query or "")
      assert.equal(expected.start, ("%s %s HTTP/1.1"):format(sent.method, target))
      assert.equal(expected.body, sent.body)
      local headers = { host = sent.host }
      for name, value in pairs(sent.headers) do
        if name ~= "amz-sdk-request" then headers[name] = value end
      end
      assert.same(expected.headers, headers)
    end)

    for _, name in ipairs(responses) do
      it(("reads %s, %s"):format(operation, name), function()
        local path = FOLDER .. operation .. "/" .. name
        local expected = read_json(path .. ".json")
        local output, failure = call(operation, http_file.response(path))
        if output then
          assert.same(expected, printable(output))
        else
          assert.is_true(err.is(failure))
          for key, value in pairs(expected) do assert.same(value, failure[key], key) end
          assert.equal(operation, failure.operation)
          assert.equal(SERVICE_OF[operation], failure.service)
        end
      end)
    end
  end
end)
