-- What every sink receives: a work item made from a finding and the policy. Pure. It enforces the
-- limits that OpsCenter has, by cutting at a character boundary and saying so, because a policy's
-- text comes from other people's workload names.

local finding_of = require "plumb.finding"
local json = require "plumb.json"

local item = {}

-- https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateOpsItem.html
item.TITLE_LIMIT = 1024        -- characters
item.DESCRIPTION_LIMIT = 2048  -- characters
item.VALUE_LIMIT = 20 * 1024   -- bytes of one operational-data value

-- The searchable entry by which an item is found again, even when the state file is lost.
item.KEY_FIELD = "FindingKey"
-- What plumb leaves on an item that it resolved itself, so that the echo is known.
item.CLOSED_FIELD = "ClosedByPlumb"
-- What people set to say what their resolving means.
item.OUTCOME_FIELD = "Outcome"

local ELLIPSIS = "…"

-- The first bytes of text, at most `limit`, ending at a character boundary.
local function first_bytes(text, limit)
  local stop = limit
  while stop > 0 and text:byte(stop + 1) and text:byte(stop + 1) & 0xC0 == 0x80 do stop = stop - 1 end
  return text:sub(1, stop)
end

---Text of at most `limit` characters; a longer one ends in "…".
---@param text string
---@param limit integer  characters
---@return string text
---@return boolean cut
function item.cut_characters(text, limit)
  local length = utf8.len(text)
  if not length then return item.cut_bytes(text, limit) end -- not UTF-8: a byte is a character
  if length <= limit then return text, false end
  return text:sub(1, utf8.offset(text, limit) - 1) .. ELLIPSIS, true
end

---Text of at most `limit` bytes; a longer one ends in "…".
---@param text string
---@param limit integer  bytes
---@return string text
---@return boolean cut
function item.cut_bytes(text, limit)
  if #text <= limit then return text, false end
  return first_bytes(text, limit - #ELLIPSIS) .. ELLIPSIS, true
end

-- What plumb itself needs on the item: to be found again, and to be routed without asking anybody.
local function own_fields(found)
  return {
    ["/aws/resources"] = json.encode(json.list { { arn = found.workload.WorkloadArn } }),
    ["/aws/dedup"] = json.encode { dedupString = finding_of.dedup(found.key) },
    WorkloadId = found.workload.WorkloadId,
    LensArn = found.lens.LensArn or found.lens_arn,
    QuestionId = found.question.QuestionId,
    ChoiceId = found.choice.ChoiceId,
    [item.KEY_FIELD] = found.key,
  }
end

local function fields_of(found, given, cuts)
  local fields = {}
  for name, value in pairs(given) do
    -- An empty value is refused by OpsCenter, and says nothing either.
    if value:find("%S") then
      local was_cut
      fields[name], was_cut = item.cut_bytes(value, item.VALUE_LIMIT)
      if was_cut then cuts[#cuts + 1] = ("field '%s' (20 KB)"):format(name) end
    end
  end
  for name, value in pairs(own_fields(found)) do fields[name] = value end
  return fields
end

---@class plumb.Item
---@field key string            the finding's
---@field title string
---@field description string    Markdown
---@field severity string
---@field source string
---@field category? string
---@field fields table<string, string>  operational data, all searchable
---@field notifications string[]  SNS topic ARNs
---@field tags table<string, string>
---@field related string[]      ids of earlier items for the same practice
---@field cuts string[]         what did not fit: "title (1024 characters)"

---Makes the item for a finding.
---@param found table  a finding
---@param policy table
---@param previous? string  the id of the item that was made for it before
---@return plumb.Item|nil
---@return plumb.Problem? problem  E411 when a hook of the policy failed
function item.of(found, policy, previous)
  local values, cuts = {}, {}
  for _, hook in ipairs { "title", "describe", "severity", "fields" } do
    local failure
    values[hook], failure = policy:call(hook, found)
    if failure then return nil, failure end
  end
  local title, title_cut = item.cut_characters(values.title, item.TITLE_LIMIT)
  local description, description_cut = item.cut_characters(values.describe, item.DESCRIPTION_LIMIT)
  if title_cut then cuts[#cuts + 1] = ("title (%d characters)"):format(item.TITLE_LIMIT) end
  if description_cut then
    cuts[#cuts + 1] = ("description (%d characters)"):format(item.DESCRIPTION_LIMIT)
  end
  return {
    key = found.key,
    title = title,
    description = description,
    severity = values.severity,
    source = policy.source,
    category = policy.category or nil,
    fields = fields_of(found, values.fields, cuts),
    notifications = policy.notifications,
    tags = policy.tags,
    related = previous and { previous } or {},
    cuts = cuts,
  }
end

return item
