-- plumb check: is the policy right, and what is in force? It reads files and calls nobody, so it works offline,
-- without credentials, and in the pipeline that guards a policy.

local problem = require("plumb.problem")

local COLUMNS = {
  { key = "key", title = "setting" }, { key = "value", cut = true }, { key = "origin", title = "from" },
}

local function summary(policy, problems, warnings, cli)
  local file = policy.path and require("plumb.policy.find").display(policy.path, cli.env)
  local counts = ("%d %s, %d %s"):format(#problems, #problems == 1 and "problem" or "problems",
    #warnings, #warnings == 1 and "warning" or "warnings")
  if not file and #problems == 0 then
    return "no policy file, so the defaults are in force; plumb init writes one to start from"
  end
  return ("%s: %s"):format(file or "policy", counts)
end

local function document(policy, problems, warnings)
  local json = require("plumb.json")
  local function each(list)
    local out = json.list({})
    for i, one in ipairs(list) do
      out[i] = { code = one.id, message = one.what, where = one.where, because = one.because, fix = one.fix,
        field = one.field, line = one.line }
    end
    return out
  end
  local settings = json.list({})
  for i, row in ipairs(#problems == 0 and policy:describe() or {}) do
    settings[i] = { key = row.key, value = row.value, origin = row.origin }
  end
  local notes = json.list(table.move(policy.notes, 1, #policy.notes, 1, {}))
  return { schema = "plumb.check/1", ok = #problems == 0, path = policy.path, problems = each(problems),
    warnings = each(warnings), notes = notes, settings = settings }
end

local function show(policy, problems, warnings, cli)
  for _, one in ipairs(problems) do
    cli.fail(one)
  end
  for _, one in ipairs(warnings) do
    cli.warn(one)
  end
  for _, note in ipairs(policy.notes) do
    cli.note("note: " .. note)
  end
  if #problems == 0 then -- what is in force with a mistake is nothing
    cli.table(policy:describe(), COLUMNS)
  end
  cli.note(summary(policy, problems, warnings, cli))
end

local function by_line(a, b)
  if (a.line or 0) ~= (b.line or 0) then
    return (a.line or 0) < (b.line or 0)
  end
  return a.what < b.what
end

local function run(args, cli)
  local reader = require("plumb.policy")
  local policy, problems = reader.read({ path = args.file or args.policy, env = cli.env, set = args.set })
  -- What could be read is tried even when the rest is wrong: one look is to find it all.
  local tried, warnings = require("plumb.policy.trial").run(policy)
  table.move(tried, 1, #tried, #problems + 1, problems)
  table.sort(problems, by_line)
  if #problems == 0 then
    local dead = require("plumb.policy.dead").find(policy)
    table.move(dead, 1, #dead, #warnings + 1, warnings)
  end
  if args.json then
    cli.json(document(policy, problems, warnings))
  else
    show(policy, problems, warnings, cli)
  end
  return problems[1] and problem.exit_code(problems[1]) or 0
end

return {
  name = "check",
  group = "WRITE POLICY",
  summary = "Validate the policy without calling AWS",
  description = "Reads the policy, names every mistake with file and line, tries each function on made-up findings,\n"
    .. "warns of rules that never have an effect, and prints what is in force and where it came from.\n"
    .. "Exit code 7 when something is wrong; then nothing is in force, and nothing of it is printed.",
  examples = {
    { "plumb check", "the policy that scan and resolve would use" },
    { "plumb check --set budget.run=100", "with one setting changed" },
    { "plumb check examples/policies/title.lua", "another file" },
  },
  arguments = { { name = "FILE", optional = true, help = "policy file; unless given, the one in force" } },
  uses = { "policy", "output" },
  run = run,
}
