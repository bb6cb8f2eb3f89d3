-- The policy: what a team decides about its reviews, in one Lua file over the defaults. This finds the file,
-- checks it as a whole before anything is done, and calls its hooks; what it may contain is in schema.lua and,
-- for people, in policy/default.lua.

local problem = require("plumb.problem")
local scripts = require("plumb.scripts")
local complain = require("plumb.policy.complain")
local find = require("plumb.policy.find")
local hooks = require("plumb.policy.hooks")
local none_choice = require("plumb.policy.none_choice")
local locate = require("plumb.policy.locate")
local overlay = require("plumb.policy.overlay")
local run = require("plumb.policy.run_file")
local sandbox = require("plumb.policy.sandbox")
local schema = require("plumb.policy.schema")
local time = require("plumb.time")
local validate = require("plumb.policy.validate")
local view = require("plumb.policy.view")
local world = require("plumb.policy.world")

local DEFAULT = "policy/default.lua"

---@class plumb.Policy
---@field path string|nil  the policy file, nil without one
---@field file_source plumb.policy.Source|nil  its text
---@field text string|nil  what it said when it was loaded
---@field notes string[]  what might surprise, for stderr
---@field seconds fun(name: string): number  a setting that is a time
local Policy = {}

local function is_field(name)
  for _, setting in ipairs(schema.settings) do
    if setting[1] == name then
      return true
    end
  end
  return schema.hooks[name] ~= nil
end

local function line_origin(source)
  return function(keys)
    local place = source.places[locate.path(keys)]
    return { kind = "file", source = source, line = place and place.key.line }
  end
end

-- The line of a hook is asked for when it fails; finding it means reading its whole file again.
local Hook = {}

function Hook.__index(hook, key)
  local place = key == "line" and hook.source.places[hook.name]
  return place and place.key.line or nil
end

local function take_hooks(self, values, source)
  for name in pairs(schema.hooks) do
    if type(values[name]) == "function" then
      self.hooks[name] = setmetatable({ name = name, fn = values[name], source = source }, Hook)
    elseif values[name] ~= nil then
      self.hooks[name] = nil -- a word, which goes before any function so far
    end
  end
end

-- A hook that may be a word as well answers that word where nobody wrote a function.
local function add_words(self, source)
  for name, hook in pairs(schema.hooks) do
    if hook.setting then
      self.hooks[name] = { source = source, fn = function()
        return self.values[name]
      end }
    end
  end
end

local default_source -- with its places, which take a while to find and never change

-- The defaults, which are a policy like any other; a mistake in them is a bug.
local function read_defaults(self, names)
  default_source = default_source or complain.source(DEFAULT, "scripts/" .. DEFAULT,
    scripts.source(DEFAULT) or error("policy/default.lua is missing"))
  local source = default_source
  local values, failure = run(source, sandbox.environment(names, is_field))
  if not values then
    error(tostring(failure) .. ": " .. tostring(failure.where) .. ": " .. tostring(failure.because))
  end
  values = validate.policy(values, function(complaint)
    error("policy/default.lua: " .. complain.about_field(source, complaint).what)
  end)
  take_hooks(self, values, source)
  add_words(self, source)
  self.defaults = self.hooks
  self.hooks = setmetatable({}, { __index = self.defaults })
  self.values = overlay.lay(nil, values, function()
    return { kind = "default" }
  end, self.origins)
  return values
end

