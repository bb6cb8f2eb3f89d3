-- The risk rules of a custom lens: conditions over choices, and what they say about an answer.
--
--   condition := "default" | or        or  := and { "||" and }        and := not { "&&" not }
--   not       := "!" not | primary     primary := choice id | "(" or ")"
--
-- A choice marked not applicable is neutral. A value is therefore true, false or nil (neutral): a neutral term drops
-- out of `&&`, counts as false in `||`, and a `&&` of neutral terms only is true. What `!` makes of it nobody has
-- measured; it stays neutral here.

local M = {}

---@class plumb.lens.Condition
---@field op "default"|"choice"|"not"|"and"|"or"
---@field id string?               of a choice
---@field [integer] plumb.lens.Condition  operands

local function tokenize(text)
  local tokens, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then
      return tokens
    end
    local token = text:match("^&&", at) or text:match("^||", at) or text:match("^[!()]", at)
      or text:match("^[%w_]+", at)
    if not token then
      return nil, ("unexpected %q at character %d"):format(text:sub(at, at), at)
    end
    tokens[#tokens + 1] = { text = token, at = at }
    at = at + #token
  end
end

local disjunction

local function wanted(p, what)
  local token = p.tokens[p.at]
  if token then
    error(("%s expected instead of %q at character %d"):format(what, token.text, token.at), 0)
  end
  error(what .. " expected at the end", 0)
end

local function take(p, text)
  local token = p.tokens[p.at]
  if token and token.text == text then
    p.at = p.at + 1
    return true
  end
  return false
end

local function primary(p)
  if take(p, "(") then
    local inner = disjunction(p)
    return take(p, ")") and inner or wanted(p, "')'")
  end
  local token = p.tokens[p.at]
  if not token or not token.text:find("^[%w_]") then
    wanted(p, "a choice id")
  end
  p.at = p.at + 1
  return { op = "choice", id = token.text }
end

local function negation(p)
  if take(p, "!") then
    return { op = "not", negation(p) }
  end
  return primary(p)
end

local function chain(p, symbol, op, operand)
  local first = operand(p)
  if not take(p, symbol) then
    return first
  end
  local node = { op = op, first }
  repeat
    node[#node + 1] = operand(p)
  until not take(p, symbol)
  return node
end

local function conjunction(p)
  return chain(p, "&&", "and", negation)
end

function disjunction(p)
  return chain(p, "||", "or", conjunction)
end

---Parses a condition.
---@param text string
---@return plumb.lens.Condition? condition
---@return string? message  what is wrong and where
function M.parse(text)
  local tokens, message = tokenize(text)
  if not tokens then
    return nil, message
  elseif #tokens == 1 and tokens[1].text == "default" then
    return { op = "default" }
  end
  local p = { tokens = tokens, at = 1 }
  local ok, node = pcall(function()
    local whole = disjunction(p)
    return p.tokens[p.at] and wanted(p, "'&&', '||' or the end") or whole
  end)
  if not ok then
    return nil, node
  end
  return node
end

local value

local VALUE = {}

function VALUE.default()
  return true
end

function VALUE.choice(node, status)
  local is = status(node.id)
  if is == "NOT_APPLICABLE" then
    return nil
  end
  return is == "SELECTED"
end

VALUE["not"] = function(node, status)
  local inner = value(node[1], status)
  if inner == nil then
    return nil
  end
  return not inner
end

VALUE["and"] = function(node, status)
  for _, term in ipairs(node) do
    if value(term, status) == false then
      return false
    end
  end
  return true
end

VALUE["or"] = function(node, status)
  for _, term in ipairs(node) do
    if value(term, status) then
      return true
    end
  end
  return false
end

function value(node, status)
  return VALUE[node.op](node, status)
end

---Evaluates a condition: true, false, or nil when it is neutral.
---@param condition plumb.lens.Condition
---@param status fun(choice_id: string): string?  "SELECTED", "NOT_APPLICABLE" or anything else
---@return boolean?
function M.value(condition, status)
  return value(condition, status)
end

---The ids a condition names, in order of appearance.
---@param condition plumb.lens.Condition
---@return string[]
function M.choices(condition)
  local ids = {}
  local function visit(node)
    ids[#ids + 1] = node.id
    for _, child in ipairs(node) do
      visit(child)
    end
  end
  visit(condition)
  return ids
end

---The risk of an answer.
---@param question table  has rules, in the order of the lens: { condition, risk }
---@param answer table?   { applicable = boolean?, status = { [choice id] = "SELECTED"|"NOT_APPLICABLE"|"UNSELECTED" } }
---@return string risk    NOT_APPLICABLE, UNANSWERED, NONE, MEDIUM or HIGH
---@return string? note   "no rule matched" when the lens leaves the answer open
function M.of(question, answer)
  if not answer then
    return "UNANSWERED"
  elseif answer.applicable == false then
    return "NOT_APPLICABLE"
  end
  local answered = false
  for _, status in pairs(answer.status) do
    answered = answered or status == "SELECTED" or status == "NOT_APPLICABLE"
  end
  if not answered then
    return "UNANSWERED"
  end
  local function status(id)
    return answer.status[id]
  end
  for _, rule in ipairs(question.rules) do
    if value(rule.condition, status) ~= false then
      return rule.risk
    end
  end
  return "NONE", "no rule matched"
end

return M
