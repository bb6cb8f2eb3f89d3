-- Every policy in examples/policies does what its comment says, on findings as a scan makes them.

local findings = require("tests.support.finding")
local files = require("plumb.files")
local policies = require("plumb.policy")
local shared = require("support.shared_items")
local trial = require("plumb.policy.trial")
local world = require("support.world")

local FOLDER = "examples/policies/"

local function load_example(name)
  local policy = policies.load({ path = FOLDER .. name, env = findings.no_env })
  policy:bind({ account = findings.ACCOUNT, region = "eu-west-1" })
  return policy
end

local function call(policy, ...)
  local value, problem = policy:call(...)
  assert.is_nil(problem)
  return value
end

describe("examples/policies", function()
  it("pass plumb check without a warning", function()
    local names = assert(files.list(FOLDER))
    assert.is_true(#names >= 4)
    for _, name in ipairs(names) do
      assert.same({}, require("plumb.policy.dead").find(load_example(name)), name)
      assert.same({ {}, {} }, { trial.run(load_example(name)) }, name)
    end
  end)

  it("title.lua writes its own titles", function()
    local policy = load_example("title.lua")
    assert.equal("[HIGH] prod-shop / security: Use strong sign-in mechanisms",
      call(policy, "title", findings.new()))
    assert.equal("[MEDIUM] prod-shop / security: Use strong sign-in mechanisms",
      call(policy, "title", findings.custom({ risk = "MEDIUM" })))
  end)

  it("filter.lua takes production, three pillars and no game days", function()
    local policy = load_example("filter.lua")
    for name, wanted in pairs({ ["prod-shop"] = true, ["shop-prod"] = true, ["intranet"] = false }) do
      local workload = findings.new({ workload = { WorkloadName = name } }).workload
      assert.equal(wanted, call(policy, "workload", workload), name)
    end
    assert.is_true(call(policy, "filter", findings.new()))
    assert.is_false(call(policy, "filter", findings.new({ question = { PillarId = "costOptimization" } })))
    assert.is_false(call(policy, "filter", findings.new({ choice = { Title = "Conduct game days regularly" } })))
  end)

  it("extra_lens.lua reads a custom lens and knows its none-choices", function()
    local policy = load_example("extra_lens.lua")
    local own, custom = findings.new(), findings.custom()
    assert.is_true(call(policy, "lens", own.workload, own.lens))
    assert.is_true(call(policy, "lens", custom.workload, custom.lens))
    assert.is_false(call(policy, "lens", own.workload, { LensAlias = "serverless",
      LensArn = "arn:aws:wellarchitected::aws:lens/serverless" }))
    assert.is_false(call(policy, "lens", own.workload,
      { LensArn = "arn:aws:wellarchitected:eu-west-1:999999999999:lens/" .. ("ab12"):rep(8) }))
    local function none(lens, id)
      return policy:is_none_choice(lens, { ChoiceId = id, Title = "x" })
    end
    assert.is_false(none(custom.lens, "public_buckets_no"))
    assert.is_true(none(own.lens, "public_buckets_no"))
    assert.is_true(none(custom.lens, "skip_for_now"))
    assert.is_true(none(custom.lens, "q1_undecided"))
    assert.is_true(none(custom.lens, "q1_no"))
    assert.is_false(none(own.lens, "q1_undecided"))
  end)

  it("one_item_per_question.lua lets practices of a question share an item, but for security", function()
    local policy = load_example("one_item_per_question.lua")
    assert.equal("practice", call(policy, "group", findings.new()))
    assert.equal("question", call(policy, "group", findings.new({ question = { PillarId = "reliability" } })))
    local w = world.new({ policy = assert(files.read(FOLDER .. "one_item_per_question.lua", 1 << 20)) })
    shared.scan(w)
    local several = 0
    for _, item in ipairs(shared.items(w)) do
      local n, pillar = #shared.asked(item), item.OperationalData.Pillar.Value
      assert.is_true(n == 1 or pillar ~= "security")
      several = several + (n > 1 and 1 or 0)
      local is_group = item.OperationalData.Group ~= nil
      assert.equal(pillar ~= "security", is_group)
      assert.equal(is_group, item.Title:find(("(%d to do)"):format(n), 1, true) ~= nil, item.Title)
    end
    assert.is_true(several > 0)
    assert.is_nil(shared.doubles(w))
    assert.equal(0, #shared.scan(w).steps)
    world.restore()
  end)

  it("severity_by_pillar.lua goes by pillar, and by risk elsewhere", function()
    local policy = load_example("severity_by_pillar.lua")
    for pillar, expected in pairs({ security = { "1", "2" }, reliability = { "1", "3" },
      costOptimization = { "3", "4" }, sustainability = { "2", "3" } }) do
      local question = { PillarId = pillar }
      assert.equal(expected[1], call(policy, "severity", findings.new({ question = question })), pillar)
      assert.equal(expected[2],
        call(policy, "severity", findings.new({ risk = "MEDIUM", question = question })), pillar)
    end
  end)
end)
