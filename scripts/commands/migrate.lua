-- plumb migrate: takes over from the Python Lambda solution of the Well-Architected labs.

local TABLE = "wa_workload_data"

local function opsitems(args, cli)
  local errand = require "plumb.errand"
  errand.check_may_write(args, cli)
  local plumb <close> = require("plumb.context").open(args, cli)
  return errand.or_problem(require("plumb.migrate.adopt").run, plumb)
end

local function dynamodb(args, cli)
  args.dry_run = true -- only looks: nothing it does could change anything
  local plumb <close> = require("plumb.context").open(args, cli)
  return require("plumb.errand").or_problem(require("plumb.migrate.compare").run, plumb, args.table or TABLE)
end

local ACTIONS = { opsitems = opsitems, dynamodb = dynamodb }

local function check(args)
  if args.table and args.action ~= "dynamodb" then
    require("plumb.problem").raise { id = "E102", what = "--table belongs to plumb migrate dynamodb",
      fix = "plumb migrate " .. args.action }
  end
end

return {
  name = "migrate",
  group = "OPERATE",
  summary = "Take over from the Python Lambda solution: opsitems, dynamodb",
  description = "opsitems adopts the open OpsItems that the Python Lambda solution made: plumb's state gets to\n"
    .. "know them, and each gets the entry FindingKey in its operational data. Nothing is created, nothing is\n"
    .. "resolved. Doubles and items whose lens is not certain are listed and left alone. dynamodb compares\n"
    .. "the table of that solution with the items that are open now, and changes nothing.\n"
    .. "Switch the schedule of the Lambda functions off first, and migrate before the first plumb scan.\n"
    .. "Items are found by their Source, so the policy's `source` must be the one they have.",
  examples = {
    { "plumb migrate opsitems --dry-run", "which items would be adopted, which are doubles" },
    { "plumb migrate opsitems", "show them, ask, adopt" },
    { "plumb migrate dynamodb --table wa_workload_data", "which rows of the old table still mean something" },
  },
  arguments = {
    { name = "ACTION", choices = { "opsitems", "dynamodb" }, help = "opsitems or dynamodb" },
  },
  flags = {
    { "--accounts", value = "FILE", help = "read these accounts: JSON list of name, role, regions" },
    { "--table", value = "NAME", help = ("for dynamodb: the table, %s unless told"):format(TABLE) },
  },
  places = true,
  uses = { "aws", "policy", "state", "output", "write" },
  run = function(args, cli)
    check(args)
    return ACTIONS[args.action](args, cli)
  end,
}
