local job_of = require "plumb.settle.job"

local ARN = "arn:aws:wellarchitected:eu-west-1:111122223333:workload/w1"

local function step(id, choice, outcome, changes)
  local record = { key = "key-" .. choice, workload_arn = ARN, lens_arn = "lens", lens_alias = "wellarchitected",
    question_id = "q", choice_id = choice, item_id = id, status = "open" }
  for name, value in pairs(changes or {}) do record[name] = value end
  if type(outcome) == "string" then outcome = { outcome = outcome } end
  return { kind = "settle", resolved = { id = id, record = record, item = { id = id } }, outcome = outcome }
end

local function new(...) return job_of.new(job_of.by_question({ ... })[1]) end

local function answer(selected, choices)
  local list = {}
  for i, id in ipairs(choices or { "a", "b", "none" }) do list[i] = { ChoiceId = id } end
  return { SelectedChoices = selected, Choices = list }
end

describe("a job's updates", function()
  it("hold the choices that want writing and nothing else", function()
    local updates, selects = new(step("1", "a", "implemented"), step("2", "b", { outcome = "not_applicable",
      reason = "OTHER" }), step("3", "c", "ignore"), step("4", "d", { outcome = "accepted", expires = 5 })):updates()
    assert.same({ a = { Status = "SELECTED" }, b = { Status = "NOT_APPLICABLE", Reason = "OTHER" } }, updates)
    assert.is_true(selects)
  end)

  it("take the none-choice out when something is selected", function()
    local updates = new(step("1", "a", "implemented", { none_selected = { "none" } })):updates()
    assert.same({ a = { Status = "SELECTED" }, none = { Status = "UNSELECTED" } }, updates)
  end)

  it("leave the none-choice in when nothing is", function()
    local updates, selects = new(step("1", "a", "not_applicable", { none_selected = { "none" } })):updates()
    assert.same({ a = { Status = "NOT_APPLICABLE" } }, updates)
    assert.is_false(selects)
  end)

  it("never unselect a choice that is selected by the same call", function()
    local updates = new(step("1", "a", "implemented", { none_selected = { "a" } })):updates()
    assert.same({ a = { Status = "SELECTED" } }, updates)
  end)
end)

describe("a job", function()
  it("knows where its answer is", function()
    local job = new(step("1", "a", "implemented"))
    assert.same({ WorkloadId = "w1", LensAlias = "wellarchitected", QuestionId = "q" }, job.path)
    assert.equal("lens", new(step("1", "a", "implemented", { lens_alias = false })).path.LensAlias)
  end)

  it("knows what an answer does not show yet", function()
    local job = new(step("1", "a", "implemented"), step("2", "b", "not_applicable"), step("3", "c", "ignore"))
    assert.equal(2, #job:unmet(answer {}))
    assert.same({ "2" }, { job:unmet(answer { "a" })[1].resolved.id })
    local met = answer { "a" }
    met.ChoiceAnswers = { { ChoiceId = "b", Status = "NOT_APPLICABLE" } }
    assert.equal(0, #job:unmet(met))
  end)

  it("gives up choices and none-choices that are gone, and says whether it did", function()
    local job = new(step("1", "a", "implemented", { none_selected = { "none" } }), step("2", "x", "implemented"))
    assert.is_true(job:drop_gone(answer({}, { "a", "none" })))
    assert.equal("obsolete", job:fate(job.group[2]).status)
    assert.same({ a = { Status = "SELECTED" }, none = { Status = "UNSELECTED" } }, (job:updates()))
    assert.is_false(job:drop_gone(answer({}, { "a", "none" })))
    assert.is_true(job:drop_gone(answer({}, { "a" })))
    assert.same({ a = { Status = "SELECTED" } }, (job:updates()))
  end)

  it("gives everything up that wants writing when the question is gone", function()
    local job = new(step("1", "a", "implemented"), step("2", "b", "ignore"))
    assert.is_true(job:drop_gone(nil, "no such question"))
    assert.equal("obsolete", job:fate(job.group[1]).status)
    assert.equal("no such question", job:fate(job.group[1]).reason)
    assert.equal("accepted", job:fate(job.group[2]).status)
    assert.same({}, (job:updates()))
  end)

  it("ends each outcome in its status", function()
    local function fate(outcome)
      local job = new(step("1", "a", outcome))
      return job:fate(job.group[1])
    end
    assert.equal("settled", fate("implemented").status)
    assert.equal("settled", fate("not_applicable").status)
    assert.equal("accepted", fate("ignore").status)
    assert.equal("ignored", fate("ignore").reason)
    assert.equal(77, fate({ outcome = "accepted", expires = 77 }).expires)
  end)
end)

describe("of several items for one finding", function()
  it("the one that stands for it decides, in whatever order they come", function()
    local own, old = step("oi-own", "a", "implemented"), step("oi-old", "a", "ignore", { item_id = "oi-own" })
    for _, steps in ipairs { { own, old }, { old, own } } do
      local job = new(table.unpack(steps))
      assert.equal(own, job:decisive(old))
      assert.same({ own }, job:writing())
      assert.equal("settled", job:fate(old).status)
    end
  end)

  it("the last one decides when none of them stands for it", function()
    local first = step("oi-1", "a", "implemented", { item_id = "oi-own" })
    local last = step("oi-2", "a", "ignore", { item_id = "oi-own" })
    assert.equal(last, new(first, last):decisive(first))
  end)
end)
