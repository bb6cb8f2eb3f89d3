-- plumb explain: why a practice became an item, or did not, step by step.

local function document(subject, told)
  local json = require "plumb.json"
  local steps = json.list {}
  for i, step in ipairs(told.steps) do
    steps[i] = { step = step.step, keep = step.keep, where = step.where, says = step.says }
  end
  return {
    name = require("plumb.explain.find").name(subject), key = told.key, workload = subject.workload.WorkloadName,
    lens = subject.lens.LensAlias or subject.lens.LensArn, question = subject.answer.QuestionId,
    choice = subject.choice.ChoiceId, practice = subject.choice.Title, risk = subject.answer.Risk,
    status = subject.record and subject.record.status, item = subject.record and subject.record.item_id,
    steps = steps, result = told.result, advice = told.advice,
  }
end

local function show(subject, told, cli)
  local line = require("plumb.cli.printable").line
  local dot = (" %s "):format(cli.symbol "dot")
  cli.out(table.concat({ subject.workload.WorkloadName, subject.lens.LensAlias or subject.lens.LensName
    or subject.lens.LensArn, subject.answer.QuestionId, line(subject.choice.Title or subject.choice.ChoiceId) }, dot))
  for i, step in ipairs(told.steps) do
    cli.out(("  %d %-9s %s %-24s %s"):format(i, step.step, cli.symbol(step.keep and "ok" or "fail"), step.where,
      line(step.says)))
  end
  cli.out(("result: %s%s"):format(told.result, told.advice and ".   To change it: " .. told.advice or ""))
end

-- What AWS and the policy say, or with --stored what the state remembers.
local function tell(plumb, args)
  local explain, find = require "plumb.explain", require "plumb.explain.find"
  local told = {}
  if not args.stored then plumb:bind_policy() end
  local subjects = (args.stored and find.stored or find.subjects)(plumb, args.key)
  for i, subject in ipairs(subjects) do
    told[i] = args.stored and explain.stored(subject) or explain.steps(plumb.policy, subject)
  end
  return subjects, told
end

local function run(args, cli)
  args.dry_run = true -- it reads, whatever happens
  local plumb <close> = require("plumb.context").open(args, cli)
  local ok, subjects, told = pcall(tell, plumb, args)
  if not ok then
    error(require("plumb.err").is(subjects) and require("plumb.problem").from(subjects) or subjects, 0)
  end
  local documents = require("plumb.json").list {}
  for i, subject in ipairs(subjects) do
    documents[i] = document(subject, told[i])
    if not args.json then
      if i > 1 then cli.out "" end
      show(subject, told[i], cli)
    end
  end
  if args.json then cli.json { schema = "plumb.explain/1", practices = documents } end
end

return {
  name = "explain",
  group = "WRITE POLICY",
  summary = "Why a practice did or did not become an item, step by step",
  description = "Asks AWS, the policy and the state in the order of a scan, and names for each step what decided it:\n"
    .. "the line of the policy, a default, AWS or the state. KEY is WORKLOAD/QUESTION/CHOICE (ids, or words of\n"
    .. "their titles; WORKLOAD/QUESTION for all its practices), the id of an OpsItem, or a finding's key.\n"
    .. "Writes nothing.",
  examples = {
    { "plumb explain --sim shop-prod/sec_identity", "every practice of one question, offline" },
    { "plumb explain oi-0123456789ab", "what an item stands for, and why" },
    { "plumb explain --policy examples/policies/filter.lua billing/rel_recovery", "under another policy" },
  },
  arguments = { { name = "KEY", completes = "open_risks",
    help = "WORKLOAD/QUESTION[/CHOICE], oi-..., or a finding's key" } },
  flags = { { "--stored", help = "ask the state alone: no call, no credentials, no policy" } },
  uses = { "aws", "policy", "state", "output" },
  run = run,
}
