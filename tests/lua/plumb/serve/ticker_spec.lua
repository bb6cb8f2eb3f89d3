local random = require("plumb.random")
local schedule = require("plumb.trigger.schedule")
local task = require("plumb.task")
local ticker = require("plumb.serve.ticker")
local time = require("plumb.time")
local virtual_time = require("support.virtual_time")

local NOON = time.parse("2026-01-02T12:00:00Z")
local HOUR = 3600

describe("a schedule that is kept", function()
  after_each(function()
    random.set(nil)
    virtual_time.stop()
  end)

  local function make(text, options)
    options = options or {}
    return ticker.new({ schedule = assert(schedule.parse(text)), jitter = options.jitter or { seconds = 0 },
      now = options.now or NOON, last = options.last })
  end

  -- The moments at which it is due, looked at every so often.
  local function due_times(made, from, to, step)
    local list = {}
    for now = from, to, step do
      if made:look(now) then list[#list + 1] = now - NOON end
    end
    return list
  end

  it("is due at once when it never was before, and then at its moments", function()
    assert.same({ 0, HOUR, 2 * HOUR }, due_times(make("rate(1 hour)"), NOON, NOON + 2.5 * HOUR, 30))
  end)

  it("is due at its next moment when it was kept before", function()
    assert.same({ HOUR }, due_times(make("rate(1 hour)", { last = NOON + 1, now = NOON + 5 }), NOON + 5,
      NOON + 1.5 * HOUR, 5))
  end)

  it("does what was missed while it did not run, at once and once", function()
    local made = make("rate(1 hour)", { last = NOON - 100 * HOUR, now = NOON + 60 })
    assert.same({ 60, HOUR }, due_times(made, NOON + 60, NOON + 1.5 * HOUR, 60))
  end)

  it("waits for the one moment of at(...), also when it was never kept", function()
    local made = make("at(2026-01-02T13:00:00)")
    assert.same({ HOUR }, due_times(made, NOON, NOON + 5 * HOUR, 60))
    assert.is_nil((select(2, made:look(NOON + 6 * HOUR))))
    assert.same({}, due_times(make("at(2026-01-02T11:00:00)"), NOON, NOON + 5 * HOUR, 60))
  end)

  it("is never due when it never fires", function()
    local made = make("cron(0 0 30 2 ? *)", { last = NOON })
    assert.same({ false }, { made:look(NOON + 1e6) })
  end)

  it("bursts neither after a sleep nor after a clock that was set forward", function()
    local made = make("rate(1 minute)", { last = NOON })
    assert.is_true((made:look(NOON + 3 * 86400)))
    assert.is_false((made:look(NOON + 3 * 86400 + 1)))
    assert.is_true((made:look(NOON + 3 * 86400 + 60)))
  end)

  it("goes on by a clock that was set back, and takes no correction for a new hour", function()
    local made = make("rate(1 hour)", { last = NOON - 86400 * 365 * 4, now = NOON + 86400 * 365 * 4 })
    assert.is_true((made:look(NOON + 86400 * 365 * 4)))
    assert.is_false((made:look(NOON + 60))) -- four years back
    assert.is_true((made:look(NOON + HOUR)))
    assert.is_false((made:look(NOON + HOUR - 90))) -- a minute and a half: the hour has been kept already
    assert.is_false((made:look(NOON + HOUR + 1)))
    assert.is_true((made:look(NOON + 2 * HOUR)))
  end)

  it("takes a last time in the future for now", function()
    local made = make("rate(1 hour)", { last = NOON + 1e9, now = NOON + 1 })
    assert.equal(NOON + HOUR, made.at)
  end)

  it("is late by chance, up to its jitter and never up to the next moment", function()
    local cases = { { { part = 0.1 }, "\255", 0.1 * HOUR }, { { part = 0.1 }, "\0", 0 },
      { { seconds = 60 }, "\255", 60 }, { { seconds = 10 * HOUR }, "\255", HOUR / 2 } }
    for _, case in ipairs(cases) do
      random.set(function(n) return case[2]:rep(n) end)
      local made = make("rate(1 hour)", { last = NOON, jitter = case[1] })
      assert.is_true(math.abs(made.at - NOON - HOUR - case[3]) < 0.001, tostring(made.at - NOON))
      assert.is_true((made:look(made.at)))
      assert.is_true(math.abs(made.at - NOON - 2 * HOUR - case[3]) < 0.001, tostring(made.at - NOON))
    end
  end)

  it("is late by a time alone where there is no next moment", function()
    random.set(function(n) return ("\255"):rep(n) end)
    assert.equal(NOON + HOUR, make("at(2026-01-02T13:00:00)", { jitter = { part = 0.5 } }).at)
    local late = make("at(2026-01-02T13:00:00)", { jitter = { seconds = 60 } }).at - NOON - HOUR
    assert.is_true(math.abs(late - 60) < 0.01)
  end)

  it("keeps its hour on the wall when clocks are put forward and back", function()
    local start = time.parse("2026-03-28T00:00:00Z")
    local made = ticker.new({ schedule = assert(schedule.parse("cron(30 2 * * ? *)", { zone = "Europe/Berlin" })),
      jitter = { seconds = 0 }, now = start, last = start })
    local list = {}
    for now = start, start + 3 * 86400, 60 do
      if made:look(now) then list[#list + 1] = time.iso(now) end
    end
    assert.same({ "2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z" }, list) -- on the 29th there was no 2:30
  end)

  it("calls what is to be done at each moment, until it is stopped", function()
    local clock = virtual_time.start(NOON + 1)
    local made, at = make("rate(1 hour)", { last = NOON, now = NOON + 1 }), {}
    made:start(function() at[#at + 1] = time.now() - NOON end)
    task.sleep(2.5 * HOUR)
    made:stop()
    task.sleep(2 * HOUR)
    assert.same({ HOUR, 2 * HOUR }, at)
    assert.is_true(clock.now > NOON)
  end)
end)
