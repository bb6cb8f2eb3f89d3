-- The lower half of the grammar of DynamoDB's expressions: tokens, paths, operands, conditions. What a tree is made of
-- is told in expression.lua, which is the way in.

local fail = require("sim.fail")
local reserved = require("sim.dynamodb.reserved")
local value_of = require("sim.dynamodb.value")

local LONGEST = 4096

---@class sim.dynamodb.Parser
---@field scope sim.dynamodb.Scope
---@field kind string   "ConditionExpression"
---@field text string
---@field tokens table[]  { kind, text, from, to }
---@field at integer
local Parser = {}
Parser.__index = Parser

local M = {}

---Refuses the expression.
---@param message string
function Parser:invalid(message)
  fail.raise("ValidationException", ("Invalid %s: %s"):format(self.kind, message))
end

-- ---- tokens ----

local PATTERNS = { { "name", "^[%a_][%w_]*" }, { "alias", "^#[%w_]+" }, { "value", "^:[%w_]+" }, { "number", "^%d+" },
  { "symbol", "^<>" }, { "symbol", "^<=" }, { "symbol", "^>=" }, { "symbol", "^[=<>(),.%[%]+-]" } }

local function next_token(text, position)
  for _, entry in ipairs(PATTERNS) do
    local found = text:match(entry[2], position)
    if found then
      return { kind = entry[1], text = found }
    end
  end
end

