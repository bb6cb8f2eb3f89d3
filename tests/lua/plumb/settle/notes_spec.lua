-- The line in the notes of an answer: nothing that people wrote changes, and no line comes twice.

local notes = require "plumb.settle.notes"
local world = require "support.world"

local NOW = 1767323045 -- 2026-01-02

local function step(choice, outcome)
  return { outcome = { outcome = outcome or "implemented" },
    resolved = { id = "oi-0123456789ab", record = { choice_id = choice or "c1" } } }
end

local function answer(text)
  return { Notes = text, Choices = { { ChoiceId = "c1", Title = "Use strong\nsign-in" }, { ChoiceId = "c2" } } }
end

describe("the line in the notes", function()
  it("says when, for which item, which practice and what", function()
    assert.equal("plumb 2026-01-02 oi-0123456789ab c1 implemented: Use strong sign-in",
      notes.with_lines(answer(nil), { step() }, NOW))
  end)

  it("stands on a line of its own below what people wrote", function()
    assert.equal("Ask Ann.\nplumb 2026-01-02 oi-0123456789ab c2 not_applicable",
      notes.with_lines(answer "Ask Ann.", { step("c2", "not_applicable") }, NOW))
    assert.matches("^Ask Ann.\nplumb", (notes.with_lines(answer "Ask Ann.\n", { step() }, NOW)))
  end)

  it("is one for each practice", function()
    local text = notes.with_lines(answer "", { step "c1", step "c2" }, NOW)
    assert.equal(2, select(2, text:gsub("plumb 2026", "")))
  end)

  -- Guards mark_of(): a retry on another day would add the line again.
  it("is not added twice, on whatever day", function()
    local text = notes.with_lines(answer "Ask Ann.", { step() }, NOW)
    assert.is_nil((notes.with_lines(answer(text), { step() }, NOW + 86400)))
    assert.is_nil((notes.with_lines(answer("x" .. text .. "\nmore of Ann"), { step() }, NOW)))
  end)

  it("is cut at a character boundary where there is little room", function()
    local before = ("ü"):rep(notes.LIMIT - 60)
    local text, left_out = notes.with_lines(answer(before), { step() }, NOW)
    assert.equal(notes.LIMIT, utf8.len(text))
    assert.equal(before, text:sub(1, #before))
    assert.matches("implemented: Use stron…$", text)
    assert.same({}, left_out)
  end)

  it("is left out where there is none, and said so", function()
    local full = ("x"):rep(notes.LIMIT - 10)
    local one = step()
    local text, left_out = notes.with_lines(answer(full), { one }, NOW)
    assert.is_nil(text)
    assert.equal(one, left_out[1])
    assert.is_nil((notes.with_lines(answer(("x"):rep(notes.LIMIT + 30)), { one }, NOW)))
  end)
end)

describe("a policy that wants lines in the notes", function()
  local w

  before_each(function()
    w = world.new { set = { answer_notes = true } }
    w:scan()
  end)
  after_each(world.restore)

  it("gets one in the same call as the choice, below what is there", function()
    local record = w:finding("rel_recovery_drill", "shop-prod")
    w:person_resolves(record.item_id)
    w:resolve()
    assert.matches("^Drill planned for spring.\nplumb 2026%-01%-02 " .. record.item_id:gsub("%-", "%%-"),
      w:answer(record).Notes)
    assert.equal(1, #w:inputs "UpdateAnswer")
  end)

  it("gets none twice when the reply was lost", function()
    local record = w:people_resolve "ops_observe_alarms"
    w.sim:fault { operation = "wellarchitected.UpdateAnswer", nth = 1, count = 1, kind = "exec_then_reset" }
    w:resolve()
    w:resolve()
    assert.equal("settled", w:finding("ops_observe_alarms").status)
    assert.equal(1, select(2, w:answer(record).Notes:gsub("plumb 2026", "")))
  end)

  it("gets the practice written where the notes are full, and is told", function()
    local record = w:people_resolve "ops_observe_alarms"
    local full = ("x"):rep(2084)
    assert(w.client.wellarchitected:UpdateAnswer { WorkloadId = world.workload_id(record),
      LensAlias = record.lens_alias, QuestionId = record.question_id, Notes = full })
    local _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
    assert.matches("notes are full", outcomes[1].reason)
    assert.equal(full, w:answer(record).Notes)
    assert.equal("SELECTED", w:status_in_tool(record))
  end)
end)

describe("a policy that does not", function()
  it("never sends notes", function()
    local w = world.new()
    w:scan()
    w:people_resolve "ops_observe_alarms"
    w:resolve()
    assert.is_nil(w:inputs("UpdateAnswer")[1].Notes)
    world.restore()
  end)
end)
