-- What an event wants of the function: a schedule wants everything done once, a command what it names, and whatever
-- SNS, SQS and EventBridge deliver names OpsItems that may have been resolved. Pure.

local hints = require "plumb.trigger.event"
local json = require "plumb.json"
local problem = require "plumb.problem"
local suggest = require "plumb.suggest"
local trigger = require "plumb.trigger"

local event = {}

---What may be asked for by name.
event.COMMANDS = { "scan", "resolve" }

-- Flags of a command that make no sense in a function: it has no files of its own, and what its exit code is.
local REFUSED = { accounts = true, save = true, pending_exit = true, event = true }

-- Flags beside the command's own.
local SHARED = { limit = true, region = true }

---@class plumb.Wish
---@field kind "schedule"|"command"|"hints"
---@field command? "scan"|"resolve"
---@field argv? string[]       of the command
---@field ids? string[]        OpsItems that hints name, each once
---@field by_message? table<string, string[]>  ids by the SQS message that brought them; nil when no queue did
---@field messages? string[]   ids of all messages of the batch, in order
---@field asides? plumb.Aside[]  what was not understood

local function refuse(what, fix, where)
  problem.raise { id = "E103", what = what, where = where, fix = fix }
end

local function known_flags(command)
  local names = {}
  for _, flag in ipairs(require("plumb.cli").command(command).flags) do
    local name = flag[2] or flag[1]
    names[name:gsub("^%-+", ""):gsub("%-", "_")] = name
  end
  for name in pairs(SHARED) do names[name] = "--" .. name end
  for name in pairs(REFUSED) do names[name] = nil end
  return names
end

local function list_of(names)
  local list = {}
  for name in pairs(names) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function add_flag(argv, flag, name, value)
  local kind = type(value)
  if kind == "table" and json.is_list(value) then
    for _, one in ipairs(value) do add_flag(argv, flag, name, one) end
  elseif value == true then
    argv[#argv + 1] = flag
  elseif kind == "string" or kind == "number" then
    argv[#argv + 1] = flag .. "=" .. tostring(value)
  elseif value ~= false and value ~= json.null then
    refuse(("args.%s is neither text, number, true nor a list of them"):format(name), '{"command": "scan", '
      .. '"args": {"workload": ["shop-*"], "risk": "high", "full": true}}')
  end
end

local function command_of(body)
  local command, args = body.command, body.args
  if command ~= "scan" and command ~= "resolve" then
    local near = type(command) == "string" and suggest.suggest(command, event.COMMANDS)
    refuse(("%s is no command that a function runs"):format(json.encode(command)),
      near and ("did you mean '%s'?"):format(near) or '{"command": "scan"} or {"command": "resolve"}')
  elseif args ~= nil and args ~= json.null and (type(args) ~= "table" or json.is_list(args) and #args > 0) then
    refuse("args is no JSON object", '{"command": "scan", "args": {"workload": ["shop-*"]}}')
  end
  local flags, argv = known_flags(command), { command, "--yes", "--json" }
  for _, name in ipairs(list_of(type(args) == "table" and args or {})) do
    local flag = flags[name:gsub("%-", "_")]
    if name == "dry_run" then
      refuse("a function does not do dry runs: they make the whole process read-only", "plumb scan --dry-run at a desk")
    elseif not flag then
      refuse(("%s has no argument %q here"):format(command, name), table.concat(list_of(flags), ", "))
    end
    add_flag(argv, flag, name, args[name])
  end
  return { kind = "command", command = command, argv = argv }
end

local function is_batch(body)
  local record = type(body.Records) == "table" and body.Records[1]
  return type(record) == "table" and record.eventSource == "aws:sqs"
end

local function batch_of(body, found, asides)
  local by_message, messages = {}, {}
  for _, record in ipairs(body.Records) do
    local id = type(record) == "table" and record.messageId
    if type(id) ~= "string" or not id:find "^[%w-]+$" then refuse("a record of SQS has no messageId") end
    messages[#messages + 1], by_message[record.messageId] = record.messageId, {}
  end
  for _, hint in ipairs(found) do table.insert(by_message[hint.message_id], hint.id) end
  for _, aside in ipairs(asides) do by_message[aside.message_id or ""] = nil end
  return by_message, messages
end

local function hints_of(text, body)
  local found, asides = hints.read(text)
  local wish = { kind = "hints", ids = {}, asides = asides }
  for i, hint in ipairs(trigger.unique(found)) do wish.ids[i] = hint.id end
  if is_batch(body) then
    wish.by_message, wish.messages = batch_of(body, found, asides)
  elseif #wish.ids == 0 then
    refuse("the event was not understood", "a schedule, an SNS message, an SQS batch, an OpsItem event of EventBridge, "
      .. 'or {"command": "scan"}', asides[1] and asides[1].reason)
  end
  return wish
end

---Reads an event. Raises plumb.Problem E103 when nobody can tell what it wants.
---@param text string  as the runtime API gives it
---@return plumb.Wish
---@see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
---@see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
function event.read(text)
  local body = json.decode(text)
  if type(body) ~= "table" or json.is_list(body) and #body > 0 then
    refuse("the event is no JSON object", '{"command": "scan"}')
  end
  if body.command ~= nil then return command_of(body) end
  if body["detail-type"] == "Scheduled Event" then return { kind = "schedule" } end
  return hints_of(text, body)
end

return event
