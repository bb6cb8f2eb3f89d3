-- Numbers as DynamoDB keeps them: decimal, exact to 38 digits, between 1E-130 and 9.99...E+125. A float would lose
-- digits, so they stay text: a sign, the digits without zeros at either end, and the power of ten of the first digit.

local fail = require("sim.fail")

local M = {}

local DIGITS = 38
local LARGEST, SMALLEST = 125, -130

---@class sim.dynamodb.Number
---@field sign integer    1 or -1; zero has 1
---@field digits string   "" for zero; "125" in 1.25E7
---@field exponent integer  7 in 1.25E7: the power of ten of the first digit

local function invalid(message)
  fail.raise("ValidationException", message)
end

-- Digits with an exponent, zeros cut at both ends and the limits checked.
local function make(sign, digits, exponent)
  local zeros = #digits:match("^0*")
  digits, exponent = digits:sub(zeros + 1):gsub("0+$", ""), exponent - zeros
  if digits == "" then
    return { sign = 1, digits = "", exponent = 0 }
  elseif #digits > DIGITS then
    invalid("Attempting to store more than 38 significant digits in a Number")
  elseif exponent > LARGEST then
    invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
  elseif exponent < SMALLEST then
    invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
  end
  return { sign = sign, digits = digits, exponent = exponent }
end

---Reads a number; raises a ValidationException for what is none or has too many digits.
---@param text string
---@return sim.dynamodb.Number
function M.parse(text)
  local sign, whole, fraction, rest = text:match("^(%-?)(%d*)%.?(%d*)(.*)$")
  local power = rest == "" and "0" or rest and rest:match("^[eE]([+-]?%d+)$")
  if not power or whole .. fraction == "" then
    if text == "" then
      invalid("The parameter cannot be converted to a numeric value")
    end
    invalid("The parameter cannot be converted to a numeric value: " .. text)
  end
  return make(sign == "-" and -1 or 1, whole .. fraction, #whole - 1 + math.tointeger(tonumber(power)))
end

---The number as the service prints it: no exponent, no needless zeros.
---@param number sim.dynamodb.Number
---@return string
function M.text(number)
  local digits, exponent = number.digits, number.exponent
  if digits == "" then
    return "0"
  end
  local text
  if exponent < 0 then
    text = "0." .. ("0"):rep(-exponent - 1) .. digits
  elseif #digits <= exponent + 1 then
    text = digits .. ("0"):rep(exponent + 1 - #digits)
  else
    text = digits:sub(1, exponent + 1) .. "." .. digits:sub(exponent + 2)
  end
  return (number.sign < 0 and "-" or "") .. text
end

local function compare_magnitude(a, b)
  if a.digits == "" or b.digits == "" then
    return #a.digits - #b.digits
  elseif a.exponent ~= b.exponent then
    return a.exponent - b.exponent
  elseif a.digits == b.digits then
    return 0
  end
  return a.digits < b.digits and -1 or 1 -- digits left-aligned, without zeros at the end: text order is number order
end

---@param a string
---@param b string
---@return integer  below, at or above 0
function M.compare(a, b)
  local x, y = M.parse(a), M.parse(b)
  if x.sign ~= y.sign then
    return x.sign
  end
  return x.sign * compare_magnitude(x, y)
end

-- Digits of both, padded with zeros to the same places; and the power of ten of the first place.
local function align(a, b)
  local top = math.max(a.exponent, b.exponent)
  local low = math.min(a.exponent - #a.digits, b.exponent - #b.digits)
  local function padded(n)
    return ("0"):rep(top - n.exponent) .. n.digits .. ("0"):rep(n.exponent - #n.digits - low)
  end
  return padded(a), padded(b), top
end

-- Adds or subtracts digit by digit from the right; for subtraction x is not the smaller one.
local function combine(x, y, sign)
  local out, carry = {}, 0
  for i = #x, 1, -1 do
    local digit = x:byte(i) - 48 + sign * (y:byte(i) - 48) + carry
    carry = digit // 10
    out[i] = digit % 10
  end
  return (carry > 0 and carry or 0) .. table.concat(out)
end

---The exact sum; raises a ValidationException when it has more than 38 digits.
---@param a string
---@param b string
---@param sign integer?  -1 subtracts b
---@return string
function M.add(a, b, sign)
  local x, y = M.parse(a), M.parse(b)
  y.sign = y.sign * (sign or 1)
  if x.digits == "" then
    x, y = y, x
  end
  if y.digits == "" then
    return M.text(make(x.sign, x.digits, x.exponent))
  end
  if compare_magnitude(x, y) < 0 then
    x, y = y, x
  end
  local p, q, top = align(x, y)
  return M.text(make(x.sign, combine(p, q, x.sign == y.sign and 1 or -1), top + 1))
end

return M
