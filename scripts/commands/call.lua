-- plumb call: one AWS call, its input checked by the operation's shapes, its output as JSON. The way to
-- look at what plumb sees, and to use any AWS service whose published model is at hand.

local function read_input(path)
  if not path then
    return nil
  end
  local text, message
  if path == "-" then
    text = io.read("a")
  else
    text, message = require("plumb.files").read(path, 16 * 1024 * 1024)
  end
  if not text then
    require("plumb.problem").raise({ id = "E111", what = "cannot read the input", where = path, because = message,
      fix = "--input FILE, or --input - for standard input" })
  end
  return text
end

-- A service handle of plumb.aws for the name, bundled or from a published model.
local function open_service(name, args, context)
  if not args.model then
    local service = require("plumb.cli.operation").service(name)
    return service, function()
      return context().aws:service(service.name)
    end
  end
  local text = read_input(args.model)
  local published, why = require("plumb.json").decode(text)
  local service
  if published then
    service, why = require("plumb.aws.model").from_published(published, { name = name })
  end
  if not service then
    require("plumb.problem").raise({ id = "E111", what = "not a service model", where = args.model, because = why,
      fix = "a service-2.json, as the AWS CLI and SDKs carry them" })
  end
  return service, function()
    return context().aws:load_model(args.model)
  end
end

local function check(service, name, input)
  local failure = require("plumb.aws.shape").check(service, name, input)
  if failure then
    local p = require("plumb.problem").from(failure)
    p.fix = ("plumb help %s.%s lists the members"):format(service.name, name)
    error(p, 0)
  end
end

local function may_go_ahead(service, name, cli)
  if require("plumb.cli.operation").reads(service, name) then
    return true
  end
  return cli.may_write(("Call %s.%s, which changes something?"):format(service.name, name))
end

local function print_rows(output, cli)
  local show = require("plumb.cli.show")
  local rows = show.is_record_list(output) and output or { output }
  for _, value in pairs(output) do
    if show.is_record_list(value) then -- a listing has one such member; the rest is paging
      rows = value
    end
  end
  local flat = {}
  for i, row in ipairs(rows) do
    flat[i] = show.flatten(row)
  end
  cli.table(flat, show.column_names(flat))
end

local function print_output(output, args, cli)
  if args.output and args.output ~= "json" then
    print_rows(output, cli)
  else
    cli.json(output)
  end
end

local function fetch(handle, service, name, input, args)
  local operation_input = require("plumb.cli.operation_input")
  if args.all then
    local items, failure = handle:all(name, input)
    return items and require("plumb.json").list(items), failure
  end
  local output, failure = handle[name](handle, input)
  return output and operation_input.writable(service, service.operations[name].output, output), failure
end

local function run(args, cli)
  local operation = require("plumb.cli.operation")
  local service_name, name = operation.split(args.operation)
  local opened
  local service, open = open_service(service_name, args, function()
    opened = opened or require("plumb.context").open(args, cli)
    return opened
  end)
  local entry = operation.operation(service, name)
  local input = require("plumb.cli.operation_input").read(service, entry, args.members, read_input(args.input))
  check(service, name, input)
  if args.dry_run then
    cli.json({ service = service.name, operation = name, input = input })
    return 0
  elseif not may_go_ahead(service, name, cli) then
    cli.note("Nothing was called.")
    return 0
  end
  local output, failure = fetch(open(), service, name, input, args)
  if not output then
    error(require("plumb.problem").from(failure), 0)
  end
  print_output(output, args, cli)
end

return {
  name = "call",
  group = "LOOK AROUND",
  summary = "Make one AWS call",
  examples = {
    { "plumb call wa.ListWorkloads --sim", "wa is short for wellarchitected" },
    { "plumb call ssm.DescribeOpsItems --all --sim -o table", "all pages, as a table" },
    { "plumb call sts.GetCallerIdentity --sim --json", "who am I" },
    { "plumb help wa.UpdateAnswer", "the members of an operation" },
  },
  arguments = {
    { name = "OPERATION", help = "SERVICE.OPERATION, such as wa.ListAnswers" },
    { name = "KEY=VALUE", target = "members", optional = true, many = true,
      help = "members of the input; lists and tables as JSON" },
  },
  flags = {
    { "--input", value = "FILE", help = "further members as a JSON object; - is standard input" },
    { "--all", help = "fetch all pages and print the list of items" },
    { "--model", value = "FILE", help = "a published service-2.json, for any other AWS service" },
    { "-n", "--dry-run", help = "check the input and print it, call nothing" },
    { "-y", "--yes", help = "call an operation that changes something without asking" },
  },
  uses = { "aws", "output" },
  run = run,
}
