local diff = require "plumb.diff"

local NOW = 1000

local function review(questions, keys)
  local found = {}
  for i, key in ipairs(keys or {}) do
    found[i] = { key = key, risk = "HIGH", question = { QuestionId = "q" }, choice = { ChoiceId = key } }
  end
  return { answers = questions, findings = found }
end

local function question(changes)
  local q = { QuestionId = "q", Risk = "HIGH", Choices = { { ChoiceId = "c" }, { ChoiceId = "d" } },
    SelectedChoices = {} }
  for name, value in pairs(changes or {}) do q[name] = value end
  return q
end

local function record(status, changes)
  local r = { key = "c", status = status, risk = "HIGH", question_id = "q", choice_id = "c", item_id = "oi-1" }
  for name, value in pairs(changes or {}) do r[name] = value end
  return r
end

-- What follows when the practice is missing, and when it is not.
local function when_missing(r) return diff.review(review({ question() }, { "c" }), { r }, NOW)[1] end

local function when_dealt_with(r, changes)
  local actions = diff.review(review({ question(changes or { SelectedChoices = { "c" } }) }), { r }, NOW)
  assert.is_true(#actions <= 1)
  return actions[1]
end

describe("a practice that is missing", function()
  it("gets an item when the state does not know it", function()
    local action = diff.review(review({ question() }, { "c" }), {}, NOW)[1]
    assert.equal("create", action.kind)
    assert.is_nil(action.record)
  end)

  it("keeps its open item", function()
    assert.equal("keep", when_missing(record "open").kind)
  end)

  it("has its open item updated when its risk changed, either way", function()
    assert.equal("update", when_missing(record("open", { risk = "MEDIUM" })).kind)
    local found = review({ question() }, { "c" })
    found.findings[1].risk = "MEDIUM"
    assert.equal("update", diff.review(found, { record "open" }, NOW)[1].kind)
  end)

  it("comes back with a new item when it had been dealt with", function()
    for _, status in ipairs { "settled", "fixed", "obsolete", "contested" } do
      local action = when_missing(record(status))
      assert.equal("return", action.kind, status)
      assert.equal("oi-1", action.record.item_id)
    end
  end)

  it("comes back when a close of its item was begun and nobody saw the end", function()
    assert.equal("return", when_missing(record("open", { reason = "it was selected" })).kind)
  end)

  it("waits for the quarantine of an earlier create, and not a moment longer", function()
    assert.equal("wait", when_missing(record("intended", { ambiguous_until = NOW + 1 })).kind)
    assert.equal("create", when_missing(record("intended", { ambiguous_until = NOW })).kind)
    assert.equal("create", when_missing(record("intended", { ambiguous_until = 0 })).kind)
    assert.equal("create", when_missing(record "intended").kind)
  end)

  it("stays accepted until its day, and without a day for ever", function()
    assert.equal("keep", when_missing(record("accepted", { accepted_until = NOW + 1 })).kind)
    assert.equal("return", when_missing(record("accepted", { accepted_until = NOW })).kind)
    assert.equal("keep", when_missing(record "accepted").kind)
  end)

  it("is left to a person when it is parked", function()
    assert.equal("keep", when_missing(record "parked").kind)
  end)

  it("is there once, however often the list shows it", function()
    local actions = diff.review(review({ question() }, { "c", "c" }), {}, NOW)
    assert.equal(1, #actions)
  end)
end)

describe("a practice that is not missing any more", function()
  local REASONS = {
    { { SelectedChoices = { "c" } }, "selected in the" },
    { { ChoiceAnswerSummaries = { { ChoiceId = "c", Status = "NOT_APPLICABLE" } } }, "marked not applicable in the" },
    { { IsApplicable = false }, "question was marked not applicable" },
    { { Risk = "NONE" }, "no longer rated HIGH or MEDIUM" },
    { { Risk = "UNANSWERED" }, "no longer rated HIGH or MEDIUM" },
  }

  it("has its open item closed, with the reason", function()
    for _, case in ipairs(REASONS) do
      local action = when_dealt_with(record "open", case[1])
      assert.equal("close", action.kind)
      assert.truthy(action.reason:find(case[2], 1, true), action.reason)
    end
  end)

  it("is obsolete when its question or its choice is gone", function()
    local gone = diff.review(review {}, { record "open" }, NOW)[1]
    assert.equal("obsolete", gone.kind)
    assert.truthy(gone.reason:find("question", 1, true))
    local without = when_dealt_with(record "open", { Choices = { { ChoiceId = "d" } } })
    assert.equal("obsolete", without.kind)
    assert.truthy(without.reason:find("best practice", 1, true))
  end)

  it("leaves what has no open item alone", function()
    for _, status in ipairs { "settled", "fixed", "obsolete", "accepted", "parked" } do
      assert.is_nil(when_dealt_with(record(status)), status)
      assert.is_nil(diff.review(review {}, { record(status) }, NOW)[1], status)
    end
  end)

  -- Guards diff.follows(): what people sorted out in the Tool would be shown as contested for ever.
  it("is contested no more", function()
    assert.equal("close", when_dealt_with(record "contested").kind)
    assert.equal("obsolete", diff.review(review {}, { record "contested" }, NOW)[1].kind)
  end)

  it("has the item of an unsettled create looked for, after its quarantine", function()
    assert.equal("wait", when_dealt_with(record("intended", { ambiguous_until = NOW + 1 })).kind)
    assert.equal("close", when_dealt_with(record("intended", { ambiguous_until = NOW })).kind)
    assert.equal("obsolete", diff.review(review {}, { record("intended", { ambiguous_until = 0 }) }, NOW)[1].kind)
  end)
end)

describe("a review", function()
  it("gives every finding and every record its own action", function()
    local actions = diff.review(review({ question() }, { "c", "new" }),
      { record "open", record("open", { key = "d", choice_id = "d" }) }, NOW)
    local kinds = {}
    for i, action in ipairs(actions) do kinds[i] = action.kind end
    assert.same({ "keep", "create", "close" }, kinds)
  end)

  it("changes neither reading nor records", function()
    local r = record("open", { risk = "MEDIUM" })
    diff.review(review({ question() }, { "c" }), { r }, NOW)
    assert.same(record("open", { risk = "MEDIUM" }), r)
  end)
end)
