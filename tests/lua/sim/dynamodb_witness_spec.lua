-- The simulator beside an independent implementation: the same calls, and the same answers.

local aws = require("plumb.aws")
local dynalite = require("support.dynalite")
local endpoint = require("plumb.aws.endpoint")
local secret = require("plumb.secret")
local sim = require("sim")
local steps = require("support.dynamodb_steps")
local words = require("sim.dynamodb.reserved")

describe("DynamoDB as a witness knows it", function()
  local missing = select(2, dynalite.find())
  if missing then
    pending("is not compared: " .. missing)
    return
  end
  local other, mine

  setup(function()
    other = dynalite.start()
    local world = sim.new({ seed = "empty", credentials = { KEY = "secret" } })
    local keys = { access_key_id = "KEY", secret = secret.new("secret") }
    mine = aws.new({ region = "us-east-1", credentials = function() return keys end, endpoint = endpoint.resolve,
      send = function(request) return world:send(request) end })
  end)

  teardown(function() other.stop() end)

  local function ask(client, step)
    local output, failure = client.dynamodb:call(step.operation, step.input, { attempts = 1 })
    if not output then return { code = failure.code, message = step.message ~= false and failure.message or nil } end
    output.TableDescription = nil -- sizes and dates
    return output
  end

  for _, step in ipairs(steps) do
    it(("answers %s: %s"):format(step.operation, step.name), function()
      assert.same(ask(other.client, step), ask(mine, step))
    end)
  end

  it("knows the same reserved words", function()
    local function refuses(client, word)
      local output, failure = client.dynamodb:GetItem({ TableName = "words", Key = { p = { S = "x" } },
        ProjectionExpression = word }, { attempts = 1 })
      return not output and failure.message:find("reserved", 1, true) ~= nil
    end
    for _, client in ipairs({ mine, other.client }) do
      assert(client.dynamodb:CreateTable({ TableName = "words", BillingMode = "PAY_PER_REQUEST",
        KeySchema = { { AttributeName = "p", KeyType = "HASH" } },
        AttributeDefinitions = { { AttributeName = "p", AttributeType = "S" } } }))
    end
    for word in pairs(words) do
      assert.is_true(refuses(other.client, word:lower()), word)
      assert.is_true(refuses(mine, word:lower()), word)
    end
    for _, word in ipairs({ "pk", "sk", "version", "epoch", "workload", "finding", "lens", "risk", "title" }) do
      assert.equal(refuses(other.client, word), refuses(mine, word), word)
    end
  end)
end)
