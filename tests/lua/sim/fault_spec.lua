local client = require("lua.sim.client")
local fault = require("sim.fault")

local ITEM = { Title = "t", Description = "d", Source = "s" }

describe("fault.parse", function()
  it("reads kinds, values, operations and counts", function()
    assert.same({ { kind = "throttle", rate = 0.05 } }, fault.parse("throttle=5%"))
    assert.same({ { kind = "latency", ms = 50, seconds = 0.05 } }, fault.parse("latency=50ms"))
    assert.same({ { kind = "exec_then_rst", operation = "ssm.CreateOpsItem", nth = 2 }, { kind = "5xx", status = 503,
      count = 3, operation = "ssm.*" } }, fault.parse("exec_then_rst@ssm.CreateOpsItem#2,5xx=503/3@ssm.*"))
    assert.same({}, fault.parse(""))
  end)

  it("refuses what it does not know, with a hint", function()
    for text, wanted in pairs({ ["thruttle=5%"] = "unknown fault", ["throttle=often"] = "cannot read \"often\"",
      ["=3"] = "cannot read fault" }) do
      local ok, message = pcall(fault.parse, text)
      assert.is_false(ok)
      assert.is_truthy(message:find(wanted, 1, true), message)
    end
  end)

  it("refuses a rule with an unknown field", function()
    assert.has_error(function() fault.rule({ kind = "throttle", often = 3 }) end)
  end)
end)

describe("a fault", function()
  local c

  before_each(function()
    c = client.new({ seed = "empty" })
  end)

  local function create()
    return c:call("ssm.CreateOpsItem", ITEM)
  end

  it("strikes the nth call of its operation, once", function()
    local rule = c.sim:fault({ operation = "ssm.CreateOpsItem", nth = 2, kind = "throttle" })
    c:ok("ssm.DescribeOpsItems")
    assert.same({ 200, 400, 200 }, { (create()), (create()), (create()) })
    assert.same({ 3, 1 }, { rule.seen, rule.struck })
    assert.equal(2, #c.sim.world.opsitems)
  end)

  it("strikes an operation that is named without its service", function()
    local rule = c.sim:fault({ operation = "CreateOpsItem", kind = "throttle" })
    c:ok("ssm.DescribeOpsItems")
    assert.equal(0, rule.struck)
    assert.equal(400, (create()))
    assert.equal(1, rule.struck)
  end)

  it("strikes as often as it is counted, on every call of a pattern", function()
    c.sim:fault({ operation = "*.List*", count = 2, kind = "throttle" })
    local function list() return (c:call("wellarchitected.ListWorkloads")) end
    assert.same({ 429, 429, 200, 200 }, { list(), list(), list(), (create()) })
  end)

  it("strikes at a rate", function()
    c.sim:fault({ rate = 0.3, kind = "throttle" })
    local struck = 0
    for _ = 1, 1000 do
      struck = struck + (c:call("ssm.DescribeOpsItems") == 400 and 1 or 0)
    end
    assert.is_true(struck > 230 and struck < 370, struck)
  end)

  it("throttles as each protocol does", function()
    c.sim:fault({ kind = "throttle" })
    assert.equal("ThrottlingException", (c:refused("wellarchitected.ListWorkloads")))
    assert.equal("ThrottlingException", (c:refused("ssm.DescribeOpsItems")))
    assert.equal("Throttling", (c:refused("sts.GetCallerIdentity")))
  end)

  it("answers 5xx before or after the execution", function()
    c.sim:fault({ kind = "5xx", status = 503, nth = 1 })
    c.sim:fault({ kind = "exec_then_5xx", nth = 2, operation = "ssm.*" })
    assert.equal(503, (create()))
    assert.equal(0, #c.sim.world.opsitems)
    assert.equal(500, (create()))
    assert.equal(1, #c.sim.world.opsitems)
    assert.same({ 200, 500 }, { c.sim.journal[1].status, c.sim.journal[1].replied })
  end)

  it("resets before or after the execution, and the caller cannot tell", function()
    c.sim:fault({ kind = "reset", count = 1 })
    local status, err = create()
    assert.is_nil(status)
    assert.same({ "ConnectionLost", "connection", "maybe", 0 }, { err.code, err.kind, err.executed,
      #c.sim.world.opsitems })
    c.sim:fault({ kind = "exec_then_reset", count = 1 })
    status, err = create()
    assert.is_nil(status)
    assert.same({ "ConnectionLost", "maybe", 1 }, { err.code, err.executed, #c.sim.world.opsitems })
    assert.equal("reset", c.sim.journal[1].replied)
  end)

  it("breaks a body off, or replaces it", function()
    c.sim:fault({ kind = "short", count = 1 })
    local _, err = create()
    assert.equal("ConnectionLost", err.code)
    c.sim:fault({ kind = "garbage", count = 1 })
    local status, body, response = create()
    assert.same({ 200, "text/html" }, { status, response.headers["content-type"] })
    assert.is_truthy(body:find("^<html>"))
    assert.equal(2, #c.sim.world.opsitems)
  end)

  it("hangs as long as the caller waits", function()
    c.sim:fault({ kind = "hang", count = 1 })
    local _, err = create()
    assert.same({ "Timeout", "maybe", 30, 0 }, { err.code, err.executed, c.slept, #c.sim.world.opsitems })
  end)

  it("delays; what takes longer than the caller waits is executed late", function()
    c.sim:fault({ kind = "latency", ms = 1500, count = 1 })
    assert.equal(200, (create()))
    assert.equal(1.5, c.slept)
    c.sim:fault({ kind = "latency", ms = 31000, count = 1 })
    local _, err = create()
    assert.same({ "Timeout", 2 }, { err.code, #c.sim.world.opsitems })
  end)

  it("says that a token has expired", function()
    c.sim:fault({ kind = "expired_token", count = 1 })
    assert.equal("ExpiredTokenException", (c:refused("ssm.DescribeOpsItems")))
  end)

  it("closes the connection behind a server", function()
    local function handled(kind)
      c.sim:fault({ kind = kind, count = 1 })
      return c.sim:handle(c:request("ssm.CreateOpsItem", ITEM)).fault
    end
    assert.same({ "reset", "reset", "short", "reset" }, { handled("reset"), handled("exec_then_reset"),
      handled("short"),
      handled("hang") })
    assert.equal(3600, c.slept)
  end)

  it("is taken back", function()
    c.sim:fault({ kind = "throttle" })
    c.sim:clear_faults()
    c:ok("ssm.DescribeOpsItems")
  end)

  it("gives way to limits on the size of a body", function()
    local request = c:request("ssm.DescribeOpsItems")
    request.max_body = 5
    local _, err = c.sim:send(request)
    assert.equal("BodyTooLarge", err.code)
  end)
end)
