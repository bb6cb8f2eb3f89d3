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
-- The reason of plumb cleanup, on the item and in the state: its practice is not asked for again until somebody
-- has dealt with it and it goes missing once more.
item.CLEANED_UP = "closed by plumb cleanup"
-- The reason, in the state, of what was missing already when somebody took a baseline: asked for in the same way.
item.BASELINE = "baseline"
-- The outcome, in the state, of an item that people opened again after it had been used up: it counts anew, and what
-- lists say of it may be from before.
item.REOPENED = "reopened"
-- What people set to say what their resolving means.
item.OUTCOME_FIELD = "Outcome"

---What people wrote into the entry Outcome of an item; nil when they wrote nothing. They may spell its name as they
---like: an "outcome" that went unseen would end as something ticked that nobody did.
---@param fields table<string, string>
---@return string?
function item.outcome(fields)
  local written = fields[item.OUTCOME_FIELD]
  local names = {}
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if name:lower():match "^%s*(.-)[%s:]*$" == item.OUTCOME_FIELD:lower() then written = written or fields[name] end
  end
  return written and written:find "%S" and written or nil
end

local ELLIPSIS = "…"

---Text that is UTF-8, whatever it was: a hook that cuts a name in the middle of a character costs that character
---(U+FFFD takes its place), not the run.
---@param text string
---@return string
function item.repaired(text)
  local from, parts = 1, {}
  while true do
    local _, bad = utf8.len(text, from)
    if not bad then break end
    parts[#parts + 1] = text:sub(from, bad - 1) .. "\u{FFFD}"
    from = bad + 1
  end
  parts[#parts + 1] = text:sub(from)
  return table.concat(parts)
end

local repaired = item.repaired

local function all_repaired(values)
  local new = {}
  for name, value in pairs(values) do new[type(name) == "string" and repaired(name) or name] = repaired(value) end
  return new
end

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
  text = repaired(text)
  if utf8.len(text) <= limit then return text, false end
  return text:sub(1, utf8.offset(text, limit) - 1) .. ELLIPSIS, true
end

---Text of at most `limit` bytes; a longer one ends in "…".
---@param text string
---@param limit integer  bytes
---@return string text
---@return boolean cut
function item.cut_bytes(text, limit)
  text = repaired(text)
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

local function fields_of(given, own, cuts)
  local fields = {}
  for name, value in pairs(given) do
    -- An empty value is refused by OpsCenter, and says nothing either.
    if value:find("%S") then
      local text, was_cut = item.cut_bytes(value, item.VALUE_LIMIT)
      fields[repaired(name)] = text
      if was_cut then cuts[#cuts + 1] = ("field '%s' (20 KB)"):format(repaired(name)) end
    end
  end
  for name, value in pairs(own) do fields[name] = value end
  return fields
end

-- Cuts what is too long for OpsCenter; names in `cuts` what was cut.
local function cut_texts(title, description, cuts)
  local title_cut, description_cut
  title, title_cut = item.cut_characters(title, item.TITLE_LIMIT)
  description, description_cut = item.cut_characters(description, item.DESCRIPTION_LIMIT)
  if title_cut then cuts[#cuts + 1] = ("title (%d characters)"):format(item.TITLE_LIMIT) end
  if description_cut then
    cuts[#cuts + 1] = ("description (%d characters)"):format(item.DESCRIPTION_LIMIT)
  end
  return title, description
end

---@class plumb.Item
---@field key string            the finding's, or that of its group
---@field title string
---@field description string    Markdown
---@field severity string
---@field source string
---@field category? string
---@field fields table<string, string>  operational data, all searchable
---@field own table<string, string>     those of the fields that plumb needs and nobody may change
---@field notifications string[]  SNS topic ARNs
---@field tags table<string, string>
---@field related string[]      ids of earlier items for the same practice
---@field cuts string[]         what did not fit: "title (1024 characters)"
---@field texts? table<string, string>  operational data that is not searchable

---Makes an item of what the policy says about a finding.
---@param found table  a finding
---@param policy table
---@param key string   the searchable one
---@param own table<string, string>  the fields that nobody may change
---@return plumb.Item|nil
---@return plumb.Problem? problem  E411 when a hook of the policy failed
function item.drafted(found, policy, key, own)
  local values, cuts = {}, {}
  for _, hook in ipairs { "title", "describe", "severity", "fields" } do
    local failure
    values[hook], failure = policy:call(hook, found)
    if failure then return nil, failure end
  end
  local title, description = cut_texts(values.title, values.describe, cuts)
  return {
    key = key,
    title = title,
    description = description,
    severity = repaired(values.severity),
    source = policy.source,
    category = policy.category or nil,
    fields = fields_of(values.fields, own, cuts),
    own = own,
    notifications = policy.notifications,
    tags = policy.tags,
    related = {},
    cuts = cuts,
  }
end

---Makes the item for a finding.
---@param found table  a finding
---@param policy table
---@param previous? string  the id of the item that was made for it before
---@return plumb.Item|nil
---@return plumb.Problem? problem  E411 when a hook of the policy failed
function item.of(found, policy, previous)
  local made, failure = item.drafted(found, policy, found.key, own_fields(found))
  if made and previous then made.related = { previous } end
  return made, failure
end

local function is_text(value) return type(value) == "string" and value:find("%S") ~= nil end

local function all_texts(values)
  for _, value in pairs(values) do
    if type(value) ~= "string" then return false end
  end
  return true
end

-- What before_create may change: how each is checked, and what it has to be.
local CHANGEABLE = {
  { "title", is_text, "a text" },
  { "description", is_text, "a text" },
  { "severity", is_text, "a text" },
  { "category", function(value) return value == nil or is_text(value) end, "a text or nil" },
  { "fields", function(value) return type(value) == "table" and all_texts(value) end, "a table of texts" },
  { "notifications", function(value) return type(value) == "table" and all_texts(value) end, "a list of topic ARNs" },
  { "tags", function(value) return type(value) == "table" and all_texts(value) end, "a table of texts" },
}

---What before_create made of an item, held to the limits again. What plumb needs to find the item
---stays as it was, whatever the hook did to it.
---@param changed plumb.Item|true  as the hook returned it; true leaves the item as it was
---@param before plumb.Item        as the hook got it
---@return plumb.Item|nil
---@return string? message         what the hook may not return
function item.changed(changed, before)
  if changed == true then return before end
  local new, cuts = {}, table.move(before.cuts, 1, #before.cuts, 1, {})
  for name, value in pairs(before) do new[name] = value end
  for _, rule in ipairs(CHANGEABLE) do
    local name, fits, wanted = rule[1], rule[2], rule[3]
    if not fits(changed[name]) then
      return nil, ("before_create returned an item whose %s is not %s"):format(name, wanted)
    end
    local value = changed[name]
    new[name] = type(value) == "table" and all_repaired(value) or value and repaired(value)
  end
  new.title, new.description = cut_texts(changed.title, changed.description, cuts)
  new.fields = fields_of(changed.fields, before.own, cuts)
  new.cuts = cuts
  return new
end

return item
