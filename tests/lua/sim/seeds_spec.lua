local client = require("lua.sim.client")
local lens = require("sim.lens")
local review = require("sim.review")
local sim = require("sim")

local function missing(world)
  local count = 0
  for _, workload in ipairs(world.workloads) do
    for _, entry in ipairs(workload.reviews) do
      for _, question in ipairs(entry.document.questions) do
        local word = review.risk(question, entry.answers[question.id])
        if workload.owner == world.account and (word == "HIGH" or word == "MEDIUM") then
          count = count + #review.missing(question, entry.answers[question.id])
        end
      end
    end
  end
  return count
end

describe("the demo", function()
  local world = client.new().sim.world

  it("has 24 to 40 missing practices behind risks", function()
    local count = missing(world)
    assert.is_true(count >= 24 and count <= 40, tostring(count))
  end)

  it("has lenses that could be imported as they are", function()
    for _, entry in ipairs(world.lenses) do
      local document = entry.versions[1].document
      assert.is_truthy(lens.load(document.source, { import = true }))
      for _, problem in ipairs(document.warnings) do
        assert.is_truthy(problem.text:find("_no", 1, true), problem.where .. ": " .. problem.text)
      end
    end
  end)

  it("has one of everything that surprises", function()
    local house = world.lens[world.workloads[2].reviews[2].lens.arn].versions[1].document
    assert.is_false(house.question.house_logs.choice.house_logs_none.none)
    assert.equal("None of these", house.question.house_logs.choice.house_logs_none.title)
    assert.equal("Consumers can say no", house.question.house_change.choice.house_change_consumers_say_no.title)
    assert.is_nil(world.workloads[2].reviews[2].lens.alias)
    local answers = world.workloads[1].reviews[1].answers
    assert.same({ "SELECTED", "SELECTED" }, { answers.sec_identity.status.sec_identity_no,
      answers.sec_identity.status.sec_identity_federation })
    assert.is_false(answers.perf_network.applicable)
    assert.equal("READONLY", world.workloads[5].share.permission)
  end)

  it("has the same workload ids in every account and Region", function()
    local other = world.sim:world_of("999988887777", "eu-west-1")
    assert.equal(world.workloads[1].id, other.workloads[1].id)
    assert.are_not.equal(world.workloads[1].arn, other.workloads[1].arn)
  end)
end)

describe("the large seed", function()
  it("has as many workloads, questions and missing practices as asked for", function()
    local world = client.new({ seed = "large", seed_options = { workloads = 24, questions = 57, risky = 20,
      missing = 3 } })
      .sim.world
    assert.equal(24, #world.workloads)
    local counts = review.total(world.workloads[7].reviews)
    assert.equal(20, (counts.HIGH or 0) + (counts.MEDIUM or 0))
    assert.equal(37, counts.NONE)
    assert.equal(24 * 60, missing(world))
  end)

  it("shares answers until one changes", function()
    local c = client.new({ seed = "large", seed_options = { workloads = 16, questions = 6, risky = 3 } })
    local one, nine = c.sim.world.workloads[1], c.sim.world.workloads[9]
    assert.equal(one.reviews[1].answers, nine.reviews[1].answers)
    local before = review.total(nine.reviews)
    c:ok("wellarchitected.UpdateAnswer", { WorkloadId = one.id, LensAlias = "wellarchitected",
      QuestionId = "question_001", SelectedChoices = { "question_001_no" } })
    assert.same(before, review.total(nine.reviews))
    assert.are_not.equal(one.reviews[1].answers, nine.reviews[1].answers)
  end)
end)

describe("a seed", function()
  it("may be any custom lens file", function()
    local world = sim.new({ seed = "scripts/sim/seed/lenses/house_rules.json", now = function() return 0 end }).world
    assert.same({ "sample", 1 }, { world.workloads[1].name, #world.workloads })
    assert.equal(5, #world.workloads[1].reviews[1].document.questions)
    assert.is_true(missing(world) > 0)
  end)

  it("may be a table", function()
    local c = client.new({ seed = { lenses = { "sim/seed/lenses/house_rules.json" }, workloads = { { name = "one",
      lenses = { "house_rules" }, answers = { house_rules = { house_logs = { selected = "house_logs_central",
        notes = "n" }, house_cost = "n/a" } } } } } })
    assert.same({ MEDIUM = 1, NOT_APPLICABLE = 1, UNANSWERED = 3 }, c:ok("wellarchitected.ListWorkloads", {})
      .WorkloadSummaries[1].RiskCounts)
  end)

  it("that does not fit together is refused with the place", function()
    local function message(seed)
      local ok, text = pcall(sim.new, { seed = seed, now = function() return 0 end })
      assert.is_false(ok)
      return text
    end
    local file = "sim/seed/lenses/house_rules.json"
    assert.equal("no seed \"nothing\"; there are demo, empty, large, or a .json file", message("nothing"))
    assert.equal("cannot read nowhere.json", message({ lenses = { "nowhere.json" } }))
    assert.equal("workload w: no lens x in the seed", message({ workloads = { { name = "w", lenses = { "x" } } } }))
    assert.equal("workload w: question house_logs has no choice nope", message({ lenses = { file }, workloads = { {
      name = "w", lenses = { "house_rules" }, answers = { house_rules = { house_logs = "nope" } } } } }))
    assert.equal("lens: lens: no name", message({ lenses = { { key = "lens", document = {} } } }))
  end)

  it("gives the same ids again for the same random_seed", function()
    local function first()
      return client.new({ seed = "empty" }):ok("ssm.CreateOpsItem", { Title = "t", Description = "d",
        Source = "s" }).OpsItemId
    end
    assert.equal(first(), first())
  end)
end)
