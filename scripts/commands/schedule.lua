-- plumb schedule: when a schedule expression fires, before anything depends on it.

local function refuse(id, what, where, fix)
  require("plumb.problem").raise { id = id, what = what, where = where, fix = fix }
end

local function start_of(args)
  local time = require "plumb.time"
  if not args.from then return time.now() end
  return time.parse(args.from) or refuse("E103", ("--from %s is no moment"):format(args.from), nil,
    "for example --from 2026-01-31T06:00:00Z")
end

local function read(args)
  local schedule, failure = require("plumb.trigger.schedule").parse(args.expression, { zone = args.tz })
  if schedule then return schedule end
  local caret = failure.position and ("%s\n%s^"):format(args.expression, (" "):rep(failure.position - 1))
  refuse("E103", failure.message, caret, "plumb schedule next 'cron(0 6 ? * MON-FRI *)' --tz Europe/Berlin")
end

local function rows_of(schedule, moments)
  local time, rows = require "plumb.time", {}
  for i, t in ipairs(moments) do
    local _, name = schedule.zone:offset(t)
    rows[i] = { utc = time.iso(t), zone_time = schedule.zone:iso(t), abbreviation = name }
  end
  return rows
end

local function show(schedule, rows, args, cli)
  local json = require "plumb.json"
  if args.json then
    cli.json { schema = "plumb.schedule/1", expression = schedule.text, kind = schedule.kind,
      zone = schedule.zone.name, next = json.list(rows) }
  elseif #rows > 0 then
    local columns = { { key = "utc" } }
    if schedule.zone.name ~= "UTC" then
      columns[2] = { key = "zone_time", title = schedule.zone.name }
      columns[3] = { key = "abbreviation", title = "zone" }
    end
    cli.table(rows, columns)
  end
  if #rows == 0 then cli.note("It never fires again.") end
end

return {
  name = "schedule",
  group = "LOOK AROUND",
  summary = "Show when a schedule expression fires next",
  description = "Expressions are those of Amazon EventBridge: rate(5 minutes), cron(minutes hours day-of-month\n"
    .. "month day-of-week year) and at(2026-01-31T06:00:00). Of day-of-month and day-of-week one is ?.\n"
    .. "Wall times that a change of the clocks leaves out are left out; those that come twice count once.",
  examples = {
    { "plumb schedule next 'cron(0 6 ? * MON-FRI *)' -n 5", "the next five working days at 6:00 UTC" },
    { "plumb schedule next 'cron(0 6 L * ? *)' --tz Europe/Berlin", "6:00 in Berlin on the last of the month" },
    { "plumb schedule next 'rate(12 hours)' --json", "for a program" },
  },
  arguments = {
    { name = "ACTION", choices = { "next" }, help = "next" },
    { name = "EXPRESSION", help = "in quotes, since shells care about parentheses and *" },
  },
  flags = {
    { "-n", "--count", value = "N", type = "integer", min = 1, max = 1000, help = "how many times, 5 unless told" },
    { "--tz", value = "ZONE", help = "time zone of the expression, such as Europe/Berlin; UTC unless told" },
    { "--from", value = "TIME", help = "start from there instead of from now" },
  },
  uses = { "output" },
  run = function(args, cli)
    local schedule = read(args)
    show(schedule, rows_of(schedule, schedule:upcoming(start_of(args), args.count or 5)), args, cli)
    return 0
  end,
}