local function read_file(self, found, names, problems)
  local chunk = found.shown:match("[^/]+$")
  local source = complain.source(found.shown, #chunk <= 50 and chunk or "policy.lua", found.text)
  rawset(self, "file_source", source)
  local values, failure = run(source, sandbox.environment(names, is_field))
  if not values then
    problems[#problems + 1] = failure
    return
  end
  values = validate.policy(values, function(complaint)
    problems[#problems + 1] = complain.about_field(source, complaint)
  end)
  take_hooks(self, values, source)
  self.values = overlay.lay(self.values, values, line_origin(source), self.origins)
end

-- --set as typed: a list of "KEY=VALUE", or a map.
local function sets(given)
  local list = {}
  for key, value in pairs(given or {}) do
    list[#list + 1] = math.type(key) and value or ("%s=%s"):format(key, tostring(value))
  end
  if not (given and #given > 0) then
    table.sort(list)
  end
  return list
end

local function read_sets(self, given, problems)
  for _, written in ipairs(sets(given)) do
    local values, message = overlay.read_set(written)
    if values then
      values = validate.policy(values, function(complaint)
        problems[#problems + 1] = complain.about_set(written, complaint)
      end)
      take_hooks(self, values)
      self.values = overlay.lay(self.values, values, function()
        return { kind = "set" }
      end, self.origins)
    else
      problems[#problems + 1] = complain.problem("set", { what = "this --set cannot be used",
        where = "--set " .. written, because = message, fix = "--set budget.run=100, for example" })
    end
  end
end

local function by_line(a, b)
  if (a.line or 0) ~= (b.line or 0) then
    return (a.line or 0) < (b.line or 0)
  elseif (a.col or 0) ~= (b.col or 0) then
    return (a.col or 0) < (b.col or 0)
  end
  return a.what < b.what
end

local function finish(self)
  self.views = {}
  for key, value in pairs(self.values) do
    self.views[key] = type(value) == "table" and view.open(value) or value
  end
  for name, hook in pairs(schema.hooks) do
    if not hook.setting then
      self.values[name], self.views[name] = nil, nil
    end
  end
  self.ready = true
  ---A setting that is a time, in seconds: policy.seconds("quarantine").
  ---@param name "quarantine"|"resolve_overlap"|"full_check"|"accepted_notice"
  ---@return number|nil  nil when it is false
  self.seconds = function(name)
    return self.values[name] and (time.duration(self.values[name])) or nil
  end
end

local M = {}

---Reads a policy and finds everything that is wrong with it. Calls nobody and raises nothing.
---@param opts { path: string?, env: (fun(name: string): string?)?, set: table?, text: string? }|nil  path from
---  --policy; set from --set, a list of "KEY=VALUE" or a map; text instead of a file
---@return plumb.Policy policy  what is right of it
---@return plumb.Problem[] problems  in the order of the file
function M.read(opts)
  opts = opts or {}
  local env = opts.env or os.getenv
  local self = setmetatable({ hooks = {}, origins = {}, bound = {}, ready = false, notes = {} }, Policy)
  local problems = {}
  local names = { policy = world.settings(self), aws = world.aws(self) }
  names.default = world.default(read_defaults(self, names))
  local found, failure
  if opts.text then
    found = { shown = opts.path or "policy.lua", path = opts.path or "policy.lua", text = opts.text }
  else
    found, failure = find.file(opts.path, env)
    self.notes = find.notes(found)
  end
  problems[1] = failure
  if found then
    rawset(self, "path", found.path)
    rawset(self, "text", found.text)
    read_file(self, found, names, problems)
    table.sort(problems, by_line)
  end
  read_sets(self, opts.set, problems)
  finish(self)
  return self, problems
end

---The problems of a policy, without raising them.
---@param opts string|table|nil  a path, or as for read
---@return plumb.Problem[]
function M.check(opts)
  local _, problems = M.read(type(opts) == "string" and { path = opts } or opts)
  return problems
end

---Loads the policy in force. Raises plumb.Problem E401 to E409 for the first thing wrong with it.
---@param opts table|nil  as for read
---@return plumb.Policy
function M.load(opts)
  local self, problems = M.read(opts)
  local first = problems[1]
  if first then
    local more = #problems - 1
    if more > 0 then
      first.fix = ("%s\n%d more %s: plumb check lists them all"):format(first.fix or "", more,
        more == 1 and "problem" or "problems"):gsub("^\n", "")
    end
    problem.raise(first)
  end
  return self
end

-- ## Using it

---Calls a hook. Waits if the hook does, which only before_create and on_resolve may.
---@param name string  "title"
---@param ... table  what it is asked about: workload; workload and lens; finding; or item
---@return any value  nil with a problem; on_resolve always gives a plumb.policy.Outcome
---@return plumb.Problem|nil problem  E408, E409 or E411; E331 when people wrote an Outcome that is none
function Policy:call(name, ...)
  if not schema.hooks[name] then
    error(("no policy hook '%s'"):format(tostring(name)), 2)
  end
  return hooks.call(self.hooks[name], self.defaults[name], name, ...)
end

---Tells the policy about the run: the caller's account number, the Region, and the AWS client that
---before_create and on_resolve may use. The default `workload` hook needs the account; false says that AWS
---could not be asked for it.
---@param run_facts { account: string|false?, region: string?, aws: table? }
function Policy:bind(run_facts)
  for key, value in pairs(run_facts) do
    self.bound[key] = value
  end
end

---Whether a choice means "none of these" and so is no best practice.
---@param lens { LensAlias: string?, LensArn: string? }
---@param choice { ChoiceId: string, Title: string? }
---@return boolean
function Policy:is_none_choice(lens, choice)
  return none_choice.is(self.values.none_choices, lens, choice)
end

local function origin_text(origin)
  if not origin or origin.kind == "default" then
    return "default"
  elseif origin.kind == "set" then
    return "--set"
  end
  return origin.line and ("%s:%d"):format(origin.source.shown, origin.line) or origin.source.shown
end

---Where a setting or hook was decided.
---@param path string  "budget.run"
---@return string  "policy.lua:12", "--set" or "default"
function Policy:origin(path)
  return origin_text(overlay.lookup(self.origins, path))
end

---Everything in force, in the order of policy/default.lua.
---@return { key: string, value: string, data: any, origin: string }[]
function Policy:describe()
  local values = {}
  for key, value in pairs(self.values) do
    values[key] = value
  end
  for name, hook in pairs(schema.hooks) do
    values[name] = (not hook.setting or self:is_own(name)) and self.hooks[name].fn or values[name]
  end
  local rows = overlay.rows(values, self.origins)
  for _, row in ipairs(rows) do
    row.origin = origin_text(row.origin)
    row.data = type(row.data) ~= "function" and row.data or nil
  end
  return rows
end

---Whether the user's policy, and not the defaults, decides a hook.
---@param name string
---@return boolean
function Policy:is_own(name)
  return rawget(self.hooks, name) ~= nil
end

---Settings are read as fields: policy.risks, policy.budget.run. An unknown one is a bug.
function Policy:__index(key)
  if Policy[key] ~= nil then
    return Policy[key]
  end
  local values = rawget(self, "values")
  if values and values[key] ~= nil then
    return values[key]
  elseif key == "path" or key == "text" or key == "file_source" then
    return nil
  end
  error(("no policy setting '%s'"):format(tostring(key)), 2)
end

return M
