local health = require("plumb.serve.health")
local json = require("plumb.json")

describe("the health of a daemon", function()
  local state

  before_each(function() state = { ready = true, stuck = false } end)

  local function ask(path, method)
    local reply = health.answer({ method = method or "GET", path = path, query = "", headers = {}, body = "" },
      { state = function() return state end, metrics = function() return "a 1\n" end })
    return reply.status, reply
  end

  it("is good while it works, and says what it does", function()
    state.running, state.policy = "scan", "/etc/plumb/policy.lua"
    local status, reply = ask("/healthz")
    assert.equal(200, status)
    assert.same(state, json.decode(reply.body))
    assert.equal("no-store", reply.headers["cache-control"])
    assert.equal(200, (ask("/healthz", "HEAD")))
  end)

  it("is bad once a run is stuck", function()
    state.stuck = true
    assert.equal(503, (ask("/healthz")))
    assert.equal(200, (ask("/readyz")))
  end)

  it("is not ready before it has started and when it ends, and alive all the same", function()
    state.ready = false
    assert.equal(503, (ask("/readyz")))
    assert.equal(200, (ask("/healthz")))
  end)

  it("has numbers, and nothing else to see or to change", function()
    local status, reply = ask("/metrics")
    assert.same({ 200, "a 1\n" }, { status, reply.body })
    assert.equal(404, (ask("/metrics/")))
    assert.equal(404, (ask("/")))
    assert.equal(405, (ask("/healthz", "DELETE")))
  end)

  it("is not served where somebody else listens", function()
    local about = { state = function() return state end, metrics = function() return "" end }
    local first = health.listen({ address = "127.0.0.1", port = 0 }, about)
    local ok, trouble = pcall(health.listen, { address = "127.0.0.1", port = first.port }, about)
    first.close()
    assert.is_false(ok)
    assert.equal("E700", trouble.id)
    assert.truthy(trouble.because:find("AddressInUse", 1, true))
  end)
end)
