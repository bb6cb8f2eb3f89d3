-- plumb resolve: every item that people resolved becomes an updated answer.

local function question(plan, facts)
  local narrate = require "plumb.view.narrate"
  return ("Write %s back in %s?"):format(narrate.plural(plan:tally().settle, "resolved item"), narrate.place(facts))
end

local function check_ids(ids)
  for _, id in ipairs(ids) do
    if not id:find("^oi%-%x%x%x%x%x%x%x%x%x%x%x%x$") then
      require("plumb.problem").raise { id = "E103", what = ("--item %s is not the id of an OpsItem"):format(id),
        fix = "ids look like oi-0123456789ab; plumb item list shows them" }
    end
  end
end

local function refuse_file(path, because)
  require("plumb.problem").raise { id = "E111", what = "the events cannot be read",
    where = path == "-" and "standard input" or path, because = because,
    fix = "plumb resolve --event FILE, or - for standard input" }
end

local function text_of(path)
  local most = require("plumb.trigger.event_file").MAX_BYTES
  if path ~= "-" then
    local text, because = require("plumb.files").read(path, most)
    return text or refuse_file(path, because)
  end
  local text = io.stdin:read(most + 1) or ""
  if #text > most then refuse_file(path, ("it has more than %d MiB"):format(most >> 20)) end
  return text
end

local ASIDES_TOLD = 20

local function tell_asides(asides, name, cli)
  for i = 1, math.min(#asides, ASIDES_TOLD) do
    cli.warn(require("plumb.problem").new { id = "E333", what = "an event was left aside: " .. asides[i].reason,
      where = ("%s%s"):format(name, asides[i].place and ", " .. asides[i].place or ""),
      fix = "plumb resolve --help says what is an event; the others are dealt with" })
  end
  if #asides > ASIDES_TOLD then
    cli.warn(("%d more events were left aside; --json lists them all"):format(#asides - ASIDES_TOLD))
  end
end

-- The items that the events in a file name, and what of it was not understood.
local function read_events(args, cli)
  if args.item[1] then
    require("plumb.problem").raise { id = "E103", what = "--item and --event do not go together",
      fix = "an id alone on a line is an event as well" }
  end
  local ids, asides = require("plumb.trigger.event_file").read(text_of(args.event))
  tell_asides(asides, args.event == "-" and "standard input" or args.event, cli)
  cli.note(("The events name %d %s."):format(#ids, #ids == 1 and "OpsItem" or "OpsItems"))
  return ids, asides
end

-- What was looked at and is not written back still wants a word.
local function complete(plumb) plumb.inbox:done() end

return {
  name = "resolve",
  group = "DO THE WORK",
  summary = "Write resolved OpsItems back as answers (UpdateAnswer)",
  description = "Asks OpsCenter which of plumb's OpsItems people resolved and selects the best practice in the\n"
    .. "Well-Architected Tool; other choices, notes and applicability stay as they are. An entry `Outcome`\n"
    .. "in the OpsItem's operational data, searchable, can say something else: not_applicable, accepted: until\n"
    .. "DATE, or ignore. One that is not understood, or a person who chose otherwise in the Tool, leaves the\n"
    .. "answer as it is, with the reason in the result and exit code 5. The policy may ask for a milestone, a\n"
    .. "line in the notes, or a look at each answer first (milestone, answer_notes, look_first).\n"
    .. "With --event only the OpsItems that events name are looked at: messages of SNS, SQS and EventBridge in\n"
    .. "JSON, wrapped in one another or not, one, a list, or one after the other, or ids, one on a line. They\n"
    .. "are hints; what counts is what OpsCenter says. One that is not understood is left aside, exit code 5.",
  examples = {
    { "plumb resolve --dry-run", "show what would be written" },
    { "plumb resolve --yes", "write back everything resolved since the last run" },
    { "plumb resolve --item oi-0123456789ab", "only this one" },
    { "plumb resolve --event events.jsonl --yes", "only those that the events in a file name" },
  },
  flags = {
    { "--item", value = "OI", many = true, help = "only this OpsItem" },
    { "--event", value = "FILE", help = "only OpsItems that the events in FILE name; - is standard input" },
    { "--accounts", value = "FILE", help = "read these accounts: JSON list of name, role, regions" },
    { "--save", value = "FILE", help = "keep the plan in a file for plumb apply; write nothing else" },
    { "--pending-exit", help = "exit with 6 when a plan that is not carried out has changes" },
  },
  uses = { "aws", "policy", "state", "output", "write" },
  places = true,
  run = function(args, cli)
    check_ids(args.item or {})
    local asides
    if args.event then args.hints, asides = read_events(args, cli) end
    return require("plumb.runner").run("resolve", args, cli, { question = question, complete = complete,
      asides = asides })
  end,
}
