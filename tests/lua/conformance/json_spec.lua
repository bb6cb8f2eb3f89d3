-- JSONTestSuite: what every reader of JSON must accept (y_) and refuse (n_). What it may do as it likes
-- (i_) is decided here, so that a change of mind shows.

local files = require("plumb.files")
local json = require("plumb.json")

local FOLDER = (os.getenv("PLUMB_CONFORMANCE") or "../shared/conformance") .. "/jsontestsuite/test_parsing"

-- Ours among the free cases; every other one is refused.
local ACCEPTED = {
  ["i_number_double_huge_neg_exp.json"] = true, -- so small that it is 0
  ["i_number_real_underflow.json"] = true,
  ["i_number_too_big_neg_int.json"] = true, -- beyond 64 bits: the nearest double
  ["i_number_too_big_pos_int.json"] = true,
  ["i_number_very_big_negative_int.json"] = true,
}

-- Equal as JSON: same values, and lists are lists on both sides.
local function equal(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b and math.type(a) == math.type(b)
  elseif json.is_list(a) ~= json.is_list(b) then
    return false
  end
  for key, value in pairs(a) do
    if not equal(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return true
end

local function decode(name)
  local text = assert(files.read(FOLDER .. "/" .. name, 1024 * 1024))
  return json.decode(text)
end

local rules = {}

function rules.y_(name)
  it("accepts " .. name .. " and writes it back", function()
    local value, message = decode(name)
    assert.is_nil(message)
    local again = json.encode(value)
    local second, failure = json.decode(again)
    assert.is_nil(failure)
    assert.is_true(equal(value, second))
    assert.equal(again, json.encode(second))
  end)
end

function rules.n_(name)
  it("refuses " .. name, function()
    local value, message = decode(name)
    assert.is_nil(value)
    assert.matches("^line %d+, column %d+: ", message)
  end)
end

function rules.i_(name)
  it((ACCEPTED[name] and "accepts " or "refuses ") .. name .. " by choice", function()
    local value, message = decode(name)
    assert.equal(ACCEPTED[name] == true, message == nil and value ~= nil)
  end)
end

describe("JSONTestSuite", function()
  local names = files.list(FOLDER)
  if not names then
    pending("its data is not at " .. FOLDER)
    return
  end
  local counts = { y_ = 0, n_ = 0, i_ = 0 }
  for _, name in ipairs(names) do
    local kind = name:sub(1, 2)
    counts[kind] = counts[kind] + 1
    rules[kind](name)
  end
  it("is complete", function()
    assert.same({ y_ = 95, n_ = 188, i_ = 35 }, counts)
  end)
end)
