-- What a script run with `plumb run` can put in plumb's place or use by itself; and a clock that is wrong for real.

local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")

local MODEL = {
  version = "2.0",
  metadata = { apiVersion = "2026-01-01", endpointPrefix = "things", protocol = "rest-json", serviceId = "Things",
    signatureVersion = "v4", signingName = "things", uid = "things-2026-01-01" },
  operations = { PutThing = { name = "PutThing", http = { method = "PUT", requestUri = "/things/{Name}" },
    input = { shape = "PutThingInput" }, output = { shape = "PutThingOutput" },
    errors = { { shape = "ThingExists" } } } },
  shapes = {
    PutThingInput = { type = "structure", required = { "Name" }, members = {
      Name = { shape = "String", location = "uri", locationName = "Name" },
      Size = { shape = "Integer", location = "querystring", locationName = "size" },
      At = { shape = "Timestamp" } } },
    PutThingOutput = { type = "structure", members = { Thing = { shape = "Thing" } } },
    Thing = { type = "structure", members = { Name = { shape = "String" }, At = { shape = "Timestamp" } } },
    ThingExists = { type = "structure", members = { Message = { shape = "String" } }, exception = true,
      error = { httpStatusCode = 409 } },
    String = { type = "string" }, Integer = { type = "integer" }, Timestamp = { type = "timestamp" },
  },
}

describe("a script", function()
  local stage

  before_each(function() stage = simulator.start() end)
  after_each(function() stage:stop() end)

  it("replaces time, sleep and chance, and uses each part without sending anything", function()
    process.write(stage.folder .. "/service-2.json", json.encode(MODEL))
    local result = stage:plumb({ "run", "tests/support/seams_script.lua", stage.folder })
    assert.equal(0, result.code, result.all)
    local said = {}
    for line in result.out:gmatch("[^\n]+") do said[#said + 1] = line end
    assert.same({
      "slept\t3600\t3600\t0.0\t00000000-0000-4000-8000-000000000000",
      "profile\teu-west-1\tarn:aws:iam::111122223333:role/r",
      "profile\tnil\tProfileSyntax\t1",
      "endpoint\tsqs.cn-north-1.amazonaws.com.cn",
      "credentials\tenvironment\t20\t***",
      -- The case "get-vanilla" of AWS's own test suite.
      "signature\t20150830T123600Z\t5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
      "built\tPUT\t/things/a%20b\tsize=3\t{\"At\":0}",
      "parsed\ta b\t1767323045",
      "refused\tnil\tThingExists\tthere is one",
    }, said)
    assert.equal(0, stage:call_count())
  end)

  it("signs a request by hand and sends it", function()
    for _, more in ipairs({ {}, { "--sim" } }) do
      local result = stage:plumb({ "run", more[1] or "--quiet", "examples/workflows/sign_request.lua" })
      assert.equal(0, result.code, result.all)
      assert.truthy(result.out:find("\n200\tarn:aws:iam::111122223333:user/plumb", 1, true), result.out)
    end
  end)
end)

describe("a clock that is seven minutes wrong", function()
  local stage

  before_each(function() stage = simulator.start() end)
  after_each(function() stage:stop() end)

  local function plumb_at(offset, arguments)
    local list = { "faketime", "-f", offset, simulator.binary }
    for word in arguments:gmatch("%S+") do list[#list + 1] = word end
    local env = {}
    for name, value in pairs(stage.env) do env[name] = value end
    env.FAKETIME_DONT_FAKE_MONOTONIC = "1"
    -- A sanitizer wants to be loaded before faketime's library, and works behind it too.
    env.ASAN_OPTIONS = (os.getenv("ASAN_OPTIONS") or "") .. ":verify_asan_link_order=0"
    return process.run(list, { env = env })
  end

  for offset, side in pairs({ ["-432s"] = "behind", ["+432s"] = "ahead" }) do
    -- Guarded by skew.worth_retry (without it the first call, for the account, is lost) and by client.skew in
    -- aws/call.lua (without it all of them are).
    it(side .. " is corrected, said once, and the run ends complete", function()
      if not process.has_program("faketime") then return pending("faketime is not installed") end
      local result = plumb_at(offset, "scan --yes --json")
      assert.equal(0, result.code, result.all)
      local summary = simulator.one_document(result.out).summary
      assert.equal(summary.created, #stage:journal(true))
      assert.is_true(summary.created > 20)
      local _, warnings = result.err:gsub("%[E312%]", "")
      assert.equal(1, warnings, result.err)
      assert.truthy(result.err:find("warning: this computer's clock is 7 min 1%d s " .. side), result.err)
      assert.truthy(result.err:find("The run went on.", 1, true))
      assert.is_nil(result.err:find("could not ask", 1, true), result.err)
      -- Run again, nothing doubles.
      assert.equal(0, simulator.one_document(plumb_at(offset, "scan --yes --json").out).summary.created)
    end)
  end
end)
