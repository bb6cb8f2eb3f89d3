-- plumb apply: carries out a plan that was saved and looked at.

local function question(plan)
  return ("Carry out %s?"):format(require("plumb.view.narrate").plural(#plan.steps, "step"))
end

local function check_age(saved, args)
  if not args.allow_stale then return end
  local time = require "plumb.time"
  local age = time.now() - saved.made_at
  if age <= args.allow_stale then return end
  require("plumb.problem").raise {
    id = "E111", what = "the plan is too old", where = args.file,
    because = "it was made " .. require("plumb.view.age").ago(saved.made_at),
    fix = ("make a new one: plumb %s --save %s"):format(saved.command, args.file),
  }
end

return {
  name = "apply",
  group = "DO THE WORK",
  summary = "Carry out a plan saved by 'scan --save' or 'resolve --save'",
  description = "Everything is read again first. Steps that are not the same any more are left out and named; nothing\n"
    .. "that is not in the file is done.",
  examples = {
    { "plumb scan --save plan.json", "make a plan, write nothing" },
    { "plumb apply plan.json --yes", "carry it out, after somebody has looked at it" },
  },
  arguments = { { name = "FILE", help = "the saved plan" } },
  flags = {
    { "--accounts", value = "FILE", help = "read these accounts: JSON list of name, role, regions" },
    { "--allow-stale", value = "DURATION", type = "duration", help = "refuse a plan older than this, such as 2h" },
  },
  uses = { "aws", "policy", "state", "output", "write" },
  places = true,
  run = function(args, cli)
    local saved = require("plumb.plan_file").load(args.file)
    check_age(saved, args)
    args.keep_all = true -- what is in the file need not be what a new plan would choose
    args.full = true -- a step may rest on something that an incremental scan would not look at
    return require("plumb.runner").run(saved.command, args, cli, { question = question, saved = saved })
  end,
}
