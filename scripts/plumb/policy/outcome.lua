-- What the resolution of an item means. People write it on the OpsItem, hooks return it, and both use
-- the same few words: "implemented", "not_applicable: OUT_OF_SCOPE", "accepted: until 2027-06-30",
-- "ignore", and the ways in which these are commonly spelled. Here the words become a table, or the reason why they
-- cannot; what is not understood for certain is never guessed at, since it would be written into the Tool.

local day = require("plumb.policy.day")
local suggest = require("plumb.suggest")

local M = {}

local WORDS = { "implemented", "not_applicable", "accepted", "ignore" }

-- ChoiceReason of the Well-Architected Tool.
local REASONS = { "OUT_OF_SCOPE", "BUSINESS_PRIORITIES", "ARCHITECTURE_CONSTRAINTS", "OTHER", "NONE" }

local LONGEST = 500 -- bytes; what people write may be 20 KB of blanks, over which patterns would take seconds

local KEYS = { outcome = true, reason = true, expires = true }

-- What people write beside the words themselves. Only what cannot mean two things: "won't fix" may be an acceptance
-- or an end of the question, so it is asked about.
local SPELLINGS = {
  implemented = { "implemented", "implement", "done", "fixed" },
  not_applicable = { "not applicable", "notapplicable", "n/a", "na" },
  accepted = { "accepted risk", "accept risk", "risk accepted", "accepted", "accept" },
  ignore = { "ignored", "ignore" },
}

-- What comes along when a text is copied from a document or a chat.
local TYPOGRAPHY = {
  ["\u{A0}"] = " ", ["\u{202F}"] = " ", ["\u{200B}"] = "", ["\u{FEFF}"] = "", ["\u{2010}"] = "-", ["\u{2011}"] = "-",
  ["\u{2013}"] = "-", ["\u{2014}"] = "-", ["\u{FF1A}"] = ":", ["\u{201C}"] = '"', ["\u{201D}"] = '"',
  ["\u{2018}"] = "'", ["\u{2019}"] = "'",
}

local function trim(text)
  return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

-- The text without quotes around it, a full stop after it, or signs that look like others.
local function cleaned(text)
  text = trim(text:gsub("[\xC2-\xF4][\x80-\xBF]+", TYPOGRAPHY))
  local inner = text:match('^"(.*)"$') or text:match("^'(.*)'$") or text:match("^`(.*)`$")
  return (trim(inner or text):gsub("[.;,]+$", ""))
end

-- "Not applicable", "not-applicable" and "NOT_APPLICABLE" are the same word to whoever types it.
local function plain(word)
  return (trim(word:lower()):gsub("[%s_-]+", " "))
end

local function known(word, list, what)
  for _, candidate in ipairs(list) do
    if plain(candidate) == plain(word) then
      return candidate
    end
  end
  local near = suggest.suggest(plain(word):gsub(" ", "_"), list)
  return nil, ("'%s' is no %s%s; there are %s"):format(word, what,
    near and (" (did you mean '%s'?)"):format(near) or "", table.concat(list, ", "))
end

-- Whether a text begins with some words, and what follows them after a colon, a dash, a bracket or a space.
local function after(text, words)
  local pattern = "^" .. words:gsub("%p", "%%%0"):gsub(" ", "[%%s_-]+") .. "%f[^%w_]()"
  local stop = select(3, (text:lower() .. "\0"):find(pattern))
  if not stop then
    return nil
  end
  local rest = text:sub(stop)
  local bracketed = rest:match("^%s*%((.*)%)$")
  return trim(bracketed or (rest:gsub("^%s*[:=,;-]*", "", 1)))
end

local function begins_with(text)
  for _, word in ipairs(WORDS) do
    for _, spelling in ipairs(SPELLINGS[word]) do
      local rest = after(text, spelling)
      if rest then
        return word, rest ~= "" and rest or nil
      end
    end
  end
end

-- "accepted: until 2027-06-30" -> { outcome = "accepted", expires = "2027-06-30" }
local function read(text)
  text = cleaned(text)
  local word, rest = begins_with(text)
  if not word then
    return { outcome = trim((text:match("^([^:]+):") or text)) }
  elseif word == "accepted" then
    return { outcome = word, expires = rest }
  end
  return { outcome = word, reason = rest }
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
    expires, message = day.read(value.expires)
  end
  if message then
    return nil, message
  end
  return { outcome = word, reason = reason, expires = expires or nil }
end

return M
