-- plumb schema: what there is to write: fields of a policy, operations of AWS, and the shapes they take and give.

local function reference()
  local policy = require("plumb.policy").read { text = "return {}", env = function() end }
  return require("plumb.policy.reference"), require("plumb.policy.reference").entries(policy)
end

local function unknown(name, near)
  local quoted = require("plumb.cli.printable").quote(name)
  require("plumb.problem").raise { id = "E103", what = "nothing is called " .. quoted,
    fix = (near and ("did you mean '%s'?   "):format(near) or "")
      .. "plumb schema policy, or a service such as wa; then FIELD or SERVICE.NAME" }
end

local function list_policy(cli, args)
  local view, entries = reference()
  if args.json then
    return cli.json { schema = "plumb.schema/1", fields = require("plumb.json").list(entries) }
  end
  local rows = {}
  for i, entry in ipairs(entries) do
    rows[i] = { field = entry.name, type = entry.expects, about = view.sentence(entry) }
  end
  cli.table(rows, { { key = "field" }, { key = "type", cut = true }, { key = "about", cut = true } })
  cli.note "plumb schema FIELD tells all about one"
end

local function show_fields(cli, args, found)
  local view, json = require "plumb.policy.reference", require "plumb.json"
  if args.json then return cli.json { schema = "plumb.schema/1", fields = json.list(found) } end
  for i, entry in ipairs(found) do cli.out((i > 1 and "\n" or "") .. view.text(entry)) end
end

-- What is known of a shape: its type, its limits, and the members of a structure.
local function shape_facts(service, name)
  local shape = service.shapes[name]
  local facts = { shape = name, type = shape.type, min = shape.min, max = shape.max, pattern = shape.pattern,
    enum = shape.enum, member = shape.member and shape.member.shape, key = shape.key and shape.key.shape,
    value = shape.value and shape.value.shape, service = service.name }
  if shape.members then
    facts.members = require("plumb.json").list(require("plumb.cli.operation").members(service, shape))
    for _, member in ipairs(facts.members) do member.shape = shape.members[member.name].shape end
  end
  return facts
end

local function member_lines(members)
  local rows = {}
  for i, member in ipairs(members or {}) do
    local notes = { member.required and "required" or nil }
    notes[#notes + 1] = member.limits
    rows[i] = { ("%-26s %-12s %s"):format(member.name, member.type, member.shape), table.concat(notes, ", ") }
  end
  return rows[1] and require("plumb.cli.help").columns(rows) or "  nothing\n"
end

local function shape_text(facts)
  local lines = { ("%s.%s: %s"):format(facts.service, facts.shape, facts.type) }
  local function add(label, value)
    if value ~= nil then lines[#lines + 1] = ("  %-8s %s"):format(label, value) end
  end
  add("of", facts.member)
  add("keys", facts.key)
  add("values", facts.value)
  add("least", facts.min)
  add("most", facts.max)
  add("pattern", facts.pattern)
  add("one of", facts.enum and table.concat(facts.enum, ", "))
  return table.concat(lines, "\n") .. "\n" .. (facts.members and "\n" .. member_lines(facts.members) or "")
end

local function show_shape(cli, args, service, name)
  local facts = shape_facts(service, name)
  if args.json then
    facts.schema = "plumb.schema/1"
    return cli.json(facts)
  end
  cli.out(shape_text(facts))
end

local function show_operation(cli, args, service, name)
  local operation = service.operations[name]
  local input = operation.input and shape_facts(service, operation.input)
  local output = operation.output and shape_facts(service, operation.output)
  if args.json then
    return cli.json { schema = "plumb.schema/1", service = service.name, operation = name, input = input,
      output = output, errors = require("plumb.json").list(operation.errors or {}),
      reads = require("plumb.aws.reads")(service, name) or false }
  end
  cli.out(require("plumb.cli.operation").describe(service, name))
  cli.out("\nReply\n" .. (output and member_lines(output.members) or "  nothing\n"))
end

local function show_service(cli, args, service)
  local operation, json = require "plumb.cli.operation", require "plumb.json"
  if not args.json then return cli.out(operation.list(service)) end
  local names = {}
  for name in pairs(service.operations) do names[#names + 1] = name end
  table.sort(names)
  cli.json { schema = "plumb.schema/1", service = service.name, operations = json.list(names) }
end

local function show_aws(cli, args, service_name, name)
  local service = require("plumb.cli.operation").service(service_name)
  if not name then
    show_service(cli, args, service)
  elseif service.operations[name] then
    show_operation(cli, args, service, name)
  elseif service.shapes[name] then
    show_shape(cli, args, service, name)
  else
    local suggest = require "plumb.suggest"
    local near = suggest.key(name, service.operations) or suggest.key(name, service.shapes)
    unknown(service_name .. "." .. name, near and service_name .. "." .. near)
  end
end

local function is_service(name)
  if name == "wa" then return true end
  for _, known in ipairs(require("plumb.cli.operation").services()) do
    if known == name then return true end
  end
  return false
end

local function run(args, cli)
  local name = args.name
  if not name or name == "policy" then return list_policy(cli, args) end
  local first, rest = name:match "^([^.]+)%.(.+)$"
  if is_service(first or name) then return show_aws(cli, args, first or name, rest) end
  local view, entries = reference()
  local found, near = view.find(entries, (name:gsub("^policy%.", "")))
  if not found[1] then unknown(name, near) end
  return show_fields(cli, args, found)
end

return {
  name = "schema",
  group = "LOOK AROUND",
  summary = "Describe a policy field, an AWS operation or a shape",
  description = "Without NAME, or with `policy`: every setting and hook of a policy. FIELD tells all about one.\n"
    .. "A service lists its operations; SERVICE.OPERATION has its members, errors and reply, SERVICE.SHAPE\n"
    .. "what a value may be. Calls nobody.",
  examples = {
    { "plumb schema policy", "every field of a policy" },
    { "plumb schema budget", "one of them, with its default" },
    { "plumb schema wa.ListAnswers", "an operation, with its reply" },
    { "plumb schema wa.AnswerSummary --json", "a shape, for a program" },
  },
  arguments = { { name = "NAME", optional = true, completes = "schema_names",
    help = "policy, FIELD, SERVICE or SERVICE.NAME" } },
  uses = { "output" },
  run = run,
}
