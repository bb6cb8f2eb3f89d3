-- What the OpsItems of a world say, by the service's own records and by a reading of its own: which practices each
-- open item asks for, and whether one is asked for twice.

local cjson = require "cjson"
local draft = require "plumb.draft"
local apply = require "plumb.apply"

local M = {}

local function value(item, name)
  local entry = item.OperationalData[name]
  return entry and entry.Value
end

---The OpsItems of a world as they are now.
---@param w tests.World
---@param only_open? boolean
---@return table[]
function M.items(w, only_open)
  local list = {}
  for _, record in ipairs(w.sim.world.opsitems) do
    local item = record.current
    local open = item.Status == "Open" or item.Status == "InProgress"
    if not record.deleted_at and (open or not only_open) then list[#list + 1] = item end
  end
  return list
end

-- "workload/question/choice" of each practice that an item asks for.
local function asked(item)
  local names, i = {}, 1
  local function add(question, choice)
    names[#names + 1] = ("%s/%s/%s"):format(value(item, "WorkloadId"), question, choice)
  end
  if value(item, "ChoiceId") then add(value(item, "QuestionId"), value(item, "ChoiceId")) end
  while value(item, i == 1 and "Practices" or "Practices " .. i) do
    for _, questions in pairs(cjson.decode(value(item, i == 1 and "Practices" or "Practices " .. i))) do
      for question, choices in pairs(questions) do
        for _, choice in ipairs(choices) do add(question, choice) end
      end
    end
    i = i + 1
  end
  return names
end
M.asked = asked

---The first practice that two open items ask for, or nil.
---@param w tests.World
---@return string?
function M.doubles(w)
  local seen = {}
  for _, item in ipairs(M.items(w, true)) do
    for _, name in ipairs(asked(item)) do
      if seen[name] then return ("%s: %s and %s"):format(name, seen[name], item.OpsItemId) end
      seen[name] = item.OpsItemId
    end
  end
end

---How many practices open items ask for.
---@param w tests.World
---@return integer
function M.count(w)
  local n = 0
  for _, item in ipairs(M.items(w, true)) do n = n + #asked(item) end
  return n
end

---An item by its id.
---@param w tests.World
---@param id string
---@return table
function M.item(w, id)
  for _, item in ipairs(M.items(w)) do
    if item.OpsItemId == id then return item end
  end
  error("no item " .. id, 2)
end

---One scan as the command makes it: with what it takes over, closes and looks at of its own accord.
---@param w tests.World
---@param args? table
---@return plumb.Plan plan
---@return plumb.Outcome[] outcomes
function M.scan(w, args)
  local plan = draft.draw_up(w:begin(args or {}), "scan")
  plan:finish { budget = w.policy.budget, limit = args and args.limit }
  return plan, apply.plan(plan, { opener = w.plumb.opener, settler = w.plumb.settler, policy = w.policy })
end

---Everything the state holds is lost.
---@param w tests.World
function M.forget(w)
  for _, kind in ipairs { "finding", "item", "item_group", "applying", "mark" } do
    for record in w.store:each(kind) do assert(w.store:commit { { "delete", kind, record } }) end
  end
end

---Puts another policy in force.
---@param w tests.World
---@param text string
function M.policy(w, text)
  w.policy = require("plumb.policy").load { text = text, env = function() return nil end }
end

---The next writes to the state are refused, as if the process ended there.
---@param w tests.World
---@param after integer  how many commits still succeed
---@return function undo
function M.crash_after(w, after)
  local store, left = w.store, after
  w.store = setmetatable({ commit = function(_, ...)
    if left == 0 then error("crash", 0) end
    left = left - 1
    return store:commit(...)
  end }, { __index = function(_, name)
    local found = store[name]
    return type(found) == "function" and function(_, ...) return found(store, ...) end or found
  end })
  return function() w.store = store end
end

return M
