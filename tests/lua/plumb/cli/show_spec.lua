local show = require("plumb.cli.show")

local function text(value, width)
  return show.show(value, { width = width or 80, width_of = function(s) return utf8.len(s) end })
end

describe("show", function()
  it("writes plain values as Lua would", function()
    assert.equal("3\n", text(3))
    assert.equal("3.0\n", text(3.0))
    assert.equal('"a \\"b\\"\\n"\n', text('a "b"\n'))
    assert.equal("true\n", text(true))
    assert.equal("nil\n", text(nil))
    assert.equal("{}\n", text({}))
    assert.equal('{ "a", "b" }\n', text({ "a", "b" }))
  end)

  it("shows a list of records as a table, names first and ARNs last", function()
    assert.equal(table.concat({
      "  #  WorkloadName  WorkloadId  Lenses  RiskCounts.HIGH  WorkloadArn",
      "  ─  ────────────  ──────────  ──────  ───────────────  ───────────",
      "  1  shop          w1               2                5  arn:1",
      "  2  billing       w2               1                   arn:2",
      "",
    }, "\n"), text({
      { WorkloadArn = "arn:1", WorkloadId = "w1", WorkloadName = "shop", Lenses = 2, RiskCounts = { HIGH = 5 } },
      { WorkloadArn = "arn:2", WorkloadId = "w2", WorkloadName = "billing", Lenses = 1 },
    }))
  end)

  it("leaves out whole columns that do not fit and says so", function()
    local out = text({ { Name = ("n"):rep(30), A = ("a"):rep(30), B = ("b"):rep(30) } }, 50)
    assert.truthy(out:find("Name", 1, true))
    assert.falsy(out:find("bbb", 1, true))
    assert.truthy(out:find("2 more columns", 1, true))
    for line in out:gmatch("[^\n]+") do
      assert.is_true(utf8.len(line) <= 50, line)
    end
  end)

  it("shows twenty rows and counts the others", function()
    local rows = {}
    for i = 1, 33 do
      rows[i] = { Name = "w" .. i }
    end
    local out = text(rows)
    assert.truthy(out:find("w20", 1, true))
    assert.falsy(out:find("w21", 1, true))
    assert.truthy(out:find("13 more rows", 1, true))
  end)

  it("shows a record as lines and its lists of records as tables below", function()
    assert.equal(table.concat({
      '  NextToken  "t"',
      "  Tags       { Team = \"a\" }",
      "Items (1)",
      "  #  Name",
      "  ─  ────",
      "  1  x",
      "",
    }, "\n"), text({ Items = { { Name = "x" } }, NextToken = "t", Tags = { Team = "a" } }))
  end)

  it("comes to an end with circles, depth and length", function()
    local circle = { "x" }
    circle[2] = circle
    assert.truthy(text(circle):find("itself again", 1, true))
    local deep = { 1 }
    for _ = 1, 100 do
      deep = { deep, 1 }
    end
    assert.is_true(#text(deep) < 1000)
    local long = {}
    for i = 1, 10000 do
      long[i] = i
    end
    assert.is_true(#text(long) < 1000)
    assert.is_true(#text({ 1, ("x"):rep(1024 * 1024) }) < 5000)
  end)

  it("lets a value speak for itself", function()
    assert.equal("***\n", text(setmetatable({}, { __tostring = function() return "***" end })))
  end)

  it("does not obey control characters from AWS", function()
    assert.falsy(text({ { Name = "a\27[31m" } }):find("\27"))
    assert.falsy(text("a\27[31m"):find("\27"))
    assert.falsy(text({ ["\27k"] = 1 }):find("\27"))
  end)
end)
