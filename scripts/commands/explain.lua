-- plumb explain: why a practice became an item, or did not, step by step.

local function document(subject, told)
  local json = require "plumb.json"
  local of = subject.review or subject.record or {}
  local steps = json.list {}
  for i, step in ipairs(told.steps) do
    steps[i] = { step = step.step, keep = step.keep, where = step.where, says = step.says }
  end
  return {
    name = require("plumb.explain.find").name(subject), key = told.key, workload = subject.workload.WorkloadName,
    lens = subject.lens.LensAlias or subject.lens.LensArn, question = subject.answer.QuestionId,
    account = of.account, region = of.region,
    choice = subject.choice.ChoiceId, practice = subject.choice.Title, risk = subject.answer.Risk,
    status = subject.record and subject.record.status, item = subject.record and subject.record.item_id,
    steps = steps, result = told.result, advice = told.advice,
  }
end

local function show(subject, told, cli)
  local line = require("plumb.cli.printable").line
  local dot = (" %s "):format(cli.symbol "dot")
  cli.out(table.concat({ subject.workload.WorkloadName, subject.lens.LensAlias or subject.lens.LensName
    or subject.lens.LensArn, subject.answer.QuestionId, line(subject.choice.Title or subject.choice.ChoiceId),
    subject.place }, dot))
  for i, step in ipairs(told.steps) do
    cli.out(("  %d %-9s %s %-24s %s"):format(i, step.step, cli.symbol(step.keep and "ok" or "fail"), step.where,
      line(step.says)))
  end
  cli.out(("result: %s%s"):format(told.result, told.advice and ".   To change it: " .. told.advice or ""))
end

-- Whether this place of several has nothing of what was named; another one may have it.
local function is_elsewhere(failure)
  local err, problem = require "plumb.err", require "plumb.problem"
  return problem.is(failure) and failure.id == "E103" or err.is(failure) and failure.gone
end

-- What AWS and the policy say, in every place of the run.
local function tell_places(plumb, args)
  local explain, find = require "plumb.explain", require "plumb.explain.find"
  local all, subjects, told, refused = require("plumb.context").places(plumb), {}, {}, nil
  for _, place in ipairs(all) do
    place:bind_policy()
    local ok, found = pcall(find.subjects, place, args.key)
    if not ok and (#all == 1 or not is_elsewhere(found)) then error(found, 0) end
    refused = not ok and (refused or found) or refused
    for _, subject in ipairs(ok and found or {}) do
      subject.place = #all > 1 and place.place or nil
      subjects[#subjects + 1], told[#told + 1] = subject, explain.steps(place.policy, subject)
    end
  end
  if not subjects[1] then error(refused, 0) end
  return subjects, told
end

-- The same, or with --stored what the state remembers.
local function tell(plumb, args)
  if not args.stored then return tell_places(plumb, args) end
  local subjects, told = require("plumb.explain.find").stored(plumb, args.key), {}
  for i, subject in ipairs(subjects) do told[i] = require("plumb.explain").stored(subject) end
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
    .. "It looks in every account and Region that the policy, --region or --accounts names. Writes nothing.",
  examples = {
    { "plumb explain --sim shop-prod/sec_identity", "every practice of one question, offline" },
    { "plumb explain oi-0123456789ab", "what an item stands for, and why" },
    { "plumb explain --policy examples/policies/filter.lua billing/rel_recovery", "under another policy" },
  },
  arguments = { { name = "KEY", completes = "open_risks",
    help = "WORKLOAD/QUESTION[/CHOICE], oi-..., or a finding's key" } },
  flags = {
    { "--stored", help = "ask the state alone: no call, no credentials, no policy" },
    { "--accounts", value = "FILE", help = "look in these accounts: JSON list of name, role, regions" },
  },
  uses = { "aws", "policy", "state", "output" },
  places = true,
  run = run,
}
