local findings = require("tests.support.finding")
local policies = require("plumb.policy")
local problem = require("plumb.problem")

local function read(text, set)
  return policies.read({ text = text, set = set, env = findings.no_env })
end

-- The one problem of a policy.
local function only(text, set)
  local _, problems = read(text, set)
  assert.equal(1, #problems, problems[2] and problems[2].what)
  return problems[1]
end

describe("a policy file", function()
  it("changes what it names and nothing else", function()
    local policy = findings.policy([[return { risks = { "HIGH" }, budget = { run = 5 }, severities = { HIGH = 1 } }]])
    assert.same({ "HIGH" }, policy.risks)
    assert.same({ run = 5, workload = false, month = 9000 }, policy.budget)
    assert.same({ HIGH = "1", MEDIUM = "3" }, policy.severities)
    assert.equal("Well-Architected", policy.source)
    assert.equal(1200, policy.seconds("quarantine"))
  end)

  it("refuses an unknown field with line, caret and the field that was meant", function()
    local p = only("return {\n  risks = { 'HIGH' },\n  titel = function(f) return f.choice.Title end,\n}\n")
    assert.equal("E402", p.id)
    assert.equal(7, problem.exit_code(p))
    assert.equal("unknown policy field 'titel'", p.what)
    assert.equal("policy.lua:3    titel = function(f) return f.choice.Title end,\n                ^^^^^", p.where)
    assert.matches("did you mean 'title'?", p.fix, 1, true)
  end)

  it("refuses an unknown field at any depth", function()
    local p = only('return {\n  none_choices = { lenses = {\n    ["arn:*"] = { practises = { "a" } },\n  } },\n}')
    assert.equal('unknown policy field \'none_choices.lenses["arn:*"].practises\'', p.what)
    assert.matches("^policy.lua:3 ", p.where)
    assert.matches("did you mean 'practices'?", p.fix, 1, true)
  end)

  it("names the wrong element of a list", function()
    local p = only('return { risks = { "MEDIUM", "HIHG" } }')
    assert.equal("E403", p.id)
    assert.matches("policy field 'risks[2]'", p.what, 1, true)
    assert.equal('policy.lua:1    return { risks = { "MEDIUM", "HIHG" } }\n' .. (" "):rep(45) .. "^^^^^^", p.where)
    assert.equal("did you mean 'HIGH'?", p.fix)
  end)

  it("says what a field expects", function()
    local wrong = {
      ["lenses = 'wellarchitected'"] = "a list",
      ["lenses = { 'a', nil, 'b' }"] = "a list",
      ["lenses = { a = 'b' }"] = "a list",
      ["shared = 'yes'"] = "true or false",
      ["parallel = 0"] = "a whole number from 1 to 64",
      ["parallel = 1.5"] = "a whole number",
      ["budget = { run = true }"] = "false for no limit",
      ["budget = 5"] = "a table with run, workload, month",
      ["quarantine = 'soon'"] = 'a time such as "90s"',
      ["title = 'x'"] = "a function",
      ["ambiguous = 'maybe'"] = '"wait" or "retry"',
      ["source = ''"] = "text",
      ["source = 'My AWS reviews'"] = "text",
      ["notifications = { 'arn:aws:sqs:eu-west-1:111122223333:q' }"] = "text",
      ["tags = { ['aws:x'] = 'y' }"] = "text",
      ["category = ('x'):rep(65)"] = "text, or false",
    }
    for text, expected in pairs(wrong) do
      local p = only("return { " .. text .. " }")
      assert.equal("E403", p.id, text)
      assert.matches(expected, p.what, 1, true)
      assert.matches("^policy.lua:1 ", p.where)
    end
  end)

  it("has all its problems found at once, in the order of the file", function()
    local _, problems = read("return {\n  parallel = 0,\n  x1 = 1,\n  risks = { 'LOW' },\n}")
    assert.equal(3, #problems)
    assert.same({ 2, 3, 4 }, { problems[1].line, problems[2].line, problems[3].line })
    local ok, raised = pcall(findings.policy, "return {\n  parallel = 0,\n  x1 = 1,\n  risks = { 'LOW' },\n}")
    assert.is_false(ok)
    assert.is_true(problem.is(raised))
    assert.matches("2 more problems", raised.fix, 1, true)
  end)

  it("that is not Lua is refused with the line and the place in it", function()
    local p = only('return {\n  title = function(f) return f.choice.Title\n  risks = { "HIGH" },\n}')
    assert.equal("E404", p.id)
    assert.matches("^policy.lua:3    risks = ", p.where)
    assert.matches("\n +%^+$", p.where)
    assert.matches("'end' expected", p.because, 1, true)
  end)

  it("that fails while it is read is refused with the line and the cause in plain words", function()
    local p = only("local t = {}\nlocal x = t.a.b\nreturn {}")
    assert.equal("E405", p.id)
    assert.matches("^policy.lua:2    local x = t.a.b", p.where)
    assert.matches("'a' is nothing (nil)", p.because, 1, true)
  end)

  it("that returns no table is refused", function()
    assert.equal("E406", only("local x = 1").id)
    assert.equal("E406", only("return 'x'").id)
  end)

  it("that never ends is stopped", function()
    local p = only("while true do end")
    assert.equal("E409", p.id)
    assert.matches("^policy.lua:1", p.where)
  end)

  it("cannot be bytecode", function()
    assert.equal("E404", only(string.dump(function() return {} end)).id)
  end)

  it("can build on the defaults, which it cannot change", function()
    local policy = findings.policy([[
      local risks = { default.risks[1] }
      return { risks = risks, severities = default.severities, title = default.title }]])
    assert.same({ "HIGH" }, policy.risks)
    assert.equal("2", policy.severities.HIGH)
    assert.matches("read-only", only("default.risks[1] = 'LOW' return {}").because, 1, true)
    assert.matches("did you mean 'risks'?", only("return { risks = default.riks }").fix, 1, true)
  end)

  it("keeps its lines when the path is too long for Lua's messages", function()
    local name = ("very-long-folder-name/"):rep(8) .. "policy.lua"
    local _, problems = policies.read({ text = "return {\n  a = b.c,\n}", path = name, env = findings.no_env })
    assert.matches(name .. ":2", problems[1].where, 1, true)
  end)
end)

describe("--set", function()
  it("wins over the file, field by field", function()
    local policy = findings.policy("return { budget = { run = 5, month = 6 }, lenses = { 'a' } }",
      { "budget.run=7", "lenses=b, c", "shared=true", "source=Reviews", 'tags={ Team = "x" }', "category=false" })
    assert.same({ run = 7, workload = false, month = 6 }, policy.budget)
    assert.same({ "b", "c" }, policy.lenses)
    assert.is_true(policy.shared)
    assert.equal("Reviews", policy.source)
    assert.same({ Team = "x" }, policy.tags)
    assert.equal("--set", policy:origin("budget.run"))
    assert.equal("policy.lua:1", policy:origin("budget.month"))
    assert.equal("default", policy:origin("budget.workload"))
  end)

  it("takes a map as well as a list", function()
    assert.equal(7, findings.policy("return {}", { ["budget.run"] = 7 }).budget.run)
  end)

  it("refuses what it cannot set, and says what was typed", function()
    for written, words in pairs({ ["budget.rum=5"] = "did you mean 'run'?", ["budget.run=x"] = "run = 100",
      ["nothing"] = "KEY=VALUE", ["title=x"] = "is a function", ["risks=LOW"] = "" }) do
      local p = only("return {}", { written })
      assert.equal("E407", p.id, written)
      assert.equal("--set " .. written, p.where)
      assert.matches(words, (p.because or "") .. " " .. (p.fix or ""), 1, true)
    end
  end)

  it("never runs what it is given", function()
    assert.equal("os.exit()", findings.policy("return {}", { "source=os.exit()" }).source)
  end)
end)

describe("policy", function()
  it("tells where each setting came from", function()
    local policy = findings.policy("return {\n  risks = { 'HIGH' },\n  title = function() return 'x' end,\n}")
    assert.equal("policy.lua:2", policy:origin("risks"))
    assert.equal("policy.lua:3", policy:origin("title"))
    assert.equal("default", policy:origin("filter"))
    local rows = {}
    for _, row in ipairs(policy:describe()) do
      rows[row.key] = row
    end
    assert.equal('{ "HIGH" }', rows.risks.value)
    assert.equal("policy.lua:2", rows.risks.origin)
    assert.equal("500", rows["budget.run"].value)
    assert.equal("function", rows.title.value)
    assert.equal("default", rows.describe.origin)
  end)

  it("finds fields of a table with a name, and of functions written on it", function()
    local policy = findings.policy("local policy_table = { risks = { 'HIGH' } }\n"
      .. "policy_table.shared = true\nfunction policy_table.title() return 'x' end\nreturn policy_table")
    assert.equal("policy.lua:1", policy:origin("risks"))
    assert.equal("policy.lua:2", policy:origin("shared"))
    assert.equal("policy.lua:3", policy:origin("title"))
  end)

  it("raises on a setting that there is not, which is a bug", function()
    assert.has_error(function() return findings.policy("return {}").risk end, "no policy setting 'risk'")
  end)

  it("reports problems without raising", function()
    assert.equal(0, #policies.check({ text = "return {}", env = findings.no_env }))
    assert.equal("E402", policies.check({ text = "return { x1 = 1 }", env = findings.no_env })[1].id)
  end)
end)
