local findings = require("tests.support.finding")
local guard = require("plumb.policy.guard")
local problem = require("plumb.problem")

local function call(text, name, ...)
  return findings.policy(text):call(name, ...)
end

describe("a hook", function()
  -- What takes all of its budget should not take seconds here.
  setup(function() guard.set_limits({ instructions = 3000000, bytes = 64 * 1024 * 1024, seconds = 1 }) end)
  teardown(function() guard.set_limits(nil) end)

  it("gets the default as its last argument", function()
    local value = call('return { title = function(finding, default) return "[x] " .. default(finding) end }',
      "title", findings.new())
    assert.equal("[x] High Risk - prod-shop - Use strong sign-in mechanisms", value)
    value = call("return { lens = function(workload, lens, default) return not default() end }", "lens",
      findings.new().workload, findings.new().lens)
    assert.is_false(value)
  end)

  it("sees the settings in force, not the defaults", function()
    local policy = findings.policy('return { severities = { HIGH = "1" } }')
    assert.equal("1", (policy:call("severity", findings.new())))
    policy = findings.policy("return { title = function() return policy.source end }", { "source=Mine" })
    assert.equal("Mine", (policy:call("title", findings.new())))
  end)

  it("that misspells a field is told which one it meant", function()
    local value, p = call("return {\n  filter = function(finding)\n    return finding.workload.WorklodName == 'x'\n"
      .. "  end,\n}", "filter", findings.new())
    assert.is_nil(value)
    assert.equal("E411", p.id)
    assert.equal("'WorklodName' is not a field of a workload", p.because)
    assert.equal("did you mean 'WorkloadName'?", p.fix)
    assert.equal("policy.lua:3    return finding.workload.WorklodName == 'x'\n" .. (" "):rep(40)
      .. "^^^^^^^^^^^\nwith workload 'prod-shop', "
      .. "question 'identities', choice 'sec_identities_enforce_mechanisms'", p.where)
  end)

  it("reads members that AWS left out as nil", function()
    local value = call("return { filter = function(f) return f.choice.Description == nil and f.lens.LensAlias == nil "
      .. "end }", "filter", findings.custom())
    assert.is_true(value)
  end)

  it("learns that a field needs another operation", function()
    local _, p = call("return { filter = function(f) return f.workload.Environment == 'PRODUCTION' end }", "filter",
      findings.new())
    assert.matches("only GetWorkload knows it", p.because, 1, true)
    _, p = call("return { filter = function(f) return f.workload.Enviroment == 'PRODUCTION' end }", "filter",
      findings.new())
    assert.matches("(did you mean 'Environment'? only GetWorkload knows it)", p.because, 1, true)
  end)

  it("that fails says where, with what, and why in plain words", function()
    local _, p = call("return {\n  title = function(finding)\n    return finding.choice.Description .. '!'\n  end,\n}",
      "title", findings.new())
    assert.equal("E411", p.id)
    assert.equal("policy function 'title' failed", p.what)
    assert.matches("^policy.lua:3 ", p.where)
    assert.matches("'Description' is nothing (nil) there", p.because, 1, true)
    assert.equal('write (Description or "")', p.fix)
    assert.matches("E411", problem.render(p), 1, true)
  end)

  it("that raises anything at all gives a problem with its place", function()
    for _, raised in ipairs({ "nil", "{}", "true", "42", "('x'):rep(1000000)", "{ message = 'no' }",
      "function() end" }) do
      local _, p = call("return {\n  title = function()\n    error(" .. raised .. ")\n  end,\n}", "title",
        findings.new())
      assert.equal("E411", p.id, raised)
      assert.matches("^policy.lua:[23]", p.where)
      assert.is_true(#p.because < 600)
      assert.is_nil(p.because:find("0x"), raised)
    end
  end)

  it("that gives the default nonsense names its own line", function()
    local _, p = call("return {\n  title = function(finding, default)\n    local t = default({})\n    return t\n"
      .. "  end,\n}", "title", findings.new())
    assert.matches("^policy.lua:3 ", p.where)
  end)

  it("that never ends is stopped, whatever it does", function()
    for _, body in ipairs({ "while true do end", "while true do pcall(error) end",
      "local function f() return f() end f()",
      "table.sort({ 3, 2, 1 }, function() while true do end end)",
      "string.gsub('x', '.', function() while true do end end)" }) do
      local _, p = call("return { title = function() " .. body .. " end }", "title", findings.new())
      assert.equal("E409", p.id, body)
      assert.matches("^policy.lua:1", p.where)
    end
  end)

  it("that never ends is not called for ever", function()
    local policy = findings.policy("return { filter = function() while true do end end }")
    for _ = 1, 3 do
      assert.matches("longer than the limit", select(2, policy:call("filter", findings.new())).because, 1, true)
    end
    for _ = 1, 1000 do
      assert.matches("not called any more", select(2, policy:call("filter", findings.new())).what, 1, true)
    end
  end)

  it("that takes too much memory is stopped", function()
    local _, p = call("return { title = function() local t = {} for i = 1, 1e9 do t[i] = { i } end end }", "title",
      findings.new())
    assert.equal("E409", p.id)
  end)

  it("that calls itself for ever is told so", function()
    local _, p = call("local function f(x) return 1 + f(x) end return { title = function(x) return f(x) end }", "title",
      findings.new())
    assert.matches("calls itself", p.because, 1, true)
  end)

  it("cannot change what it is given", function()
    local finding = findings.new()
    for _, text in ipairs({ "finding.risk = 'LOW'", "finding.workload.WorkloadName = 'x'",
      "finding.workload.Lenses[1] = 'x'", "table.insert(finding.question.SelectedChoices, 'x')" }) do
      local _, p = call("return { title = function(finding) " .. text .. " return 'x' end }", "title", finding)
      assert.matches("read-only", p.because, 1, true)
    end
    assert.equal("prod-shop", finding.workload.WorkloadName)
  end)

  it("can go through what it is given", function()
    local value = call([[return { title = function(finding)
      local names = {}
      for name in pairs(finding.workload) do names[#names + 1] = name end
      table.sort(names)
      return #finding.workload.Lenses .. finding.workload.Lenses[1] .. " " .. table.concat(names, ",")
    end }]], "title", findings.new())
    assert.equal("1wellarchitected Lenses,Owner,RiskCounts,UpdatedAt,WorkloadArn,WorkloadId,WorkloadName", value)
  end)

  it("must return what its name promises", function()
    local wrong = {
      { "filter", "return nil", "true or false, not nothing" },
      { "filter", "return 'yes'", 'true or false, not the text "yes"' },
      { "workload", "return 1", "true or false, not 1" },
      { "title", "return ''", "not an empty one" },
      { "title", "return {}", "a text, not a table" },
      { "describe", "", "not nothing" },
      { "severity", "return {}", "not a table" },
      { "severity", "return ('x'):rep(65)", "at most 64" },
      { "fields", "return 'x'", "a table such as" },
      { "fields", "return { 'x' }", "needs a name" },
      { "fields", "return { ['aws-x'] = 'y' }", "begins with 'aws'" },
      { "fields", "return { ['/Amazon/x'] = 'y' }", "begins with 'amazon'" },
      { "fields", "return { [('x'):rep(129)] = 'y' }", "at most 128" },
      { "fields", "return { x = {} }", "must be a text" },
      { "before_create", "return 'x'", "false to leave it out" },
      { "on_resolve", "return 5", "an outcome such as" },
      { "on_resolve", "return { outcome = 'ignore', reson = 'x' }", "did you mean 'reason'?" },
    }
    for _, case in ipairs(wrong) do
      local argument = case[1] == "workload" and findings.new().workload or findings.new()
      local value, p = call(("return { %s = function() %s end }"):format(case[1], case[2]), case[1], argument)
      assert.is_nil(value)
      assert.equal("E408", p.id, case[2])
      assert.matches(case[3], p.because, 1, true)
      assert.matches("^policy.lua:1 ", p.where)
    end
  end)

  it("may return numbers where a text is obvious", function()
    assert.equal("2", (call("return { severity = function() return 2 end }", "severity", findings.new())))
    assert.same({ Team = "x", Floor = "3", Paid = "true" },
      (call("return { fields = function() return { Team = 'x', Floor = 3, Paid = true } end }", "fields",
        findings.new())))
  end)

  it("gets texts whose methods are the policy's own", function()
    assert.equal("SHOP nil", (call([[return { title = function(f)
      local ok, value = pcall(function() return ("x").dump end)
      return f.workload.WorkloadName:match("%-(.*)$"):upper() .. " " .. tostring(ok and value or nil)
    end }]], "title", findings.new())))
    assert.is_function(("x").dump)
  end)

  it("cannot call AWS, unless it is one of the two that may wait", function()
    local policy = findings.policy("return { title = function() return aws.ssm:GetOpsItem{} end }")
    policy:bind({ aws = { ssm = { GetOpsItem = function() error("called") end } } })
    local _, p = policy:call("title", findings.new())
    assert.matches("cannot wait, so it cannot call AWS", p.because, 1, true)
  end)

  it("that an unknown name is asked for is a bug", function()
    assert.has_error(function() findings.policy("return {}"):call("titel", {}) end, "no policy hook 'titel'")
  end)
end)

describe("before_create", function()
  local item = { title = "T", description = "D", severity = "2", tags = { Team = "x" }, fields = {} }

  it("changes a copy of the item", function()
    local changed = call([[return { before_create = function(item)
      item.title = item.title .. "!"
      item.tags = policy.tags
      return item
    end }]], "before_create", item)
    assert.equal("T!", changed.title)
    assert.same({}, changed.tags)
    assert.equal("T", item.title)
  end)

  it("leaves the item as it is by default, or out with false", function()
    assert.same(item, (call("return {}", "before_create", item)))
    assert.is_false((call("return { before_create = function() return false end }", "before_create", item)))
  end)

  it("can ask AWS", function()
    local policy = findings.policy([[return { before_create = function(item)
      local reply = aws.wellarchitected:GetWorkload{ WorkloadId = "w" }
      item.title = reply.Workload.Environment
      return item
    end }]])
    policy:bind({ aws = { wellarchitected = { GetWorkload = function(_, input)
      return { Workload = { Environment = "PRODUCTION " .. input.WorkloadId } }
    end } } })
    assert.equal("PRODUCTION w", coroutine.wrap(function()
      return policy:call("before_create", item).title
    end)())
  end)
end)

describe("on_resolve", function()
  local function outcome(written)
    return findings.policy("return {}"):call("on_resolve",
      { id = "oi-0123456789ab", finding = findings.new(), fields = {}, outcome_field = written })
  end

  it("takes a resolved item as implemented", function()
    assert.same({ outcome = "implemented" }, (outcome(nil)))
  end)

  it("heeds what people wrote on the item", function()
    assert.same({ outcome = "ignore" }, (outcome(" Ignore ")))
    assert.same({ outcome = "not_applicable" }, (outcome("Not applicable")))
    assert.same({ outcome = "not_applicable", reason = "OUT_OF_SCOPE" }, (outcome("not_applicable: out of scope")))
    assert.same({ outcome = "accepted" }, (outcome("accepted")))
    assert.same({ outcome = "accepted", expires = 1814313600 }, (outcome("accepted: until 2027-06-30")))
    assert.same({ outcome = "accepted", expires = 1814313600 }, (outcome("Accepted: 2027-06-30")))
  end)

  it("reports what people wrote and nobody understands, as their mistake and not the policy's", function()
    local value, p = outcome("implemnted")
    assert.is_nil(value)
    assert.equal("E331", p.id)
    assert.equal("the Outcome of oi-0123456789ab is not understood", p.what)
    assert.matches("did you mean 'implemented'?", p.because, 1, true)
    assert.matches("edit the entry Outcome", p.fix, 1, true)
    assert.matches("no date", select(2, outcome("accepted: until soon")).because, 1, true)
    assert.matches("no reason", select(2, outcome("not_applicable: because")).because, 1, true)
    assert.matches("takes no reason", select(2, outcome("ignore: me")).because, 1, true)
  end)

  it("can be answered by a policy, in words or as a table", function()
    local function answer(text)
      return (call("return { on_resolve = function() return " .. text .. " end }", "on_resolve", { id = "oi-1" }))
    end
    assert.same({ outcome = "not_applicable", reason = "OTHER" }, answer("'not_applicable: OTHER'"))
    assert.same({ outcome = "not_applicable", reason = "OTHER" },
      answer("{ outcome = 'not_applicable', reason = 'OTHER' }"))
    assert.same({ outcome = "accepted", expires = 1814313600 },
      answer("{ outcome = 'accepted', expires = '2027-06-30' }"))
  end)
end)
