-- Lua's error messages in plain words, for people who wrote one function and never meant to learn what
-- "attempt to index a nil value" means. What is not known here stays as Lua said it.

local M = {}

local LONGEST = 500 -- characters of a message; it may hold anything, since a policy can raise anything

local function quantity(kind)
  return kind == "nil" and "nothing (nil)" or "a " .. kind
end

-- Pattern over Lua's message -> what it means, and the edit that helps.
local RULES = {
  { "attempt to index an? (%a+) value %(%a+ '(.-)'%)", function(kind, name)
    return ("'%s' is %s there, so it has no fields"):format(name, quantity(kind)),
      ("check it first: if %s then ... end"):format(name)
  end },
  { "attempt to index an? (%a+) value", function(kind)
    return ("a field is read from %s"):format(quantity(kind)),
      "check the value first: if value then ... end"
  end },
  { "attempt to concatenate an? (%a+) value %(%a+ '(.-)'%)", function(kind, name)
    return ("'%s' is %s there, and .. joins only texts and numbers"):format(name, quantity(kind)),
      kind == "nil" and ('write (%s or "")'):format(name) or ("write tostring(%s)"):format(name)
  end },
  { "attempt to concatenate an? (%a+) value", function(kind)
    return (".. joins only texts and numbers, not %s"):format(quantity(kind)), 'write (value or "")'
  end },
  { "attempt to call an? (%a+) value %(%a+ '(.-)'%)", function(kind, name)
    return ("'%s' is %s, not a function"):format(name, quantity(kind)),
      ("look at how '%s' is spelt, and at the brackets behind it"):format(name)
  end },
  { "attempt to perform arithmetic on an? (%a+) value %(%a+ '(.-)'%)", function(kind, name)
    return ("'%s' is %s there, and only numbers can be added or multiplied"):format(name, quantity(kind)),
      kind == "nil" and ("write (%s or 0)"):format(name) or ("write tonumber(%s)"):format(name)
  end },
  { "attempt to compare (%a+) with (%a+)", function(one, other)
    return ("%s and %s cannot be put in order"):format(quantity(one), quantity(other)),
      "make both sides numbers (tonumber) or both texts (tostring)"
  end },
  { "attempt to compare two (%a+) values", function(kind)
    return ("two values that are %s cannot be put in order"):format(quantity(kind)),
      "make both sides numbers (tonumber) or both texts (tostring)"
  end },
  { "^stack overflow", function()
    return "a function calls itself again and again", "the hook calls itself; did you mean default(...)?"
  end },
  { "^not enough memory", function()
    return "it needed more memory than the limit for a policy, 64 MB", "build shorter texts and smaller tables"
  end },
  { "^it ran longer than the limit", function()
    return "it ran longer than the limit for a policy", "does a loop in it never end?"
  end },
  { "^it called AWS more than", function()
    return "it called AWS more than 100 times for one item", "ask for what you need once, and keep it"
  end },
}

---@param message string  without file and line
---@return string because
---@return string|nil fix  a suggestion at the end of the message is the fix, and not said twice
function M.words(message)
  for _, rule in ipairs(RULES) do
    local first, second = message:match(rule[1])
    if first then
      return rule[2](first, second)
    end
  end
  local because, meant = message:match("^(.*) %((did you mean '[^']*'%?)%)$")
  return because or message, meant
end

---Whether a reason is in words of our own, beside which Lua's message tells more.
---@param because string  from words
---@param message string
---@return boolean
function M.is_translated(because, message) return message:sub(1, #because) ~= because end

-- Cut at a character, with control bytes made harmless by whoever prints it.
local function short(text)
  if #text <= LONGEST then
    return text
  end
  local stop = utf8.offset(text, 0, LONGEST) or LONGEST
  return text:sub(1, stop - 1) .. "..."
end

---An error of any kind as text. A policy may raise a table, nil or a megabyte.
---@param raised any
---@return string
function M.text(raised)
  if type(raised) == "string" then
    return short(raised)
  elseif raised == nil then
    return "error() was called without a message"
  elseif type(raised) == "table" and (getmetatable(raised) or {}).__tostring then
    return short(tostring(raised))
  elseif type(raised) == "table" and type(rawget(raised, "message")) == "string" then
    return short(rawget(raised, "message"))
  end
  return ("error() was called with a %s instead of a message"):format(type(raised))
end

return M
