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

-- The service's table: bundled under its name, or from a published model under any name.
local function find_service(name, model_path)
  if not model_path then
    return require("plumb.cli.operation").service(name)
  end
  local service, why = require("plumb.aws").load_model(model_path)
  if not service then
    require("plumb.problem").raise({ id = "E111", what = "not a service model", where = model_path, because = why,
      fix = "a service-2.json, as the AWS CLI and SDKs carry them" })
  end
  return service
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
  if require("plumb.aws.reads")(service, name) then
    return true
  end
  return cli.may_write(("Call %s.%s, which changes something?"):format(service.name, name))
end

-- The rows of a listing, which has one list of records beside its paging; else the output as one row.
local function rows_of(output)
  local show = require("plumb.cli.show")
  local json = require("plumb.json")
  if json.is_list(output) then
    return output
  end
  for _, value in pairs(output) do
    if show.is_record_list(value) or (json.is_list(value) and #value == 0) then
      return value
    end
  end
  return { output }
end

local function print_rows(output, cli)
  local show = require("plumb.cli.show")
  local flat = {}
  for i, row in ipairs(rows_of(output)) do
    flat[i] = type(row) == "table" and show.flatten(row) or { value = row }
  end
  if #flat > 0 then
    cli.table(flat, show.column_names(flat))
  end
end

local function print_output(output, args, cli)
  if args.output == "table" and cli.tty.stdout then
    cli.out(require("plumb.cli.show").show(output, { width = cli.width(), ascii = not cli.utf8 }))
  elseif args.output and args.output ~= "json" then
    print_rows(output, cli)
  else
    cli.json(output)
  end
end

-- All items of a listing, or one output; either way ready to be written.
local function fetch(handle, name, input, all)
  local operation_input = require("plumb.cli.operation_input")
  local service = handle.service
  local output_shape = service.operations[name].output
  if not all then
    local output, failure = handle:call(name, input)
    return output and operation_input.writable(service, output_shape, output), failure
  end
  local plan = require("plumb.aws.pages").plan(service, name)
  if not plan then
    require("plumb.problem").raise({ id = "E110", what = ("%s.%s does not come in pages"):format(service.name, name),
      fix = "leave out --all" })
  end
  local items, failure = handle:all(name, input)
  local items_shape = service.shapes[output_shape].members[plan.items].shape
  return items and operation_input.writable(service, items_shape, items), failure
end

local function run(args, cli)
  local operation = require("plumb.cli.operation")
  local service_name, name = operation.split(args.operation)
  local service = find_service(service_name, args.model)
  local entry = operation.operation(service, name)
  local input = require("plumb.cli.operation_input").read(service, entry, args.members, read_input(args.input))
  input = require("plumb.aws.shape").fill(service, name, input)
  check(service, name, input)
  if args.dry_run then
    cli.json({ service = service.name, operation = name, input = input })
    return 0
  elseif not may_go_ahead(service, name, cli) then
    cli.note("Nothing was called.")
    return 0
  end
  local client = require("plumb.context").open(args, cli).aws
  local output, failure = fetch(client:handle(service), name, input, args.all)
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
