local problem = require("plumb.problem")
local schedule = require("commands.schedule")
local time = require("plumb.time")

describe("plumb schedule", function()
  local said

  before_each(function()
    said = { notes = {} }
    time.set(function() return 1767323045 end) -- 2026-01-02T03:04:05Z, a Friday
  end)
  after_each(function() time.set(nil) end)

  local cli = {
    json = function(value) said.json = value end,
    table = function(rows, columns) said.rows, said.columns = rows, columns end,
    note = function(text) table.insert(said.notes, text) end,
  }

  local function run(expression, args)
    args = args or {}
    args.action, args.expression = args.action or "next", expression
    return schedule.run(args, cli)
  end

  local function utc()
    local list = {}
    for i, row in ipairs(said.rows) do list[i] = row.utc end
    return list
  end

  local function refusal(expression, args)
    local ok, failure = pcall(run, expression, args)
    assert.is_false(ok)
    assert.is_true(problem.is(failure), tostring(failure))
    return failure
  end

  it("shows the next five times", function()
    assert.equal(0, run("cron(0 6 ? * MON-FRI *)"))
    assert.same({ "2026-01-02T06:00:00Z", "2026-01-05T06:00:00Z", "2026-01-06T06:00:00Z", "2026-01-07T06:00:00Z",
      "2026-01-08T06:00:00Z" }, utc())
    assert.equal(1, #said.columns)
  end)

  it("shows so many as asked for, from a time", function()
    run("rate(12 hours)", { count = 2, from = "2030-05-01T11:59:59Z" })
    assert.same({ "2030-05-01T12:00:00Z", "2030-05-02T00:00:00Z" }, utc())
  end)

  it("shows a zone's own time beside UTC", function()
    run("cron(0 6 1 JAN,JUL ? *)", { count = 2, tz = "Europe/Berlin" })
    assert.same({ utc = "2026-07-01T04:00:00Z", zone_time = "2026-07-01T06:00:00+02:00", abbreviation = "CEST" },
      said.rows[1])
    assert.same({ utc = "2027-01-01T05:00:00Z", zone_time = "2027-01-01T06:00:00+01:00", abbreviation = "CET" },
      said.rows[2])
    assert.equal(3, #said.columns)
  end)

  it("says it as JSON", function()
    run("at(2026-07-01T06:00:00)", { json = true })
    assert.same({ schema = "plumb.schedule/1", expression = "at(2026-07-01T06:00:00)", kind = "at", zone = "UTC",
      next = { { utc = "2026-07-01T06:00:00Z", zone_time = "2026-07-01T06:00:00Z", abbreviation = "UTC" } } },
      said.json)
  end)

  it("says that it never fires", function()
    assert.equal(0, run("cron(0 0 30 2 ? *)"))
    assert.is_nil(said.rows)
    assert.same({ "It never fires again." }, said.notes)
  end)

  it("points at what it cannot read", function()
    local p = refusal("cron(0 25 * * ? *)")
    assert.equal("E103", p.id)
    assert.truthy(p.what:find("field 2 (hours), character 8", 1, true))
    assert.equal("cron(0 25 * * ? *)\n       ^", p.where)
  end)

  it("refuses zones and times that are none", function()
    assert.truthy(refusal("rate(1 hour)", { tz = "Mars/Phobos" }).what:find("Mars/Phobos", 1, true))
    assert.truthy(refusal("rate(1 hour)", { from = "yesterday" }).what:find("yesterday", 1, true))
  end)
end)
