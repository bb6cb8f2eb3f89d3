-- help(x): what an operation, a job, a policy field or a dot-command does, in the words of the tables that drive them.

local columns = require("plumb.cli.help").columns
local dot = require("plumb.repl.dot")
local jobs = require("plumb.repl.jobs")
local operation = require("plumb.cli.operation")
local operations = require("plumb.repl.operations")
local pages = require("plumb.aws.pages")
local problem = require("plumb.problem")
local reads = require("plumb.aws.reads")
local suggest = require("plumb.suggest")
local try_policy = require("plumb.repl.try_policy")

local M = {}

local function example_of(name, service, input, paged)
  local words = {}
  for _, member in ipairs(input and input.required or {}) do
    local shape = service.shapes[input.members[member].shape]
    words[#words + 1] = ("%s = %s"):format(member, shape.enum and '"' .. shape.enum[1] .. '"' or "…")
  end
  local call = ("%s{%s}"):format(name, #words > 0 and " " .. table.concat(words, ", ") .. " " or "")
  return paged and ("for x in %s do … end"):format(call) or call
end

local function of_operation(of)
  local service, name = of.service, of.name .. "." .. of.operation
  local input = service.shapes[service.operations[of.operation].input]
  local plan = pages.plan(service, of.operation)
  local text = operation.describe(service, of.operation):gsub("^[^\n]*", "", 1)
  local result = plan and ("listing of %s; pages come by themselves"):format(plan.items)
    or reads(service, of.operation) and "reads" or "changes something: needs .write on"
  return ("%s{…}  %s%s\nExample\n  %s\n"):format(name, result, text,
    example_of(name, service, input, plan ~= nil))
end

local function of_service(of)
  local names = {}
  for name in pairs(of.service.operations) do
    names[#names + 1] = name
  end
  table.sort(names)
  return ("%s: %s\n\n  %s\n\nhelp(%s.%s) tells more.\n"):format(of.name,
    of.service.full_name or of.service.service_id, table.concat(names, "\n  "), of.name, names[1])
end

local function of_job(name, job)
  local fields = job.fields and "\nIts table may have: " .. table.concat(job.fields, ", ") or ""
  return ("%s: %s\n  %s%s\n"):format(name, job.help, job.usage, fields)
end

-- The comment above a field in policy/default.lua, which documents them all.
local function comment_of(name)
  local text = require("plumb.scripts").source("policy/default.lua") or ""
  local lines = {}
  for line in text:gmatch("([^\n]*)\n") do
    if line:find("^%s*" .. name .. "%s*=") or line:find("^%s*function%s+[%w_.]*" .. name .. "%(") then
      break
    end
    local comment = line:match("^%s*%-%-%-? ?(.*)$")
    lines = comment and lines or {}
    lines[#lines + 1] = comment and not comment:find("^@") and comment or nil
  end
  return table.concat(lines, "\n")
end

local function of_policy(session, name)
  local kind = try_policy.fields()[name]
  local policy = session.place:context().policy
  local hook = require("plumb.policy.schema").hooks[name]
  local use = hook and ("policy.%s(%s)"):format(name, table.concat(hook.args, ", ")) or "policy." .. name
  return ("%s: %s of the policy, from %s\n%s\n"):format(use, kind, policy:origin(name), comment_of(name))
end

local function of_command(command)
  return ("%s\n  %s\n"):format(command.usage, command.help)
end

local function general()
  local commands, names = {}, {}
  for i, command in ipairs(dot.list()) do
    commands[i] = { command.usage, command.help }
  end
  for name, job in pairs(jobs.jobs) do
    names[#names + 1] = { name .. "{}", job.help }
  end
  table.sort(names, function(a, b) return a[1] < b[1] end)
  names[#names + 1] = { "whatif(risk)", require("plumb.repl.what_if").help }
  return table.concat({
    "Lua with AWS at hand. What is not finished goes on on the next line; Tab completes; NAME? is help.",
    "\nLook\n" .. columns(names),
    "\nCall\n" .. columns({
      { "wa.ListWorkloads{}", "any operation of wa, ssm, sts, sqs, sns, dynamodb, organizations" },
      { 'ec2 = model "FILE"', "operations of a published model, service-2.json" },
      { "policy.title(_)", "try a hook of the policy on live data; policy.risks is a setting" },
      { "plumb", "plumb's own parts; require \"plumb.json\" any module" },
    }),
    "\nResults\n" .. columns({
      { "_, _1 to _9", "the last result, and the ones before it" },
      { "_err", "the last error" },
    }),
    "\nCommands\n" .. columns(commands),
  }, "\n") .. "\n"
end

-- "wa.ListAnswers", "policy.title", ".mode", "risks": what somebody typed before a question mark.
local function by_name(session, name)
  local command = name:match("^%.?(%a+)$")
  local service, rest = name:match("^([%a_][%w_]*)[.:]([%w_]+)$")
  if jobs.jobs[name] then
    return of_job(name, jobs.jobs[name])
  elseif name == "whatif" then
    return of_job(name, require("plumb.repl.what_if"))
  elseif service == "policy" and try_policy.fields()[rest] then
    return of_policy(session, rest)
  elseif command and dot.find(command) and rawget(session.env, name) == nil then
    return of_command(dot.find(command))
  end
  local value = rawget(session.env, service or name)
  local of = value and operations.describe(value)
  if of and rest then
    operation.operation(of.service, rest) -- raises with a suggestion
    return of_operation({ name = of.name, service = of.service, operation = rest })
  end
  return of and of_service(of)
end

local function nothing_known(session, name)
  local known = {}
  for _, from in ipairs({ jobs.jobs, session.env }) do
    for key in next, from do
      known[#known + 1] = key
    end
  end
  for _, command in ipairs(dot.list()) do
    known[#known + 1] = command[1]
  end
  local near = suggest.suggest(name, known)
  problem.raise({ id = "E103", what = ("there is no help on '%s'"):format(name),
    fix = near and ("did you mean '%s'?"):format(near) or ".help lists what there is" })
end

-- Which job a function is.
local function job_of(session, value)
  for name in pairs(jobs.jobs) do
    if rawequal(rawget(session.env, name), value) then
      return name
    end
  end
  return rawequal(rawget(session.env, "whatif"), value) and "whatif" or nil
end

---How to call a job, when a function is one: who comes from a shell types its bare name.
---@param session plumb.Repl
---@param value any
---@return string?
function M.to_call(session, value)
  local name = type(value) == "function" and job_of(session, value)
  return name and ("%s is a function: %s calls it; %s? is help"):format(name,
    name == "whatif" and "whatif(risk)" or name .. "{}", name)
end

---Help on something.
---@param session plumb.Repl
---@param subject? any  a name, or the thing itself; everything unless told
---@return string text  ends in a newline
function M.text(session, subject)
  if subject == nil then
    return general()
  elseif type(subject) == "string" then
    return by_name(session, subject) or nothing_known(session, subject)
  end
  local of = operations.describe(subject)
  local name = type(subject) == "function" and job_of(session, subject)
  if of then
    return of.operation and of_operation(of) or of_service(of)
  elseif try_policy.name_of(subject) then
    return of_policy(session, try_policy.name_of(subject))
  elseif try_policy.is(subject) then
    return tostring(subject) .. "\nFields: " .. table.concat(require("plumb.policy.schema").hook_order, ", ")
      .. " and every setting; plumb check lists them with their values.\n"
  elseif name then
    return by_name(session, name)
  end
  return ("a %s; help(wa.ListAnswers) tells of an operation, .help of everything\n"):format(type(subject))
end

---The operations of all services that a session has, by part of their name.
---@param session plumb.Repl
---@param text string  "" for all
---@return string
function M.operations(session, text)
  local rows, wanted = {}, text:lower()
  for name, value in next, session.env do
    local of = operations.describe(value)
    for operation_name in pairs(of and not of.operation and of.service.operations or {}) do
      local full = name .. "." .. operation_name
      if full:lower():find(wanted, 1, true) then
        rows[#rows + 1] = { full, reads(of.service, operation_name) and "reads" or "changes something" }
      end
    end
  end
  table.sort(rows, function(a, b) return a[1] < b[1] end)
  if #rows == 0 then
    problem.raise({ id = "E109", what = ("no operation has '%s' in its name"):format(text), fix = ".ops lists all" })
  end
  return columns(rows)
end

return M
