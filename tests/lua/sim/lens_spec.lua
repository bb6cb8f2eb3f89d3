local json = require("plumb.json")
local lens = require("sim.lens")

local function file(changes)
  local question = { id = "question", title = "What?", choices = json.list({
    { id = "first", title = "First", improvementPlan = { displayText = "Do it" } },
    { id = "question_no", title = "None of these" } }),
    riskRules = json.list({ { condition = "first", risk = "NO_RISK" }, { condition = "default",
      risk = "HIGH_RISK" } }) }
  local document = { schemaVersion = "2021-11-01", name = "Lens", description = "D",
    pillars = json.list({ { id = "pillar", name = "Pillar", questions = json.list({ question }) } }) }
  if changes then
    changes(document, question)
  end
  return document
end

local function refusal(changes, options)
  local document, message = lens.load(file(changes), options)
  assert.is_nil(document)
  return message
end

local function warnings(changes)
  local texts = {}
  for i, problem in ipairs(assert(lens.load(file(changes))).warnings) do
    texts[i] = problem.where .. ": " .. problem.text
  end
  return table.concat(texts, "\n")
end

describe("a lens file", function()
  it("is read in order, with the risk words of the API", function()
    local document = assert(lens.load(json.encode(file())))
    assert.equal("Lens", document.name)
    assert.equal("pillar", document.question.question.pillar_id)
    assert.equal("NONE", document.questions[1].rules[1].risk)
    assert.is_true(document.question.question.choice.question_no.none)
    assert.same({}, document.warnings)
  end)

  it("may hold keys nobody knows, and a description at a choice", function()
    local document = assert(lens.load(file(function(d, q)
      d._version, q.number, q.choices[1].description = "1", 3, "More"
    end)))
    assert.equal("More", document.questions[1].choices[1].description)
  end)

  it("is refused with the place of what cannot be worked with", function()
    assert.equal("lens: no name", refusal(function(d) d.name = nil end))
    assert.equal("lens: no pillars", refusal(function(d) d.pillars = json.list({}) end))
    assert.equal("pillars[1].questions[1]: no choices", refusal(function(_, q) q.choices = nil end))
    assert.equal("pillars[1].questions[1].riskRules[1].risk: \"BAD\" is none of NO_RISK, MEDIUM_RISK, HIGH_RISK",
      refusal(function(_, q) q.riskRules[1].risk = "BAD" end))
    assert.is_truthy(refusal(function(_, q) q.riskRules[1].condition = "first &&" end):find("riskRules[1].condition", 1,
      true))
    assert.is_truthy(refusal(function(_, q) q.choices[2].id = "first" end):find("twice in one question", 1, true))
    assert.is_truthy(refusal(function(d, q) d.pillars[2] = { id = "other", name = "O", questions = { q } } end):find(
      "twice in one lens", 1, true))
  end)

  it("that holds NaN is refused with a hint", function()
    local document, message = lens.load("{ \"name\": NaN }")
    assert.is_nil(document)
    assert.is_truthy(message:find("NaN is not JSON", 1, true))
  end)

  it("is read with a warning for the oddities of published lenses", function()
    assert.is_truthy(warnings(function(d) d.schemaVersion = "2022-11-01" end):find("2022-11-01", 1, true))
    assert.is_truthy(warnings(function(_, q) q.riskRules[2] = nil end):find("no default rule", 1, true))
    assert.is_truthy(warnings(function(_, q) q.riskRules[1], q.riskRules[2] = q.riskRules[2], q.riskRules[1] end):find(
      "never reached", 1, true))
    assert.is_truthy(warnings(function(_, q) q.choices[2].id = "noneofthese" end):find("does not end in _no", 1, true))
    assert.is_truthy(warnings(function(_, q) q.choices[2].title = "Others" end):find("titled \"Others\"", 1, true))
    assert.is_truthy(warnings(function(_, q) q.choices[1].improvementPlan.url = "" end):find("url: empty", 1, true))
    assert.is_truthy(warnings(function(_, q) q.choices[1].id = ("x"):rep(65) end):find("more than 64", 1, true))
    assert.is_truthy(warnings(function(_, q) q.riskRules[1].condition = "second" end):find("names \"second\"", 1, true))
  end)

  it("may be refused on import for what reading forgives", function()
    local import = { import = true }
    assert.is_truthy(refusal(function(_, q) q.title = ("x"):rep(129) end, import):find("129 characters", 1, true))
    assert.is_truthy(refusal(function(_, q) q.title = "50% done" end, import):find("not accepted", 1, true))
    assert.is_truthy(refusal(function(_, q) q.choices[1].improvementPlan = nil end,
      import):find("no improvementPlan", 1,
      true))
    assert.is_truthy(refusal(function(_, q)
      for i = 3, 16 do
        q.choices[i] = { id = "choice" .. i, title = "C", improvementPlan = { displayText = "x" } }
      end
    end, import):find("16 entries", 1, true))
    assert.is_truthy(assert(lens.load(file(function(_, q) q.title = "50% done" end))))
  end)

  it("of more than 500,000 bytes is refused on import", function()
    local text = json.encode(file()) .. (" "):rep(500000)
    assert.is_truthy(lens.load(text))
    assert.is_nil((lens.load(text, { import = true })))
  end)
end)

describe("the difference of two versions", function()
  it("names new, changed and deleted questions", function()
    local base = assert(lens.load(file()))
    local target = assert(lens.load(file(function(d, q)
      q.choices[3] = { id = "second", title = "Second", improvementPlan = { displayText = "x" } }
      d.pillars[2] = { id = "more", name = "More", questions = { { id = "another", title = "A", choices = q.choices,
        riskRules = q.riskRules } } }
    end)))
    local there, back = lens.difference(base, target), lens.difference(target, base)
    assert.same({ "UPDATED", "UPDATED" }, { there[1].DifferenceStatus,
      there[1].QuestionDifferences[1].DifferenceStatus })
    assert.same({ "NEW", "another" }, { there[2].DifferenceStatus, there[2].QuestionDifferences[1].QuestionId })
    assert.same({ "DELETED", "DELETED" }, { back[2].DifferenceStatus, back[2].QuestionDifferences[1].DifferenceStatus })
    assert.same({}, lens.difference(base, base))
  end)
end)
