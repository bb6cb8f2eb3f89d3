local sim = require("commands.sim")
local files = require("plumb.files")
local json = require("plumb.json")
local problem = require("plumb.problem")
local support = require("support.binary")
local task = require("plumb.task")
local transport = require("plumb.transport")

describe("plumb sim", function()
  local folder, said, server

  before_each(function()
    folder, said = support.folder(), { text = "" }
  end)

  after_each(function()
    if server then
      task.cancel(server)
      server = nil
    end
    support.remove(folder)
  end)

  local function cli()
    return {
      out = function(text) said.text = said.text .. text .. "\n" end,
      json = function(value) said.json = value end,
      note = function() end,
      symbol = function() return "ok" end,
    }
  end

  local function start(args)
    args.port, args.fault, args.ready_file = 0, args.fault or {}, folder .. "/port"
    server = task.spawn(sim.run, args, cli())
    task.sleep(0)
    return math.tointeger(tonumber((files.read(folder .. "/port", 100))))
  end

  local function get(port, path)
    return transport.send({ method = "GET", scheme = "http", host = "127.0.0.1:" .. port, path = path, query = "",
      headers = {}, body = "" })
  end

  it("answers on the port that it wrote down, and no longer after its end", function()
    local port = start({ seed = "empty" })
    local response = assert(get(port, "/workloads"))
    assert.is_true(response.status >= 400) -- unsigned
    task.cancel(server)
    server = nil
    assert.is_nil((get(port, "/workloads")))
  end)

  it("says what is in it and which lines to copy", function()
    local port = start({})
    assert.truthy(said.text:find("http://127.0.0.1:" .. port, 1, true))
    assert.truthy(said.text:find("%d+ workloads, %d+ lenses, %d+ answers, 0 OpsItems"))
    for _, name in ipairs({ "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION",
      "AWS_DEFAULT_REGION" }) do
      assert.truthy(said.text:find("export " .. name .. "=", 1, true), name)
    end
  end)

  it("says it as JSON", function()
    local port = start({ seed = "empty", json = true, account = "444455556666", region = "eu-central-1" })
    assert.equal("http://127.0.0.1:" .. port, said.json.environment.AWS_ENDPOINT_URL)
    assert.equal("444455556666", said.json.account)
    assert.equal("eu-central-1", said.json.region)
    assert.equal(0, said.json.workloads)
    assert.has_no.errors(function() json.encode(said.json) end)
  end)

  local function refusal(args)
    args.port, args.fault = args.port or 0, args.fault or {}
    local ok, failure = pcall(sim.run, args, cli())
    assert.is_false(ok)
    assert.is_true(problem.is(failure), tostring(failure))
    return failure
  end

  it("refuses a seed and a fault that it does not know", function()
    assert.equal("E802", refusal({ seed = "nope" }).id)
    assert.equal(2, problem.exit_code(refusal({ seed = "nope" })))
    assert.equal("E803", refusal({ seed = "empty", fault = { "nope" } }).id)
    assert.equal("E803", refusal({ seed = "empty", fault = { "throttle=much" } }).id)
  end)

  it("says so when the port is taken", function()
    local port = start({ seed = "empty" })
    local p = refusal({ seed = "empty", port = port })
    assert.equal("E801", p.id)
    assert.equal(1, problem.exit_code(p))
    assert.truthy(p.fix:find("--port 0", 1, true))
  end)
end)
