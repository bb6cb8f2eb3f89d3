-- The scan that every spec of this folder ends with: it finds the secret key in whatever plumb printed or wrote.

local canary = require("support.canary")
local daemon_of = require("support.daemon")
local digest = require("plumb.digest")
local process = require("support.process")
local simulator = require("support.simulator_process")

describe("a secret key that", function()
  local stage, secret

  before_each(function()
    stage = simulator.start({ seed = "empty" })
    secret = stage.env.AWS_SECRET_ACCESS_KEY
  end)
  after_each(function() if stage then stage:stop() end end)

  local function stop()
    local ended = stage
    stage = nil
    ended:stop()
  end

  it("is in no output and in no file goes unnoticed", function()
    assert.equal(0, stage:plumb("scan --yes --debug=http").code)
    local leaks, count = stage.canary:search(stage.home)
    assert.same({}, leaks)
    assert.is_true(count > 0) -- the state, at least
    stop()
  end)

  it("a script prints is noticed", function()
    local file = process.write(stage.folder .. "/leak.lua", ("io.stderr:write(%q)"):format(digest.hex(secret)))
    assert.error_matches(function() stage:plumb({ "run", file }) end, "says the secret key")
    os.remove(file)
  end)

  for name, form in pairs({ ["as it is"] = function(text) return text end, ["in base64"] = digest.base64,
    ["in a piece"] = function(text) return text:sub(-16) end, ["backwards"] = string.reverse }) do
    it(("is written somewhere %s is noticed"):format(name), function()
      process.write(stage.home .. "/some.log", "\0 x" .. form("x" .. secret) .. " y")
      assert.error_matches(stop, "was written to .*some%.log")
    end)
  end

  it("plumb serve writes into its log is noticed", function()
    local daemon = daemon_of.start(stage)
    daemon:stop()
    local file = assert(io.open(daemon.err, "a"))
    file:write(secret)
    file:close()
    assert.error_matches(function() daemon:remove() end, "the log of plumb serve says the secret key")
  end)

  it("is long enough has many forms, none of which is in other texts", function()
    local one = canary.new({ "Zx9/qL+7vT3hW5nB8kR2mYcJ4pD6fGsA1eUoI0" })
    for _, text in ipairs({ "?x=Zx9%2FqL%2B7vT3hW5nB8kR2mYcJ4pD6fGsA1eUoI0", "9/qL+7vT3hW5nB8k",
      digest.base64("a:Zx9/qL+7vT3hW5nB8kR2mYcJ4pD6fGsA1eUoI0 b"), "Zx9\\/qL+7vT3hW5nB8kR2mYcJ4pD6fGsA1eUoI0",
      digest.hex("Zx9/qL+7vT3hW5nB8kR2mYcJ4pD6fGsA1eUoI0") }) do
      assert.truthy(one:find(text), text)
    end
    assert.is_nil(one:find("qL+7vT3hW5nB8k and 2mYcJ4pD6fGsA1e"))
    assert.is_nil(canary.new({ "plumb-simulator-opens-nothing" }, "plumb-simulator-"):find("a plumb-simulator-x"))
  end)
end)
