-- Risks that people accepted until a day: which of them end soon, so that somebody can decide again before the next
-- scan asks with a new item. Reads the state alone; nobody knows from it whether a practice is still missing.

local day = require "plumb.policy.day"

local acceptance = {}

---@class plumb.Ending  an acceptance that ends soon
---@field ends string       "2027-06-30"
---@field id string?        the item that was resolved with it
---@field risk string?
---@field workload string?
---@field lens string
---@field question string
---@field choice string
---@field title string?
---@field key string

local function row_of(record)
  return { ends = day.text(record.accepted_until), id = record.item_id, risk = record.risk,
    workload = record.workload_name, lens = record.lens_alias or record.lens_arn, question = record.question_id,
    choice = record.choice_id, title = record.title, key = record.key }
end

---The acceptances that end within some time, the first to end first.
---@param store plumb.Store
---@param now number            epoch seconds
---@param within number|nil     seconds; nil or false for none
---@return plumb.Ending[]
function acceptance.ending(store, now, within)
  local records, rows = {}, {}
  if not within then return rows end
  for record in store:each("finding", { status = "accepted" }) do
    local ends = record.accepted_until
    if ends and ends > now and ends <= now + within then records[#records + 1] = record end
  end
  table.sort(records, function(a, b)
    if a.accepted_until ~= b.accepted_until then return a.accepted_until < b.accepted_until end
    return a.key < b.key
  end)
  for i, record in ipairs(records) do rows[i] = row_of(record) end
  return rows
end

return acceptance
