-- Tables handed to a policy: they can be read, never changed, and a misspelt field is an error instead of
-- a silent nil. Which fields there are comes from AWS's own shapes; one that AWS left out is nil.

local suggest = require("plumb.suggest")

local M = {}

local raw = setmetatable({}, { __mode = "k" }) -- view -> the table behind it

local function frozen()
  error("this table is read-only; make a new one and return it", 2)
end

-- An empty table that answers from `source`; `read` answers for a key, or raises at its caller's caller.
local function proxy(source, read)
  local function step(_, key)
    local following = next(source, key)
    if following ~= nil then
      return following, read(following)
    end
  end
  local made = setmetatable({}, {
    __index = function(_, key)
      local value = read(key) -- no tail call: errors count the levels up to the policy
      return value
    end,
    __newindex = frozen,
    __len = function()
      return #source
    end,
    __pairs = function(self)
      return step, self, nil
    end,
    __metatable = false,
  })
  raw[made] = source
  return made
end

---Whether a value is one of these tables.
---@param value any
---@return boolean
function M.is(value)
  return raw[value] ~= nil
end

local DEEPEST = 64 -- tables in tables; nothing that anybody wants is that deep

local function plain(value, done, depth)
  if type(value) ~= "table" then
    return value
  elseif done[value] == nil and depth <= DEEPEST then
    done[value] = false -- under way: a table inside itself is left out
    local copy = {}
    for key, element in pairs(value) do
      copy[key] = plain(element, done, depth + 1)
    end
    done[value] = copy
  end
  return done[value] or nil
end

---A copy without views, for results that leave the policy. Each table is copied once; one that contains
---itself is cut there, and so is what lies deeper than 64 tables.
---@param value any
---@return any
function M.plain(value)
  return plain(value, {}, 1)
end

---A read-only table whose unknown fields raise what `complain` answers for the key.
---@param source table
---@param complain fun(key: any): string
---@return table
function M.closed(source, complain)
  return proxy(source, function(key)
    local value = source[key]
    if value == nil then
      error(complain(key), 3)
    end
    return value
  end)
end

---A read-only table, to any depth, where an unknown field is nil.
---@param source table
---@return table
function M.open(source)
  local children = {}
  return proxy(source, function(key)
    local value = source[key]
    if type(value) ~= "table" or M.is(value) then
      return value
    end
    children[key] = children[key] or M.open(value)
    return children[key]
  end)
end

-- ## Kinds: what is known of a table

---@class plumb.policy.Kind
---@field label string  "a workload"
---@field names table<string, plumb.policy.Kind|true>  the fields, with the kind of those that are tables
---@field elsewhere table<string, string>  fields that only another operation answers: name -> operation

local function shapes()
  return require("plumb.aws.service.wellarchitected").shapes
end

local by_shape = {}

-- The kind of a structure; a list of them has the kind under `of`.
local function kind_of(shape_name)
  local shape = shapes()[shape_name]
  if shape.type == "list" then
    return { of = kind_of(shape.member.shape) }
  elseif shape.type ~= "structure" then
    return true
  elseif not by_shape[shape_name] then
    local kind = { label = "a " .. shape_name, names = {}, elsewhere = {} }
    by_shape[shape_name] = kind
    for name, member in pairs(shape.members) do
      kind.names[name] = kind_of(member.shape)
    end
  end
  return by_shape[shape_name]
end

-- A summary, and where the fields are that only the whole thing has.
local function summary(shape_name, label, whole, operation)
  local kind = kind_of(shape_name)
  kind.label = label
  if whole and not next(kind.elsewhere) then
    for name in pairs(shapes()[whole].members) do
      kind.elsewhere[name] = not kind.names[name] and operation or nil
    end
  end
  return kind
end

local KINDS = {}

function KINDS.workload()
  return summary("WorkloadSummary", "a workload", "Workload", "GetWorkload")
end

function KINDS.lens()
  return summary("LensReviewSummary", "a lens", "LensReview", "GetLensReview")
end

function KINDS.question()
  return summary("AnswerSummary", "a question", "Answer", "GetAnswer")
end

function KINDS.choice()
  return summary("Choice", "a choice")
end

function KINDS.group()
  local practice = { label = "a practice of a group", elsewhere = {}, names = { title = true, choice_id = true,
    question_id = true, risk = true, url = true, done = true } }
  return { label = "a group", elsewhere = {}, names = { mode = true, name = true, title = true, pillar = true,
    question_id = true, count = true, total = true, practices = { of = practice } } }
end

function KINDS.finding()
  return { label = "a finding", elsewhere = {}, names = { key = true, risk = true, partition = true,
    account = true, region = true, plan_url = true, console_url = true,
    workload = KINDS.workload(), lens = KINDS.lens(),
    question = KINDS.question(), choice = KINDS.choice(), group = KINDS.group() } }
end

function KINDS.item()
  return { label = "an item", elsewhere = {}, names = { id = true, status = true, title = true,
    finding = KINDS.finding(), fields = true, outcome_field = true } }
end

local made_kinds = {}

-- The field that was meant: a mistyped one, or one whose last word was written alone, `name` for WorkloadName.
local function meant(key, names)
  local near = suggest.key(key, names)
  if near then
    return near
  end
  local found
  for name in pairs(names) do
    if #key > 1 and name:sub(-#key):lower() == key:lower() then
      found = (not found or name < found) and name or found
    end
  end
  return found
end

local function complaint(kind, key)
  if kind.elsewhere[key] then
    return ("'%s' is not a field of %s here: only %s knows it, and plumb does not call that for each one"):format(
      key, kind.label, kind.elsewhere[key])
  end
  local near = type(key) == "string" and meant(key, kind.names)
  local far = type(key) == "string" and not near and suggest.key(key, kind.elsewhere)
  if far then
    return ("'%s' is not a field of %s (did you mean '%s'? only %s knows it)"):format(key, kind.label, far,
      kind.elsewhere[far])
  end
  return ("'%s' is not a field of %s%s"):format(tostring(key), kind.label,
    near and (" (did you mean '%s'?)"):format(near) or "")
end

local function of_kind(source, kind)
  if kind == true or kind == nil then
    return M.open(source)
  end
  local children = {}
  return proxy(source, function(key)
    local value = source[key]
    local known = kind.of or kind.names[key]
    if value == nil and not known then
      error(complaint(kind, key), 3)
    elseif type(value) ~= "table" or M.is(value) then
      return value
    end
    children[key] = children[key] or of_kind(value, known)
    return children[key]
  end)
end

---What is known of the tables that hooks are given.
---@param kind_name "finding"|"workload"|"lens"|"question"|"choice"|"group"|"item"
---@return plumb.policy.Kind
function M.kind(kind_name)
  made_kinds[kind_name] = made_kinds[kind_name] or KINDS[kind_name]()
  return made_kinds[kind_name]
end

---Why a table of a kind cannot have a field; nil when it can.
---@param kind plumb.policy.Kind
---@param key any
---@return string|nil
function M.unknown_field(kind, key)
  return not kind.names[key] and complaint(kind, key) or nil
end

---A read-only view that knows its fields.
---@param source table
---@param kind_name "finding"|"workload"|"lens"|"question"|"choice"|"item"
---@return table
function M.of(source, kind_name)
  if M.is(source) then
    return source
  end
  return of_kind(source, M.kind(kind_name))
end

return M
