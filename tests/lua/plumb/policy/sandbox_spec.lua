local findings = require("tests.support.finding")
local guard = require("plumb.policy.guard")
local policies = require("plumb.policy")

-- The problem with a policy file that does `body` while it is read.
local function because(body)
  local _, problems = policies.read({ text = body .. "\nreturn {}", env = findings.no_env })
  return problems[1] and problems[1].because, problems[1]
end

describe("a policy's world", function()
  -- What takes all of its budget should not take seconds here.
  setup(function() guard.set_limits({ instructions = 1000000, bytes = 16 * 1024 * 1024, seconds = 1 }) end)
  teardown(function() guard.set_limits(nil) end)

  it("holds Lua's harmless part", function()
    assert.is_nil(because([[
      local t = { 3, 1, 2 } table.sort(t) assert(table.concat(t, ",") == "1,2,3")
      assert(("x"):rep(3) == "xxx" and string.format("%5.2f|%s", 1.5, true) == " 1.50|true")
      assert(math.max(1, 2) == 2 and math.type(1) == "integer" and utf8.len("ü") == 1)
      assert(select("#", 1, 2) == 2 and tonumber("5") == 5 and tostring(5) == "5" and type({}) == "table")
      local ok, message = pcall(error, "x", 0) assert(not ok and message == "x")
      for k, v in pairs({ a = 1 }) do assert(k == "a" and v == 1) end
      assert(next({}) == nil and ("a,b"):gsub(",", ";") == "a;b" and #table.pack(table.unpack({ 1, 2 })) == 2)
      assert(matches("prod-x", { "prod-*" }) and not matches(nil, "*") and matches("a", "?"))]]))
  end)

  it("suggests the name that was meant", function()
    local words, p = because("local x = 1\nlocal y = stirng.upper('x')")
    assert.equal("undefined name 'stirng'", words)
    assert.equal("did you mean 'string'?", p.fix)
    assert.matches("^policy.lua:2    local y = stirng", p.where)
    words, p = because("string.uper('x')")
    assert.equal("'uper' is not a function of string here", words)
    assert.equal("did you mean 'string.upper'?", p.fix)
    assert.equal("undefined name 'zzzzzz'", because("zzzzzz()"))
  end)

  it("refuses globals, and says what to write", function()
    assert.equal("assignment to global 'team'; write 'local team = ...'", because("team = 'x'"))
    assert.equal("assignment to global 'helper'; write 'local helper = ...'", because("function helper() end"))
    assert.equal("assignment to global 'risks'; settings go into the table: return { risks = ... }",
      because("risks = { 'HIGH' }"))
  end)

  it("has no way out", function()
    for _, name in ipairs({ "os", "io", "debug", "package", "require", "load", "loadstring", "loadfile", "dofile",
      "print", "setmetatable", "getmetatable", "rawget", "rawset", "rawequal", "rawlen", "coroutine", "collectgarbage",
      "xpcall" }) do
      assert.matches("'" .. name .. "' is not available in a policy", because("local x = " .. name), 1, true)
    end
    for _, body in ipairs({ "_G.x = 1", "local x = _ENV.os", "local x = string.dump", "local x = ('').dump(f)",
      "string.rep = nil", "table.insert(string, 1)", "math.random()", "default.risks = nil", "default.title = nil",
      "policy.risks = {}", "local x = policy.risks", "next(string)", "local x = aws.ssm",
      "_ENV = {} x = 1 string.rep('x', 1)",
      "string.format('%p', {})", "for k, v in pairs(_G) do end" }) do
      assert.is_truthy(because(body), body)
    end
  end)

  it("shows no addresses", function()
    assert.is_nil(because([[
      assert(tostring({}) == "table" and tostring(matches) == "function")
      assert(string.format("%s %s", {}, matches) == "table function" and ("%s"):format({}) == "table")
      assert(tostring(default) == "table")]]))
  end)

  it("ends what C functions would go on with for ever", function()
    local long = {
      'string.rep("x", 1e10)', '("x"):rep(1e10)', 'string.rep("", 1e10, "x")', "table.move({}, 1, 1e12, 2)",
      "table.concat({ 1, 2 }, ('x'):rep(8000000))", "table.unpack({}, 1, 1e7)", "table.concat({}, ',', 1, 1e9)",
      '("a?"):rep(30); (("a"):rep(30)):find(("a?"):rep(30) .. ("a"):rep(30))',
      '(("x"):rep(300000)):find(".-.-b")', '(("a"):rep(50)):match(("a*"):rep(20) .. "b")',
      '(("x"):rep(8000000)):gsub("x", ("y"):rep(100))', "for _ in (('x'):rep(3000)):gmatch('.-.-.-b') do end",
      "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e6) .. i end", "local s = 'x' while true do s = s .. s end",
      "local function f() return f() + 1 end f()", "local function f() return pcall(f) end f() f() while true do end",
      "utf8.char(table.unpack({}, 1, 1e6))", "string.format(('%99d'):rep(1000000), 1)",
    }
    for _, body in ipairs(long) do
      local words = because(body:find("^local") and body or body:find("^for") and body or body:find(";")
        and body:gsub("^.-; ", "local x = ") or "local x = " .. body)
      assert.is_truthy(words, body)
      assert.is_nil(words:find("0x", 1, true), body)
    end
  end)

  it("survives deep nesting and odd sources", function()
    assert.is_truthy(because("local x = " .. ("("):rep(100000) .. "1" .. (")"):rep(100000)))
    assert.is_truthy(because("local x = " .. ("{"):rep(100000) .. ("}"):rep(100000)))
    assert.is_truthy(because("\27Lua"))
    local policy = policies.read({ text = "local t = { 'a' } t.lenses = t t.x = t return t", env = findings.no_env })
    assert.equal("Well-Architected", policy.source)
  end)

  it("leaves the methods of texts as they were", function()
    because("error('x')")
    because("while true do end")
    assert.equal(string, getmetatable("").__index)
  end)
end)
