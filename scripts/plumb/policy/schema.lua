-- What a policy may contain: every setting with its type and limits, every hook with its arguments and
-- result. The defaults and their explanations are in policy/default.lua; a spec holds the two together.
-- The limits are those of the services that the values go to, so that they are refused here, with file
-- and line, and not by a call in the middle of a run.

local outcome = require("plumb.policy.outcome")
local serve = require("plumb.policy.serve")

local M = {}

local function text(rules)
  rules = rules or {}
  rules.type = "text"
  return rules
end

local function list(of, example)
  return { type = "list", of = of, example = example }
end

-- "Source must not contain aws, amazon or amzn" (CreateOpsItem).
local function check_source(value)
  local word = value:lower():match("aws") or value:lower():match("amazon") or value:lower():match("amzn")
  return word and ("OpsCenter refuses a source that contains '%s'"):format(word)
end

local function check_topic(value)
  if not value:find("^arn:[%w-]+:sns:[%w-]+:%d+:[%w_.-]+$") then
    return "it is not the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:111122223333:reviews"
  end
end

local function check_tag_key(key)
  return key:lower():find("^aws:") and "tag names that begin with 'aws:' belong to AWS"
end

local function check_region(value)
  if not value:find("^%l%l+%-[%l%-]+%-%d+$") then
    return "it is not the name of a Region, such as eu-west-1"
  end
end

local function check_role(value)
  if not value:find("^arn:[%w%-]+:iam::%d+:role/[%g]+$") then
    return "it is not the ARN of a role, such as arn:aws:iam::111122223333:role/plumb"
  end
end

local severity = text { max = 64, number_too = true }
local globs = list(text {}, '{ "prod-*" }')

local NONE_RULES = {
  { "ids", globs },
  { "titles", globs },
  { "practices", globs },
  { "none", globs },
}

---The settings in the order in which people meet them.
---@type { [1]: string, [2]: table }[]
M.settings = {
  { "lenses", list(text {}, '{ "wellarchitected", "serverless" }') },
  { "workloads", globs },
  { "shared", { type = "flag" } },
  { "regions", list(text { check = check_region }, '{ "eu-west-1", "us-east-1" }') },
  { "accounts", list({ type = "record", fields = {
    { "name", text { max = 128 } },
    { "role", text { check = check_role } },
    { "external_id", text { max = 1224 } },
    { "regions", list(text { check = check_region }, '{ "eu-west-1" }') },
    { "tags", { type = "map", key = text {}, of = text { blank = true }, example = '{ Team = "shop" }' } },
  } }, '{ { name = "shop", role = "arn:aws:iam::111122223333:role/plumb" } }') },
  { "organization_role", text { max = 64, off = true } },
  { "items_in", { type = "record", fields = {
    { "role", text { check = check_role } },
    { "external_id", text { max = 1224 } },
    { "region", text { check = check_region } },
  } } },
  { "risks", list(text { enum = { "HIGH", "MEDIUM" } }, '{ "HIGH", "MEDIUM" }') },
  { "pillars", list(text {}, '{ "security", "reliability" }') },
  { "none_choices", { type = "record", fields = {
    { "ids", globs },
    { "titles", globs },
    { "lenses", { type = "map", key = text {}, of = { type = "record", fields = NONE_RULES },
      example = '{ ["arn:aws:wellarchitected:*:lens/0123*"] = { practices = { "public_no" } } }' } },
  } } },
  { "group", text { enum = { "practice", "question", "pillar", "workload" }, hook = { args = { "finding" } } } },
  { "source", text { max = 128, check = check_source } },
  { "severities", { type = "record", fields = { { "HIGH", severity }, { "MEDIUM", severity } } } },
  { "category", text { max = 64, off = true } },
  { "notifications", list(text { check = check_topic }, '{ "arn:aws:sns:eu-west-1:111122223333:reviews" }') },
  { "tags", { type = "map", key = text { max = 128, check = check_tag_key }, of = text { max = 256, blank = true },
    most = 50, example = '{ Team = "platform" }' } },
  { "parallel", { type = "integer", min = 1, max = 64 } },
  { "budget", { type = "record", fields = {
    { "run", { type = "integer", min = 1, off = true } },
    { "workload", { type = "integer", min = 1, off = true } },
    { "month", { type = "integer", min = 1, off = true } },
  } } },
  { "flood", { type = "integer", min = 1, off = true } },
  { "full_check", { type = "duration" } },
  { "ambiguous", text { enum = { "wait", "retry" } } },
  { "quarantine", { type = "duration" } },
  { "resolve_overlap", { type = "duration" } },
  { "look_first", { type = "flag" } },
  { "answer_notes", { type = "flag" } },
  { "milestone", text { max = 50, off = true } },
  { "accepted_notice", { type = "duration", off = true } },
  { "serve", serve.spec },
}