function Parser:tokenize(text)
  local position = 1
  while true do
    position = text:find("%S", position)
    if not position then
      break
    end
    local token = next_token(text, position) or { kind = "wrong", text = text:sub(position, position) }
    token.from = position
    self.tokens[#self.tokens + 1] = token
    position = position + #token.text
    token.to = position - 1
  end
  self.text = text
end

function Parser:syntax_error()
  local token = self.tokens[self.at]
  if not token then
    local last = self.tokens[#self.tokens]
    self:invalid(("Syntax error; token: <EOF>, near: \"%s\""):format(last and last.text or ""))
  end
  local before, after = self.tokens[self.at - 1] or token, self.tokens[self.at + 1] or token
  self:invalid(("Syntax error; token: \"%s\", near: \"%s\""):format(token.text, self.text:sub(before.from, after.to)))
end

function Parser:peek(text)
  local token = self.tokens[self.at]
  return token ~= nil and token.text:upper() == text and (token.kind == "symbol" or token.kind == "name")
end

function Parser:accept(text)
  local found = self:peek(text)
  if found then
    self.at = self.at + 1
  end
  return found
end

function Parser:expect(text)
  return self:accept(text) or self:syntax_error()
end

-- ---- paths and operands ----

function Parser:alias(text)
  local name = self.scope.names and self.scope.names[text]
  if not name then
    self:invalid("An expression attribute name used in the document path is not defined; attribute name: " .. text)
  end
  self.scope.used[text] = true
  return name
end

function Parser:attribute()
  local token = self.tokens[self.at]
  if not token or token.kind ~= "name" and token.kind ~= "alias" then
    self:syntax_error()
  end
  self.at = self.at + 1
  if token.kind == "alias" then
    return self:alias(token.text)
  elseif reserved[token.text:upper()] then
    self:invalid("Attribute name is a reserved keyword; reserved keyword: " .. token.text)
  end
  return token.text
end

function Parser:path()
  local path = { self:attribute() }
  while true do
    if self:accept(".") then
      path[#path + 1] = self:attribute()
    elseif self:accept("[") then
      local token = self.tokens[self.at]
      if not token or token.kind ~= "number" then
        self:syntax_error()
      end
      self.at = self.at + 1
      path[#path + 1] = math.tointeger(tonumber(token.text)) + 1
      self:expect("]")
    else
      return { path = path }
    end
  end
end

function Parser:value()
  local token = self.tokens[self.at]
  if not token or token.kind ~= "value" then
    return nil
  end
  self.at = self.at + 1
  local value = self.scope.values and self.scope.values[token.text]
  if not value then
    self:invalid("An expression attribute value used in expression is not defined; attribute value: " .. token.text)
  end
  self.scope.used[token.text] = true
  return { value = value }
end

function Parser:is_call(name)
  local token, after = self.tokens[self.at], self.tokens[self.at + 1]
  return token and token.kind == "name" and after and after.text == "(" and (not name or token.text == name)
end

function Parser:arguments(each)
  local list = {}
  self:expect("(")
  repeat
    list[#list + 1] = each(self)
  until not self:accept(",")
  self:expect(")")
  return list
end

function Parser:wrong_count(name, count)
  self:invalid(("Incorrect number of operands for operator or function; operator or function: %s, "
    .. "number of operands: %d"):format(name, count))
end

function Parser:wrong_type(name, kind)
  self:invalid(("Incorrect operand type for operator or function; operator or function: %s, operand type: %s"):format(
    name, kind))
end

function Parser:operand()
  if self:accept("(") then
    local inner = self:operand()
    self:expect(")")
    return inner
  elseif self:is_call("size") then
    self.at = self.at + 1
    local arguments = self:arguments(self.operand)
    if #arguments ~= 1 then
      self:wrong_count("size", #arguments)
    end
    return { size = arguments[1] }
  end
  return self:value() or self:path()
end

-- ---- conditions ----

local FUNCTIONS = { attribute_exists = 1, attribute_not_exists = 1, attribute_type = 2, begins_with = 2, contains = 2 }
local COMPARATORS = { ["="] = true, ["<>"] = true, ["<"] = true, ["<="] = true, [">"] = true, [">="] = true }

local TYPES = { S = true, N = true, B = true, SS = true, NS = true, BS = true, M = true, L = true, NULL = true,
  BOOL = true }

local function check_function(self, call)
  local name, first, second = call.op, call[1], call[2]
  if name ~= "begins_with" and name ~= "contains" and not first.path then
    self:invalid(("Operator or function requires a document path; operator or function: %s"):format(name))
  elseif name == "attribute_type" and not (second.value and second.value.S) then
    self:wrong_type(name, second.value and value_of.type(second.value) or "N")
  elseif name == "attribute_type" and not TYPES[second.value.S] then
    self:invalid(("Invalid attribute type name found; type: %s, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"):format(
      second.value.S))
  elseif name == "begins_with" and (second.size or second.value and not (second.value.S or second.value.B)) then
    self:wrong_type(name, second.value and value_of.type(second.value) or "N")
  end
  return call
end

function Parser:misplaced(name)
  self:invalid("The function is not allowed to be used this way in an expression; function: " .. name)
end

function Parser:call()
  local name = self.tokens[self.at].text
  local wanted = FUNCTIONS[name]
  if not wanted then
    self:invalid("Invalid function name; function: " .. name)
  end
  self.at = self.at + 1
  local call = self:arguments(self.operand)
  if #call ~= wanted then
    self:wrong_count(name, #call)
  end
  call.op = name
  local after = self.tokens[self.at]
  if after and COMPARATORS[after.text] then
    self:misplaced(name)
  end
  return check_function(self, call)
end

local function shown(value)
  local kind, content = next(value)
  return ("AttributeValue: {%s:%s}"):format(kind, content)
end

local function check_between(self, low, high)
  local order = low.value and high.value and value_of.compare(low.value, high.value)
  if order and order > 0 then
    self:invalid(("The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
      .. "lower bound operand: %s, upper bound operand: %s"):format(shown(low.value), shown(high.value)))
  end
end

local function same_path(a, b)
  if not a.path or not b.path or #a.path ~= #b.path then
    return false
  end
  for i, segment in ipairs(a.path) do
    if segment ~= b.path[i] then
      return false
    end
  end
  return true
end

local function check_distinct(self, operator, first, second)
  if same_path(first, second) then
    self:invalid(("The first operand must be distinct from the remaining operands for this operator or function; "
      .. "operator: %s, first operand: [%s]"):format(operator, table.concat(first.path, ", ")))
  end
end

-- What is put in order has to have one.
local function check_ordered(self, operator, operands)
  for _, operand in ipairs(operands) do
    local value = operand.value
    if value and not (value.S or value.N or value.B) then
      self:wrong_type(operator, value_of.type(value))
    end
  end
end

local function between(self, left)
  local low = self:operand()
  self:expect("AND")
  local high = self:operand()
  check_ordered(self, "BETWEEN", { left, low, high })
  check_between(self, low, high)
  return { op = "between", left, low, high }
end

local function comparison(self)
  local left = self:operand()
  local token = self.tokens[self.at]
  if token and COMPARATORS[token.text] then
    self.at = self.at + 1
    local right = self:operand()
    check_distinct(self, token.text, left, right)
    if token.text ~= "=" and token.text ~= "<>" then
      check_ordered(self, token.text, { left, right })
    end
    return { op = token.text, left, right }
  elseif self:accept("BETWEEN") then
    return between(self, left)
  elseif self:accept("IN") then
    local list = self:arguments(self.operand)
    if #list > 100 then
      self:wrong_count("IN", #list)
    end
    return { op = "in", left, list }
  elseif left.size then
    self:misplaced("size")
  end
  self:syntax_error()
end

function Parser:primary()
  if self:accept("(") then
    local inner = self:condition()
    self:expect(")")
    return inner
  elseif self:is_call() and not self:is_call("size") and not self:peek("NOT") then
    return self:call()
  end
  return comparison(self)
end

function Parser:negation()
  if self:accept("NOT") then
    return { op = "not", self:negation() }
  end
  return self:primary()
end

function Parser:conjunction()
  local left = self:negation()
  while self:accept("AND") do
    left = { op = "and", left, self:negation() }
  end
  return left
end

function Parser:condition()
  local left = self:conjunction()
  while self:accept("OR") do
    left = { op = "or", left, self:conjunction() }
  end
  return left
end

---A parser at the start of an expression.
---@param scope sim.dynamodb.Scope
---@param kind string  "ConditionExpression" and so on, for messages
---@param text string
---@return sim.dynamodb.Parser  raises a ValidationException when there is nothing in it
function M.new(scope, kind, text)
  local self = setmetatable({ scope = scope, kind = kind, tokens = {}, at = 1 }, Parser)
  if #text > LONGEST then
    self:invalid(("Expression size has exceeded the maximum allowed size; expression size: %d"):format(#text))
  end
  self:tokenize(text)
  if #self.tokens == 0 then
    self:invalid("The expression can not be empty;")
  end
  return self
end

---Refuses what is left of an expression that should have ended.
function Parser:finish()
  if self.tokens[self.at] then
    self:syntax_error()
  end
end

return M
