local question = require("plumb.lens.question")
local risk = require("plumb.lens.risk")
local what_if = require("plumb.lens.what_if")

local function make(ids, rules)
  local made = { id = "q", choices = {}, rules = {} }
  for id in ids:gmatch("%S+") do made.choices[#made.choices + 1] = { id = id, title = "Title of " .. id } end
  for i, rule in ipairs(rules) do made.rules[i] = { condition = assert(risk.parse(rule[1])), risk = rule[2] } end
  return made
end

local function status_of(selected, not_applicable)
  local status = {}
  for id in (selected or ""):gmatch("%S+") do status[id] = "SELECTED" end
  for id in (not_applicable or ""):gmatch("%S+") do status[id] = "NOT_APPLICABLE" end
  return status
end

-- Both by hand: NONE needs aaa, and bbb or ccc; MEDIUM needs any one of them.
local three = make("aaa bbb ccc q_no", { { "aaa && (bbb || ccc)", "NONE" }, { "aaa || bbb || ccc", "MEDIUM" },
  { "default", "HIGH" } })
local none = { q_no = true }

describe("what if", function()
  it("says what each practice alone would do", function()
    local result = what_if.of(three, status_of("aaa"), none)
    assert.equal("MEDIUM", result.risk)
    assert.same({
      { ChoiceId = "bbb", Title = "Title of bbb", Risk = "NONE", Changes = true },
      { ChoiceId = "ccc", Title = "Title of ccc", Risk = "NONE", Changes = true },
    }, result.choices)
    assert.same({ NONE = { { "bbb" }, { "ccc" } } }, result.fewest)
  end)

  it("finds the fewest practices for each lower risk", function()
    local result = what_if.of(three, status_of("q_no"), none)
    assert.equal("HIGH", result.risk)
    assert.same({ { "aaa" }, { "bbb" }, { "ccc" } }, result.fewest.MEDIUM)
    assert.same({ { "aaa", "bbb" }, { "aaa", "ccc" } }, result.fewest.NONE)
  end)

  it("takes the none-choice away with the first practice", function()
    local keeps = make("aaa q_no", { { "aaa && !q_no", "NONE" }, { "default", "HIGH" } })
    assert.same({ { "aaa" } }, what_if.of(keeps, status_of("q_no"), none).fewest.NONE)
    assert.equal("HIGH", what_if.risk(keeps, status_of("q_no"), {}, none))
  end)

  it("leaves choices alone that are not applicable", function()
    local result = what_if.of(three, status_of("aaa", "bbb"), none)
    assert.equal(1, #result.choices)
    assert.same({ { "ccc" } }, result.fewest.NONE)
  end)

  it("says so when no selection helps", function()
    local never = make("aaa bbb", { { "aaa && zzz", "NONE" }, { "default", "HIGH" } })
    assert.same({ MEDIUM = {}, NONE = {} }, what_if.of(never, status_of("bbb")).fewest)
  end)

  it("starts from an unanswered question too", function()
    local result = what_if.of(three, {}, none)
    assert.equal("UNANSWERED", result.risk)
    assert.same({ "aaa", "bbb" }, result.fewest.NONE[1])
  end)

  it("agrees with trying everything", function()
    local ids = { "a01", "a02", "a03", "a04", "a05", "a06" }
    local wild = make(table.concat(ids, " "), { { "a01 && a02 && !a03 || a04 && a05", "NONE" },
      { "a06 || a01", "MEDIUM" }, { "default", "HIGH" } })
    for start = 0, 63 do
      local status, best = {}, { NONE = math.huge, MEDIUM = math.huge }
      for i, id in ipairs(ids) do status[id] = start >> (i - 1) & 1 == 1 and "SELECTED" or nil end
      for mask = 0, 63 do
        if mask & start == 0 then
          local all, count = {}, 0
          for i, id in ipairs(ids) do
            all[id] = (start | mask) >> (i - 1) & 1 == 1 and "SELECTED" or nil
            count = count + (mask >> (i - 1) & 1)
          end
          local word = risk.of(wild, { status = all })
          if word == "NONE" then best.NONE = math.min(best.NONE, count) end
          if word == "NONE" or word == "MEDIUM" then best.MEDIUM = math.min(best.MEDIUM, count) end
        end
      end
      for word, count in pairs(best) do
        local sets = what_if.fewest(wild, status, word)
        assert.equal(count, sets[1] and #sets[1] or math.huge)
      end
    end
  end)

  it("refuses a question with more choices than can be tried", function()
    local ids = {}
    for i = 1, 21 do ids[i] = "c" .. i + 100 end
    local result, message = what_if.of(make(table.concat(ids, " "), {}), {})
    assert.is_nil(result)
    assert.truthy(message:find("21 choices", 1, true))
  end)
end)

describe("a question of a lens", function()
  local LENS = [[{"pillars":[{"questions":[{"id":"q1","choices":[{"id":"aaa"}],"riskRules":[]}]},
    {"questions":[{"id":"q2","title":"T","choices":[{"id":"aaa","title":"A"}],
    "riskRules":[{"condition":"aaa","risk":"NO_RISK"},{"condition":"default","risk":"HIGH_RISK"}]}]}]}]]

  it("is found by its id, with rules in AWS's words for answers", function()
    local found = assert(question.find(LENS, "q2"))
    assert.same({ { id = "aaa", title = "A" } }, found.choices)
    assert.equal("NONE", found.rules[1].risk)
    assert.equal("HIGH", found.rules[2].risk)
  end)

  it("is told why it cannot be used", function()
    assert.truthy(select(2, question.find("x", "q")):find("not a JSON object", 1, true))
    assert.truthy(select(2, question.find(LENS, "q3")):find('no question "q3"', 1, true))
    local broken = LENS:gsub('"aaa","risk"', '"aaa &&","risk"')
    assert.truthy(select(2, question.find(broken, "q2")):find("rule 1", 1, true))
    assert.truthy(select(2, question.find((LENS:gsub("HIGH_RISK", "BAD")), "q2")):find("BAD", 1, true))
  end)
end)
