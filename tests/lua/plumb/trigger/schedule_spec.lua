local oracle = require("support.cron_oracle")
local process = require("support.process")
local schedule = require("plumb.trigger.schedule")
local time = require("plumb.time")
local zone = require("plumb.zone")

local function parse(text, zone_name)
  local made, failure = schedule.parse(text, { zone = zone_name })
  return assert(made, tostring(failure))
end

local function at(text) return assert(time.parse(text)) end

local function next_after(text, from, zone_name)
  local t = parse(text, zone_name):next(at(from))
  return t and time.iso(t)
end

local function installed(name) return zone.load(name) ~= nil end

-- All that fire in the span of a list of minutes, at most so many.
local function compare(text, minutes, zone_name, most)
  local made, last = parse(text, zone_name), minutes[#minutes].t
  local expected, t = oracle.firing(text, minutes, most), minutes[1].t - 1
  for i, wanted in ipairs(expected) do
    t = made:next(t)
    if t ~= wanted then
      error(("%s in %s, number %d: %s, should be %s"):format(text, zone_name or "UTC", i, t and time.iso(t) or "never",
        time.iso(wanted)), 2)
    end
  end
  if #expected < (most or math.huge) then
    t = made:next(t)
    if t and t <= last then error(("%s fires at %s, and should not"):format(text, time.iso(t)), 2) end
  end
end

describe("a rate", function()
  it("fires every so often, counted from 1970", function()
    assert.equal("2026-01-02T03:05:00Z", next_after("rate(5 minutes)", "2026-01-02T03:04:05Z"))
    assert.equal("2026-01-02T03:05:00Z", next_after("rate(1 minute)", "2026-01-02T03:04:05Z"))
    assert.equal("2026-01-02T04:00:00Z", next_after("rate(1 hour)", "2026-01-02T03:00:00Z"))
    assert.equal("2026-01-03T00:00:00Z", next_after("rate(1 day)", "2026-01-02T03:00:00Z"))
  end)

  it("is later than the moment given, fraction or not", function()
    assert.equal(120, parse("rate(1 minute)"):next(60))
    assert.equal(60, parse("rate(1 minute)"):next(59.999))
    assert.equal(120, parse("rate(1 minute)"):next(60.001))
  end)

  it("never fires when its span is longer than 200 years", function()
    assert.is_nil(parse("rate(999999999 days)"):next(at("2026-01-01")))
  end)
end)

describe("at", function()
  it("fires once, in its zone", function()
    assert.equal("2026-01-31T06:00:00Z", next_after("at(2026-01-31T06:00:00)", "2026-01-31T05:59:59Z"))
    assert.is_nil(next_after("at(2026-01-31T06:00:00)", "2026-01-31T06:00:00Z"))
    assert.equal("2026-07-31T04:00:00Z", next_after("at(2026-07-31T06:00:00)", "2026-01-01", "Europe/Berlin"))
  end)

  it("takes the first of two, and never fires when clocks leave it out", function()
    assert.equal("2026-10-25T00:30:00Z", next_after("at(2026-10-25T02:30:00)", "2026-01-01", "Europe/Berlin"))
    assert.is_nil(next_after("at(2026-03-29T02:30:00)", "2026-01-01", "Europe/Berlin"))
  end)
end)

describe("cron", function()
  local FROM = "2026-01-02T03:04:05Z" -- a Friday
  for _, case in ipairs({
    { "cron(0 6 ? * MON-FRI *)", "2026-01-02T06:00:00Z" },
    { "cron(0 3 ? * MON-FRI *)", "2026-01-05T03:00:00Z" },
    { "cron(0 6 ? * mon-fri *)", "2026-01-02T06:00:00Z" },
    { "cron(1/10 * * * ? *)", "2026-01-02T03:11:00Z" },
    { "cron(*/15 * * * ? *)", "2026-01-02T03:15:00Z" },
    { "cron(0 20-2 * * ? *)", "2026-01-02T20:00:00Z" },
    { "cron(0 20-2/3 * * ? *)", "2026-01-02T20:00:00Z" },
    { "cron(0 0 ? * FRI-MON *)", "2026-01-03T00:00:00Z" },
    { "cron(0 0 1 NOV-FEB ? *)", "2026-02-01T00:00:00Z" },
    { "cron(0 0 L * ? *)", "2026-01-31T00:00:00Z" },
    { "cron(0 0 LW * ? *)", "2026-01-30T00:00:00Z" },
    { "cron(0 0 15W FEB ? *)", "2026-02-16T00:00:00Z" },
    { "cron(0 0 1W AUG ? *)", "2026-08-03T00:00:00Z" },
    { "cron(0 0 31W MAY ? *)", "2026-05-29T00:00:00Z" },
    { "cron(0 0 31W * ? *)", "2026-01-30T00:00:00Z" },
    { "cron(0 0 ? * L *)", "2026-01-03T00:00:00Z" },
    { "cron(0 0 ? * 6L *)", "2026-01-30T00:00:00Z" },
    { "cron(0 0 ? * FRIL *)", "2026-01-30T00:00:00Z" },
    { "cron(0 0 ? * 3#2 *)", "2026-01-13T00:00:00Z" },
    { "cron(0 0 ? * TUE#5 *)", "2026-03-31T00:00:00Z" },
    { "cron(0 0 L,15 * ? *)", "2026-01-15T00:00:00Z" },
    { "cron(0 0 29 2 ? *)", "2028-02-29T00:00:00Z" },
    { "cron(0 0 1 1 ? 2199)", "2199-01-01T00:00:00Z" },
    { "cron(0 0 1 1 ? 2026-2199/100)", "2126-01-01T00:00:00Z" },
    { "cron( 0  6 ? * * * )", "2026-01-02T06:00:00Z" },
  }) do
    it(("reads %s"):format(case[1]), function() assert.equal(case[2], next_after(case[1], FROM)) end)
  end

  it("knows that 2100 is no leap year", function()
    assert.equal("2104-02-29T00:00:00Z", next_after("cron(0 0 29 2 ? *)", "2096-02-29T00:00:00Z"))
    assert.equal("2100-02-28T00:00:00Z", next_after("cron(0 0 L 2 ? 2100)", FROM))
  end)

  it("says nil for what never fires", function()
    for _, text in ipairs({ "cron(0 0 30 2 ? *)", "cron(0 0 31 APR,JUN,SEP,NOV ? *)", "cron(0 0 1 1 ? 1999)",
      "cron(0 0 29 2 ? 2026-2027)", "cron(0 0 30W 2 ? *)", "cron(0 0 ? 2 2#5 2026)" }) do
      assert.is_nil(next_after(text, FROM), text)
    end
    assert.is_nil(next_after("cron(0 0 1 1 ? *)", "2199-06-01"))
  end)

  it("begins in 1970", function()
    assert.equal(0, parse("cron(0 0 1 1 ? *)"):next(-1e9))
    assert.equal(60, parse("cron(* * * * ? *)"):next(0))
  end)

  it("agrees with the slow one around leap days and ends of centuries", function()
    for _, from in ipairs({ "2027-12-20", "2028-02-20", "2100-02-20", "2099-12-20", "2199-12-20" }) do
      local minutes = oracle.utc_minutes(at(from), 20 * 1440)
      for _, text in ipairs({ "cron(0 12 L * ? *)", "cron(30 23 LW * ? *)", "cron(0 0 29 2 ? *)",
        "cron(59 23 31 DEC ? *)", "cron(0 0 1W * ? *)", "cron(0 5 ? * 1#1,6L *)", "cron(0 0 28-1 * ? *)" }) do
        compare(text, minutes)
      end
    end
  end)
end)

-- A small generator of its own, so that the expressions are the same on every machine.
local function dice(seed)
  return function(low, high)
    seed = (seed * 6364136223846793005 + 1442695040888963407)
    return low + (seed >> 33) % (high - low + 1)
  end
end

local function random_item(roll, low, high)
  local kind = roll(1, 7)
  local a, b = roll(low, high), roll(low, high)
  if kind == 1 then return "*" end
  if kind == 2 then return ("%d-%d"):format(a, b) end
  if kind == 3 then return ("%d/%d"):format(a, roll(1, high - low)) end
  if kind == 4 then return ("*/%d"):format(roll(1, high - low)) end
  if kind == 5 then return ("%d-%d/%d"):format(a, b, roll(1, 4)) end
  return ("%d"):format(a)
end

local function random_field(roll, low, high)
  local items = {}
  for i = 1, roll(1, 3) do items[i] = random_item(roll, low, high) end
  return table.concat(items, ",")
end

local SPECIAL_DAYS = { "L", "LW", "1W", "15W", "28W", "31W" }
local SPECIAL_WEEKDAYS = { "L", "1L", "6L", "FRIL", "2#1", "MON#5", "7#2", "MON-FRI", "SAT,SUN", "FRI-TUE" }

local function random_cron(roll)
  local day, weekday = "?", "?"
  local kind = roll(1, 4)
  if kind == 1 then day = SPECIAL_DAYS[roll(1, #SPECIAL_DAYS)] end
  if kind == 2 then day = random_field(roll, 1, 31) end
  if kind == 3 then weekday = SPECIAL_WEEKDAYS[roll(1, #SPECIAL_WEEKDAYS)] end
  if kind == 4 then weekday = random_field(roll, 1, 7) end
  local year = roll(1, 4) == 1 and "2020-2030/2" or "*"
  return ("cron(%s %s %s %s %s %s)"):format(random_field(roll, 0, 59), random_field(roll, 0, 23), day,
    roll(1, 3) == 1 and random_field(roll, 1, 12) or "*", weekday, year)
end

describe("cron, by chance", function()
  it("agrees with the slow one on 100 expressions over 30 days", function()
    local roll = dice(20260102)
    local minutes = oracle.utc_minutes(at("2028-02-10"), 30 * 1440)
    for _ = 1, 100 do compare(random_cron(roll), minutes, nil, 200) end
  end)

  for _, case in ipairs({
    { "Europe/Berlin", "2026-03-28T12:00:00Z" }, { "Europe/Berlin", "2026-10-24T12:00:00Z" },
    { "America/New_York", "2026-03-07T12:00:00Z" }, { "America/New_York", "2026-10-31T12:00:00Z" },
    { "Australia/Lord_Howe", "2026-04-04T06:00:00Z" }, { "Australia/Lord_Howe", "2026-10-03T06:00:00Z" },
    { "Africa/Casablanca", "2027-02-06T12:00:00Z" }, { "Pacific/Apia", "2011-12-29T12:00:00Z" },
    { "America/Nuuk", "2150-03-23T12:00:00Z" }, { "Asia/Kathmandu", "2026-05-01T00:00:00Z" },
    { "America/Santiago", "2190-09-03T00:00:00Z" }, { "Europe/Dublin", "2100-10-30T12:00:00Z" },
  }) do
    it(("agrees with the slow one in %s from %s"):format(case[1], case[2]), function()
      if not installed(case[1]) then return pending("no such zone installed") end
      local minutes, roll = oracle.zone_minutes(case[1], at(case[2]), 2 * 1440), dice(7)
      assert.is_true(#minutes > 1000)
      compare("cron(* * * * ? *)", minutes, case[1])
      compare("cron(30 2 * * ? *)", minutes, case[1])
      compare("cron(0/20 1-3 * * ? *)", minutes, case[1])
      for _ = 1, 25 do compare(random_cron(roll), minutes, case[1], 200) end
    end)
  end
end)

describe("zones", function()
  it("agree with date(1) from 1960 to 2199", function()
    local roll = dice(99)
    for _, name in ipairs({ "Europe/Berlin", "America/New_York", "Africa/Casablanca", "Pacific/Apia", "Asia/Tehran",
      "Antarctica/Troll", "America/Nuuk", "Europe/Dublin", "Asia/Gaza", "Etc/GMT+5", "EST5EDT" }) do
      if installed(name) then
        local made, moments = assert(zone.load(name)), {}
        for i = 1, 400 do moments[i] = ("@%d"):format(roll(0, 7258118400 + 315619200) - 315619200) end
        local result = process.run({ "date", "-f", "-", "+%s %Y-%m-%dT%H:%M:%S%:z %Z" }, { env = { TZ = name },
          input = table.concat(moments, "\n") .. "\n" })
        for t, text, short in result.out:gmatch("(%-?%d+) (%S+) (%S+)") do
          local _, abbreviation = made:offset(tonumber(t))
          text = text:gsub("-00:00$", "+00:00") -- how date(1) writes "unknown"
          assert.equal(text .. " " .. short, made:iso(math.tointeger(tonumber(t))) .. " " .. abbreviation, name)
        end
      end
    end
  end)

  it("give both moments of a wall time that comes twice, and none for one left out", function()
    local berlin = assert(zone.load("Europe/Berlin"))
    assert.same({ at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z") }, berlin:moments(at("2026-10-25T02:30:00Z")))
    assert.same({}, berlin:moments(at("2026-03-29T02:30:00Z")))
    assert.same({ at("2026-07-01T10:00:00Z") }, berlin:moments(at("2026-07-01T12:00:00Z")))
  end)

  it("are refused by name when they are none, or not there", function()
    for _, name in ipairs({ "", "../../etc/passwd", "/etc/passwd", "Europe/../../x", "Mars/Phobos", "Europe//Berlin",
      "Europe/", "tzdata.zi", ("A"):rep(100), "Europe/Berlin\n", "Europe", "europe/berlin " }) do
      local made, failure = zone.load(name)
      assert.is_nil(made, name)
      assert.equal("NoSuchZone", failure.code)
    end
    local _, failure = zone.load("Mars/Phobos")
    assert.truthy(tostring(failure):find("Mars/Phobos: not installed", 1, true))
  end)

  it("are refused when the file is damaged, wherever it is cut", function()
    local folder, whole = process.folder(), process.read("/usr/share/zoneinfo/Europe/Berlin")
    if not whole then return pending("no time zones installed") end
    for cut = 0, #whole - 2, 37 do
      process.write(folder .. "/Cut", whole:sub(1, cut))
      local made, failure = zone.load("Cut", { folder = folder })
      assert.is_true(made ~= nil or failure.code == "NoSuchZone", cut)
    end
    process.write(folder .. "/Cut", whole:sub(1, 200))
    assert.is_nil((zone.load("Cut", { folder = folder })))
    process.remove(folder)
  end)

  it("read rules of every form", function()
    local rule = require("plumb.zone.rule")
    for _, text in ipairs({ "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
      "IST-1GMT0,M10.5.0,M3.5.0/1", "EST5EDT,J60,J300/26:30:15", "XYZ0ABC,59,299" }) do
      assert.is_table(rule.parse(text), text)
    end
    for _, text in ipairs({ "", "X", "CET", "CET-1CEST", "CET-1CEST,M13.1.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
      "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "<>3" }) do
      assert.is_nil((rule.parse(text)), text)
    end
  end)
end)

describe("what is no expression", function()
  for _, case in ipairs({
    { "", 1 }, { "every day", 1 }, { "CRON(0 6 * * ? *)", 1 }, { "cron 0 6 * * ? *", 1 },
    { "cron(0 6 * * ? *) ", 1 }, { "cron(0 6 * * ? *", 1 },
    { "rate(5)", 6 }, { "rate(0 minutes)", 6 }, { "rate(-1 minutes)", 6 }, { "rate(1.5 hours)", 6 },
    { "rate(5 minute)", 8, "minutes" }, { "rate(1 minutes)", 8, "minute" }, { "rate(5 seconds)", 8 },
    { "rate(5 Minutes)", 8 }, { "rate(5 minutes please)", 6 }, { "rate()", 6 }, { "rate(9999999999 days)", 6 },
    { "at(2026-02-30T00:00:00)", 4 }, { "at(2026-02-03T24:00:00)", 15 }, { "at(2026-02-03)", 4 },
    { "at(2026-02-03T00:00:00Z)", 4 }, { "at(2026-13-03T00:00:00)", 4 },
    { "cron(0 6 * * ?)", 15, "5 fields" }, { "cron(0 6 * * ? * *)", 18, "7 fields" }, { "cron()", 6, "0 fields" },
    { "cron(60 6 * * ? *)", 6, "minutes" }, { "cron(0 24 * * ? *)", 8, "hours" },
    { "cron(0 6 0 * ? *)", 10, "day of month" }, { "cron(0 6 32 * ? *)", 10, "day of month" },
    { "cron(0 6 1 13 ? *)", 12, "month" }, { "cron(0 6 1 MOND ? *)", 12, "month" },
    { "cron(0 6 ? * 8 *)", 14, "day of week" }, { "cron(0 6 ? * 0 *)", 14, "day of week" },
    { "cron(0 6 ? * JAN *)", 14, "day of week" }, { "cron(0 6 * * ? 1969)", 16, "year" },
    { "cron(0 6 * * ? 2200)", 16, "year" }, { "cron(0 6 * * ? 2030-2026)", 16, "year" },
    { "cron(0 6 * * MON *)", 14, "both given" }, { "cron(0 6 * * * *)", 14, "both given" },
    { "cron(0 6 ? * ? *)", 14, "both ?" }, { "cron(? 6 * * ? *)", 6, "minutes" }, { "cron(0 6 * ? ? *)", 12, "month" },
    { "cron(0 6 ?,1 * MON *)", 10, "stands alone" }, { "cron(0,,5 6 * * ? *)", 8, "missing" },
    { "cron(0, 6 * * ? *)", 8, "missing" }, { "cron(5-,6 6 * * ? *)", 6, "missing" },
    { "cron(5,70 6 * * ? *)", 8, "70" }, { "cron(*/0 6 * * ? *)", 6, "step" }, { "cron(*/61 6 * * ? *)", 6, "step" },
    { "cron(0 */25 * * ? *)", 8, "step" }, { "cron(1/x 6 * * ? *)", 6, "step" }, { "cron(-1 6 * * ? *)", 6 },
    { "cron(1--2 6 * * ? *)", 6 }, { "cron(L 6 * * ? *)", 6 }, { "cron(0 6 W * ? *)", 10 },
    { "cron(0 6 32W * ? *)", 10 },
    { "cron(0 6 L-3 * ? *)", 10 }, { "cron(0 6 1-5W * ? *)", 10 }, { "cron(0 6 ? * 3#6 *)", 14, "which one" },
    { "cron(0 6 ? * 3#0 *)", 14 }, { "cron(0 6 ? * 3# *)", 14 }, { "cron(0 6 ? * 3#1,6#3 *)", 18, "second #" },
    { "cron(0 6 ? * 8L *)", 14 },
    { "cron(0 6 15#2 * ? *)", 10 }, { "cron(0 6 * * ? *)" .. (" "):rep(250), 257, "long" },
  }) do
    it(("is refused: %s"):format(case[1]:sub(1, 40)), function()
      local made, failure = schedule.parse(case[1])
      assert.is_nil(made)
      assert.equal("BadSchedule", failure.code)
      assert.equal(case[2], failure.position)
      if case[3] then assert.truthy(failure.message:find(case[3], 1, true), failure.message) end
    end)
  end

  it("names field and character", function()
    local _, failure = schedule.parse("cron(0 25 * * ? *)")
    assert.equal('"cron(0 25 * * ? *)" cannot be read: field 2 (hours), character 8: 25 is not within 0-23',
      failure.message)
    assert.equal("hours", failure.field)
  end)

  it("is a zone that is not there", function()
    local made, failure = schedule.parse("cron(0 6 * * ? *)", { zone = "Mars/Phobos" })
    assert.is_nil(made)
    assert.equal("NoSuchZone", failure.code)
  end)

  it("never raises, whatever the text", function()
    local roll, letters = dice(5), "cronrate(at)0123456789 ,-*/?LW#MONJAN:T\n\0é"
    for _ = 1, 3000 do
      local parts = {}
      for i = 1, roll(0, 30) do
        local k = roll(1, #letters)
        parts[i] = letters:sub(k, k)
      end
      local body = table.concat(parts)
      for _, text in ipairs({ body, "cron(" .. body .. ")", "rate(" .. body .. ")" }) do
        local made, failure = schedule.parse(text)
        if made then made:next(1767323045) else assert.equal("BadSchedule", failure.code) end
      end
    end
  end)
end)
