-- What became of the items that people named on the command line and that are not in the plan: people who name one
-- want to know why nothing happens.

local problem = require "plumb.problem"

local named = {}

-- The failure of an item that no place has; nil when one of them has it, or could not be asked.
local function absent_everywhere(id, inboxes, places)
  local failure
  if #inboxes < places then return nil end
  for _, inbox in ipairs(inboxes) do
    failure = inbox.absent[id]
    if not failure then return nil end
  end
  return failure
end

-- Why an item that is there is left alone; nil when it is not.
local function reason(id, inboxes)
  for _, inbox in ipairs(inboxes) do
    if inbox.dealt_with[id] then return "it was dealt with before" end
    for _, found in ipairs(inbox.not_resolved) do
      if found.id == id then return ("it is %s, and nobody has resolved it"):format(found.status) end
    end
  end
end

---Says of each named item why it is left alone, and adds a problem to the plan for one that is in none of the places.
---@param cli plumb.Cli
---@param plan plumb.Plan
---@param ids string[]
---@param inboxes plumb.Inbox[]  of the places that were asked
---@param places integer         how many places the run has
function named.tell(cli, plan, ids, inboxes, places)
  local told = {}
  for _, id in ipairs(ids) do
    local failure = not told[id] and absent_everywhere(id, inboxes, places)
    local because = not told[id] and reason(id, inboxes)
    told[id] = true
    if failure then
      plan:fail(problem.new { id = "E324", what = ("there is no OpsItem %s"):format(id),
        where = ("none of the %d places of this run"):format(places), because = tostring(failure),
        fix = "plumb item list" })
    elseif because then
      cli.note(("Left alone %s: %s."):format(id, because))
    end
  end
end

return named