local function fail(message, ...)
  return nil, message:format(...)
end

local function named(value)
  if type(value) == "string" then
    local short = #value > 60 and value:sub(1, (utf8.offset(value, 0, 58) or 58) - 1) .. "..." or value
    return ("the text \"%s\""):format(short)
  elseif value == nil then
    return "nothing"
  elseif type(value) == "table" or type(value) == "function" then
    return "a " .. type(value)
  end
  return tostring(value)
end
M.named = named

local function yes_or_no(value)
  if type(value) ~= "boolean" then
    return fail("it must return true or false, not %s", named(value))
  end
  return value
end

local function words(value)
  if type(value) ~= "string" or not value:find("%S") then
    return fail("it must return a text, not %s", value == "" and "an empty one" or named(value))
  end
  return value
end

-- The name of a group is part of its key and of its item's operational data.
local function group_name(value)
  local name, message = words(value)
  if name and (utf8.len(name) or #name) > 128 then
    return fail("the name of a group has at most 128 characters, this one %d", utf8.len(name) or #name)
  end
  return name, message
end

local function severity_text(value)
  if math.type(value) == "integer" then
    value = tostring(value)
  end
  if type(value) ~= "string" or not value:find("%S") then
    return fail('it must return a text such as "2", not %s', named(value))
  elseif (utf8.len(value) or #value) > 64 then
    return fail("a severity has at most 64 characters, this one %d", utf8.len(value) or #value)
  end
  return value
end

-- "Operational data keys can't begin with amazon, aws, amzn, ssm, /amazon, /aws, /amzn, /ssm", but for the
-- three that the service defines; of these, plumb itself writes the other two.
local function reserved_prefix(key)
  if key == "/aws/automations" then
    return nil
  end
  local bare = key:lower():gsub("^/", "")
  return bare:match("^aws") or bare:match("^amazon") or bare:match("^amzn") or bare:match("^ssm")
end

local function field_value(key, value)
  if type(value) == "number" or type(value) == "boolean" then
    return tostring(value)
  elseif type(value) ~= "string" then
    return fail("field '%s' must be a text, not %s", key, named(value))
  end
  return value
end

local function field_map(value)
  if type(value) ~= "table" then
    return fail('it must return a table such as { Team = "platform" }, not %s', named(value))
  end
  local result = {}
  for key, element in pairs(value) do
    if type(key) ~= "string" or not key:find("%S") then
      return fail("every field needs a name: { Team = %s }", named(element))
    elseif (utf8.len(key) or #key) > 128 then
      return fail("the name of a field has at most 128 characters; '%s...' has more", key:sub(1, 40))
    elseif reserved_prefix(key) then
      return fail("field '%s' begins with '%s', which AWS keeps for itself", key, reserved_prefix(key))
    end
    local checked, message = field_value(key, element)
    if not checked then
      return nil, message
    end
    result[key] = checked
  end
  return result
end

local function item_or_flag(value)
  if type(value) ~= "table" and type(value) ~= "boolean" then
    return fail("it must return the item, or false to leave it out, not %s", named(value))
  end
  return value
end

---The hooks: what they are given, how their result is checked, and whether they may wait.
---`result` answers the value to use, or nil and what is wrong with it.
---`setting` marks the one that may be a word as well.
---@type table<string, { args: string[], result: function, waits: boolean?, setting: boolean? }>
M.hooks = {
  group = { args = { "finding" }, result = group_name, setting = true },
  workload = { args = { "workload" }, result = yes_or_no },
  lens = { args = { "workload", "lens" }, result = yes_or_no },
  filter = { args = { "finding" }, result = yes_or_no },
  title = { args = { "finding" }, result = words },
  describe = { args = { "finding" }, result = words },
  severity = { args = { "finding" }, result = severity_text },
  fields = { args = { "finding" }, result = field_map },
  before_create = { args = { "item" }, result = item_or_flag, waits = true },
  on_resolve = { args = { "item" }, result = outcome.normal, waits = true },
}

---The hooks in the order of a run, but for those that are settings as well.
M.hook_order = { "workload", "lens", "filter", "title", "describe", "severity", "fields",
  "before_create", "on_resolve" }

---Everything a policy file may return, as one record.
---@return table spec
function M.policy()
  local fields = table.move(M.settings, 1, #M.settings, 1, {})
  for _, name in ipairs(M.hook_order) do
    fields[#fields + 1] = { name, { type = "hook", args = M.hooks[name].args } }
  end
  return { type = "record", fields = fields }
end

return M
