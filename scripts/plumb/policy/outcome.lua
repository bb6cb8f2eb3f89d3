-- What the resolution of an item means. People write it on the OpsItem, hooks return it, and both use
-- the same few words: "implemented", "not_applicable: OUT_OF_SCOPE", "accepted: until 2027-06-30",
-- "ignore". Here the words become a table, or the reason why they cannot.

local suggest = require("plumb.suggest")
local time = require("plumb.time")

local M = {}

local WORDS = { "implemented", "not_applicable", "accepted", "ignore" }

-- ChoiceReason of the Well-Architected Tool.
local REASONS = { "OUT_OF_SCOPE", "BUSINESS_PRIORITIES", "ARCHITECTURE_CONSTRAINTS", "OTHER", "NONE" }

local LONGEST = 500 -- bytes; what people write may be 20 KB of blanks, over which patterns would take seconds

local KEYS = { outcome = true, reason = true, expires = true }

-- "Not applicable", "not-applicable" and "NOT_APPLICABLE" are the same word to whoever types it.
local function plain(word)
  return (word:lower():gsub("^%s+", ""):gsub("%s+$", ""):gsub("[%s-]+", "_"))
end

local function known(word, list, what)
  for _, candidate in ipairs(list) do
    if plain(candidate) == plain(word) then
      return candidate
    end
  end
  local near = suggest.suggest(plain(word), list)
  return nil, ("'%s' is no %s%s; there are %s"):format(word, what,
    near and (" (did you mean '%s'?)"):format(near) or "", table.concat(list, ", "))
end

-- Midnight UTC at the start of the day; a moment in time is taken as it is.
local function day(text)
  local moment
  if text:find("^%d%d%d%d%-%d%d%-%d%d$") then
    moment = time.parse(text .. "T00:00:00Z")
  elseif text:find("^%d%d%d%d%-%d%d%-%d%dT") then
    moment = time.parse(text)
  end
  if not moment then
    return nil, ("'%s' is no date; write it as 2027-06-30"):format(text)
  end
  return moment
end

-- "accepted: until 2027-06-30" -> { outcome = "accepted", expires = "2027-06-30" }
local function read(text)
  local word, rest = text:match("^%s*([^:]-)%s*:%s*(.-)%s*$")
  if not word then
    return { outcome = text:match("^%s*(.-)%s*$") }
  elseif plain(word) == "accepted" then
    return { outcome = word, expires = rest ~= "" and (rest:gsub("^[Uu]ntil%s+", "")) or nil }
  end
  return { outcome = word, reason = rest ~= "" and rest or nil }
end

local function strays(value)
  for key in pairs(value) do
    if not KEYS[key] then
      local near = suggest.key(tostring(key), KEYS)
      return ("'%s' is not a field of an outcome%s"):format(tostring(key),
        near and (" (did you mean '%s'?)"):format(near) or "")
    end
  end
  for key in pairs(KEYS) do
    if value[key] ~= nil and (type(value[key]) ~= "string" or #value[key] > LONGEST) then
      return ("the %s of an outcome must be a short text"):format(key)
    end
  end
end

---@class plumb.policy.Outcome
---@field outcome "implemented"|"not_applicable"|"accepted"|"ignore"
---@field reason string|nil  with not_applicable: a ChoiceReason
---@field expires number|nil  with accepted: epoch seconds

---The outcome that a hook returned or a person wrote.
---@param value any  text, or a table with outcome, reason and expires as texts
---@return plumb.policy.Outcome|nil outcome
---@return string|nil message  what is wrong with it
function M.normal(value)
  if type(value) == "string" and #value > LONGEST then
    return nil, ("an outcome is a few words, and this text has %d bytes"):format(#value)
  elseif type(value) == "string" then
    value = read(value)
  elseif type(value) ~= "table" or value.outcome == nil then
    return nil, 'it must return an outcome such as "implemented" or { outcome = "ignore" }'
  end
  local message = strays(value)
  if message then
    return nil, message
  end
  local word, reason, expires
  word, message = known(value.outcome, WORDS, "outcome")
  if not word then
    return nil, message
  elseif value.reason and word ~= "not_applicable" then
    return nil, ("'%s' takes no reason; only not_applicable does"):format(word)
  elseif value.expires and word ~= "accepted" then
    return nil, ("'%s' takes no date; only accepted does"):format(word)
  end
  if value.reason then
    reason, message = known(value.reason, REASONS, "reason")
  elseif value.expires then
    expires, message = day(value.expires)
  end
  if message then
    return nil, message
  end
  return { outcome = word, reason = reason, expires = expires }
end

return M
