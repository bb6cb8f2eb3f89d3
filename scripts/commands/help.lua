-- plumb help: the text for a command, a topic or an error id. What --help prints comes from here too.

local function command_text(name, short)
  local command = require("plumb.cli").command(name)
  return require("plumb.cli.help").command(command, not short)
end

local function topic_names()
  local names = {}
  for name in pairs(require("plumb.cli.topics")) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function known_topics()
  local names = topic_names()
  for _, name in ipairs(require("plumb.cli").names) do
    names[#names + 1] = name
  end
  return names
end

-- "wellarchitected" lists operations, "wa.ListAnswers" describes one.
local function operation_text(topic)
  local operation = require("plumb.cli.operation")
  if topic:find(".", 1, true) then
    local service, name = operation.split(topic)
    return operation.describe(operation.service(service), name)
  end
  for _, service in ipairs(operation.services()) do
    if service == topic or (topic == "wa" and service == "wellarchitected") then
      return operation.list(operation.service(topic))
    end
  end
end

local function error_text(id)
  local entry = require("plumb.problem.catalogue")[id]
  return entry and ("%s: %s (exit code %d)\n\n%s\n"):format(id, entry.title, entry.exit, entry.help)
end

local function is_command(name)
  for _, known in ipairs(require("plumb.cli").names) do
    if known == name then
      return true
    end
  end
  return false
end

local function unknown(topic)
  local near = require("plumb.suggest").suggest(topic, known_topics())
  require("plumb.problem").raise({
    id = "E103",
    what = "no help on " .. require("plumb.cli.printable").quote(topic),
    fix = (near and ("did you mean '%s'?   "):format(near) or "")
      .. "topics: " .. table.concat(topic_names(), ", ") .. ", an error id such as E201, or a command",
  })
end

local function text_for(topic, short)
  if not topic then
    return require("plumb.cli.help").top(require("plumb.cli").commands())
  elseif is_command(topic) then
    return command_text(topic, short)
  end
  local make = require("plumb.cli.topics")[topic]
  return make and make() or error_text(topic:upper()) or operation_text(topic) or unknown(topic)
end

-- `plumb call wa.ListAnswers --help` asks about the operation, not about call.
local function topic_of(args)
  for _, word in ipairs(args.topic == "call" and args.flags or {}) do
    if word:find("^%a[%w_]*%.%a") then
      return word
    end
  end
  return args.topic
end

local EXIT_USAGE = 2

local function run(args, cli)
  local text = text_for(topic_of(args), args.short)
  if args.bare then -- `plumb` alone: somebody who looks around sees what there is, a script that lost a word fails
    cli.note((text:gsub("\n$", "")))
    return EXIT_USAGE
  end
  if args.json then
    cli.json({ topic = args.topic or "plumb", text = text })
  else
    cli.out(text)
  end
end

return {
  name = "help",
  group = "OPERATE",
  summary = "Explain a command, a topic or an error id",
  examples = {
    { "plumb help scan", "the long help of a command" },
    { "plumb help exit-codes", "what each exit code means" },
    { "plumb help E201", "what an error is about" },
    { "plumb help wa.ListAnswers", "the members of an AWS operation" },
  },
  arguments = {
    { name = "TOPIC", optional = true,
      help = "a command, environment, exit-codes, errors, Ennn, a service or SERVICE.OPERATION" },
  },
  uses = { "output" },
  run = run,
}
