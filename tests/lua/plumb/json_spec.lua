local json = require("plumb.json")

-- Reads and fails the spec with the message when it is no JSON.
local function read(text, options)
  return assert(json.decode(text, options))
end

describe("json.decode", function()
  it("makes integers of numbers without a fraction", function()
    local value = read('[3, 3.0, 1e2, -0, 3.5]')
    assert.equal("integer", math.type(value[1]))
    assert.equal("integer", math.type(value[2]))
    assert.equal(100, value[3])
    assert.equal("0", tostring(value[4]))
    assert.equal(3.5, value[5])
    assert.equal("3 risks", read('{"n":3}').n .. " risks")
  end)

  it("keeps every digit of a 64-bit integer", function()
    for _, text in ipairs { "1234567890123456", "9223372036854775807", "-9223372036854775808",
      "9007199254740993", "999999999999999" } do
      local value = read(text)
      assert.equal("integer", math.type(value))
      assert.equal(text, tostring(value))
    end
  end)

  it("makes floats of integers that 64 bits cannot hold", function()
    assert.equal(9223372036854775808.0, read("9223372036854775808"))
    assert.equal("float", math.type(read("18446744073709551616")))
  end)

  it("marks arrays as lists, the empty one too", function()
    local value = read('{"a":[],"b":[1],"c":{},"d":[[]]}')
    assert.is_true(json.is_list(value.a))
    assert.is_true(json.is_list(value.b))
    assert.is_false(json.is_list(value.c))
    assert.is_true(json.is_list(value.d[1]))
    assert.is_false(json.is_list(value))
    assert.is_true(json.is_list(read("[]")))
  end)

  it("tells null from nothing", function()
    local value = read('{"a":null,"b":[null,1,null]}')
    assert.equal(json.null, value.a)
    assert.equal(3, #value.b)
    assert.equal(json.null, value.b[3])
    assert.equal(json.null, read("null"))
  end)

  it("reads every value at the top", function()
    assert.is_false(read("true") == false)
    local value, message = json.decode("false")
    assert.is_false(value)
    assert.is_nil(message)
    assert.equal("x", read(' "x" '))
  end)

  it("keeps strings with a NUL, even those that look like its own marks", function()
    for _, text in ipairs { "\0", "\0a", "\0i5", "\0s", "\0s\0a", "a\0b" } do
      assert.equal(text, read(json.encode(text)))
      assert.equal(text, read(json.encode({ k = { text } })).k[1])
    end
    assert.equal(1, read('{"\\u0000a":1}')["\0a"])
  end)

  it("reads escapes and characters beyond the first plane", function()
    assert.equal('"\\/\b\f\n\r\té😀', read([["\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"]]))
  end)

  it("takes the last of equal keys", function()
    assert.equal(2, read('{"a":1,"a":2}').a)
  end)

  it("says where and why a text is no JSON", function()
    local cases = {
      ['{"a": 01}'] = "line 1, column 7: a number that begins with 0",
      ['{\n  "é": nul}'] = "line 2, column 8: a word that is not true, false or null",
      ["[1,]"] = "line 1, column 4: something that is no value",
      [""] = "line 1, column 1: the text ends where a value should be",
      ["<html>"] = "line 1, column 1: something that is no value",
      ["[NaN]"] = "line 1, column 2: something that is no value",
      ['"\255"'] = "line 1, column 2: bytes that are not UTF-8",
      ['"\\ud800"'] = "line 1, column 2: half of a surrogate pair",
      ["\xEF\xBB\xBF{}"] = "line 1, column 1: a byte order mark",
      ["1e400"] = "line 1, column 1: a number that is too large",
    }
    for text, expected in pairs(cases) do
      local value, message = json.decode(text)
      assert.is_nil(value)
      assert.equal(expected, message)
    end
  end)

  it("has limits for size and depth", function()
    assert.is_table(read(("["):rep(64) .. ("]"):rep(64)))
    local value, message = json.decode(("["):rep(65) .. ("]"):rep(65))
    assert.is_nil(value)
    assert.matches("nested too deeply", message)
    assert.is_table(read(("["):rep(65) .. ("]"):rep(65), { max_depth = 65 }))
    value, message = json.decode("[1,2]", { max_bytes = 4 })
    assert.is_nil(value)
    assert.equal("a JSON text of 5 bytes; at most 4 are read", message)
  end)

  it("raises when it is given no text", function()
    assert.error(function() json.decode(nil) end)
    assert.error(function() json.decode({}) end)
  end)
end)

describe("json.encode", function()
  it("sorts keys and writes no blanks", function()
    assert.equal('{"B":1,"a":{"x":true,"y":false},"b":[1,"2",null]}',
      json.encode({ b = { 1, "2", json.null }, a = { y = false, x = true }, B = 1 }))
  end)

  it("tells empty lists from empty objects", function()
    assert.equal("{}", json.encode({}))
    assert.equal("[]", json.encode(json.list()))
    assert.equal('{"SelectedChoices":[]}', json.encode(read('{"SelectedChoices":[]}')))
    assert.equal('{"a":{},"b":[]}', json.encode(read('{"a":{},"b":[]}')))
  end)

  it("leaves slashes and characters as they are", function()
    assert.equal('"a/b é😀\127"', json.encode("a/b é😀\127"))
    assert.equal([["\"\\/"]], json.encode('"\\/'))
    assert.equal([["\u0000\u0001\b\t\n\u000b\f\r\u001f"]], json.encode("\0\1\b\t\n\v\f\r\31"))
  end)

  it("writes integers exactly and floats as short as they read back", function()
    assert.equal("[9223372036854775807,-9223372036854775808]",
      json.encode({ math.maxinteger, math.mininteger }))
    assert.equal("[3,0.1,1e+300,123456789.12345679]", json.encode({ 3.0, 0.1, 1e300, 123456789.123456789 }))
    for _, x in ipairs { 1 / 3, 5e-324, 1.7976931348623157e308, -2 ^ 63, 2 ^ 53 + 2, 1e15 + 0.3 } do
      assert.equal(x, read(json.encode(x)))
    end
  end)

  it("refuses what JSON cannot hold and says where it is", function()
    local cycle = {}
    cycle.me = cycle
    local cases = {
      { { a = { 1, { b = print } } }, "JSON cannot hold a function, at $.a[2].b" },
      { { ["x y"] = 0 / 0 }, 'JSON cannot hold NaN, at $["x y"]' },
      { { math.huge }, "JSON cannot hold an infinite number, at $[1]" },
      { "\255", "JSON cannot hold a string that is not UTF-8, at $" },
      { { ["\255"] = 1 }, 'JSON cannot hold a string that is not UTF-8, at $["\255"]' },
      { { 1, a = 2 }, "JSON cannot hold a table that is list and object at once, at $" },
      { { 1, nil, 3 }, "JSON cannot hold a list with holes, at $" },
      { { [2] = 1 }, "JSON cannot hold a table with the key 2, at $" },
      { { [1.5] = 1 }, "JSON cannot hold a table with the key 1.5, at $" },
      { { [true] = 1 }, "JSON cannot hold a table with the key true, at $" },
      { json.list({ a = 1 }), "JSON cannot hold a table that is list and object at once, at $" },
      { io.stdout, "JSON cannot hold a userdata, at $" },
    }
    for _, case in ipairs(cases) do
      local ok, message = pcall(json.encode, case[1])
      assert.is_false(ok)
      assert.equal(case[2], message)
    end
    local ok, message = pcall(json.encode, cycle)
    assert.is_false(ok)
    assert.matches("more than 64 levels", message)
    assert.error(function() json.encode(nil) end)
  end)

  it("writes keys as it writes strings, however many they are and however often they come", function()
    for round = 1, 2 do
      for i = 1, 1500 do
        local key = ('"%d\n'):format(i)
        assert.equal(('{"\\"%d\\n":%d}'):format(i, round), json.encode { [key] = round })
      end
    end
    local long = ("k"):rep(100000)
    assert.equal('{"' .. long .. '":{"' .. long .. '":1}}', json.encode { [long] = { [long] = 1 } })
    for _ = 1, 2 do assert.has_error(function() json.encode { ["\xff"] = 1 } end) end
  end)

  it("does not change what it writes", function()
    local value = { b = { 1, 2 }, a = {} }
    json.encode(value)
    assert.same({ b = { 1, 2 }, a = {} }, value)
    assert.is_nil(getmetatable(value.b))
  end)

  it("does not ask metamethods for members", function()
    local value = setmetatable({ a = 1 }, { __index = function() error("asked") end,
      __pairs = function() error("asked") end })
    assert.equal('{"a":1}', json.encode(value))
  end)

  it("writes for people when asked", function()
    assert.equal('{\n  "a": [],\n  "b": [\n    1,\n    {\n      "c": {}\n    }\n  ]\n}',
      json.encode_pretty({ a = json.list(), b = { 1, { c = {} } } }))
    assert.equal("1", json.encode_pretty(1))
  end)
end)

describe("json.list", function()
  it("marks the table it was given", function()
    local t = { 1 }
    assert.equal(t, json.list(t))
    assert.is_true(json.is_list(t))
    assert.is_false(json.is_list("x"))
    assert.is_false(json.is_list({}))
  end)
end)

describe("json.decode with unique_keys", function()
  local function decode(text) return json.decode(text, { unique_keys = true }) end

  it("takes what has every key once", function()
    for _, text in ipairs({ "{}", "[]", "1", '{"a":{"a":[{"a":null},{"a":[]}]},"b":{}}', '{"\\u0000":1,"":2}' }) do
      local value, message = decode(text)
      assert.is_nil(message)
      assert.is_not_nil(value)
    end
  end)

  it("refuses keys that come twice, at any depth and however they are written", function()
    for _, text in ipairs({ '{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"x":{"b":null,"c":1,"b":null}}]',
      '{"é":1,"\\u00e9":2}', '{"":1,"":2}' }) do
      local value, message = decode(text)
      assert.is_nil(value, text)
      assert.equal("an object has a key twice", message)
      assert.is_not_nil(json.decode(text))
    end
  end)
end)
