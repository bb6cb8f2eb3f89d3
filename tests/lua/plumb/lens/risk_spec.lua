local risk = require("plumb.lens.risk")

local function value(text, selected, not_applicable)
  local status = {}
  for id in (selected or ""):gmatch("%S+") do
    status[id] = "SELECTED"
  end
  for id in (not_applicable or ""):gmatch("%S+") do
    status[id] = "NOT_APPLICABLE"
  end
  local condition = assert(risk.parse(text))
  return risk.value(condition, function(id) return status[id] end)
end

describe("a condition", function()
  it("binds && tighter than ||, without parentheses", function()
    assert.is_true(value("aaa || bbb && ccc", "aaa"))
    assert.is_false(value("aaa || bbb && ccc", "bbb"))
    assert.is_true(value("aaa && bbb || ccc", "ccc"))
    assert.is_false(value("(aaa || bbb) && ccc", "aaa"))
  end)

  it("binds ! tightest", function()
    assert.is_true(value("!aaa && bbb", "bbb"))
    assert.is_false(value("!(aaa || bbb)", "bbb"))
    assert.is_true(value("!!aaa", "aaa"))
  end)

  it("does not care about white space", function()
    assert.is_true(value("  aaa&&\n ( bbb||ccc )\t", "aaa ccc"))
  end)

  it("reads the none-choice as any other", function()
    assert.is_true(value("!aaa || q_no", "aaa q_no"))
  end)

  it("says where it cannot be read", function()
    for text, wanted in pairs({ ["aaa &&"] = "choice id expected at the end", ["aaa bbb"] = "character 5",
      ["(aaa"] = "')' expected", ["aaa & bbb"] = "unexpected", [""] = "choice id expected",
        ["|| aaa"] = "character 1" }) do
      local condition, message = risk.parse(text)
      assert.is_nil(condition)
      assert.is_truthy(message:find(wanted, 1, true), text .. ": " .. message)
    end
  end)
end)

describe("a choice that is not applicable", function()
  it("drops out of &&", function()
    assert.is_true(value("aaa && bbb && ccc", "aaa ccc", "bbb"))
    assert.is_false(value("aaa && bbb && ccc", "aaa", "bbb"))
  end)

  it("does not satisfy ||", function()
    assert.is_false(value("aaa || bbb", "", "aaa bbb"))
    assert.is_true(value("aaa || bbb", "bbb", "aaa"))
  end)

  it("makes a && of such only true", function()
    assert.is_true(value("aaa && bbb", "", "aaa bbb"))
  end)

  it("stays neutral under !", function()
    assert.is_nil(value("!aaa", "", "aaa"))
    assert.is_false(value("!aaa && bbb", "", "aaa"))
    assert.is_true(value("!aaa && bbb", "bbb", "aaa"))
  end)
end)

describe("the risk of an answer", function()
  local question = { rules = {} }
  for i, rule in ipairs({ { "aaa && bbb && ccc", "NONE" }, { "aaa", "MEDIUM" }, { "default", "HIGH" } }) do
    question.rules[i] = { condition = assert(risk.parse(rule[1])), risk = rule[2] }
  end

  local function of(status, applicable)
    return risk.of(question, { status = status, applicable = applicable })
  end

  it("is UNANSWERED while nothing is selected", function()
    assert.equal("UNANSWERED", risk.of(question, nil))
    assert.equal("UNANSWERED", of({}))
    assert.equal("UNANSWERED", of({ aaa = "UNSELECTED" }))
  end)

  it("is that of the first rule that holds", function()
    assert.equal("MEDIUM", of({ aaa = "SELECTED" }))
    assert.equal("HIGH", of({ bbb = "SELECTED" }))
    assert.equal("NONE", of({ aaa = "SELECTED", bbb = "SELECTED", ccc = "SELECTED" }))
  end)

  it("is NONE when all is not applicable, and HIGH when one is and nothing else", function()
    local na = "NOT_APPLICABLE"
    assert.equal("NONE", of({ aaa = na, bbb = na, ccc = na }))
    assert.equal("HIGH", of({ bbb = na }))
  end)

  it("is NOT_APPLICABLE when the question was taken out", function()
    assert.equal("NOT_APPLICABLE", of({ aaa = "SELECTED" }, false))
  end)

  it("notes that no rule held", function()
    local open = { rules = { question.rules[2] } }
    local word, note = risk.of(open, { status = { zzz = "SELECTED" } })
    assert.same({ "NONE", "no rule matched" }, { word, note })
  end)
end)
