local explain = require("plumb.explain")
local find = require("plumb.explain.find")
local world = require("tests.support.world")

local stage

local function begin(policy)
  stage = world.new { policy = policy }
  local plumb = stage:begin()
  plumb:bind_policy()
  return plumb
end

-- The steps for the first practice that a text means: "step keep where", and the result.
local function told(plumb, text, which)
  local subjects = find.subjects(plumb, text)
  local answer = explain.steps(plumb.policy, subjects[which or 1])
  local lines = {}
  for i, step in ipairs(answer.steps) do
    lines[i] = ("%s %s %s"):format(step.step, step.keep and "keep" or "skip", step.where)
  end
  return lines, answer
end

describe("plumb explain", function()
  after_each(world.restore)

  it("goes the way of a finding that becomes an item, and knows the item afterwards", function()
    local plumb = begin()
    local lines, answer = told(plumb, "shop-prod/sec_identity/second factor")
    assert.same({ "workload keep default", "lens keep default", "risk keep AWS", "choice keep AWS",
      "filter keep default", "item keep default", "state keep state" }, lines)
    assert.equal("the next scan makes an item, within its budget", answer.result)
    stage:scan()
    answer = select(2, told(plumb, "shop-prod/sec_identity/second factor"))
    assert.matches("^item oi%-%x+$", answer.result)
    local id = answer.result:match "oi%-%x+"
    assert.equal(answer.key, select(2, told(plumb, id)).key)
    assert.equal(answer.key, select(2, told(plumb, answer.key:sub(1, 12))).key)
  end)

  it("names the line that said no", function()
    local plumb = begin 'return {\n  workloads = { "billing" },\n}'
    local lines, answer = told(plumb, "shop-prod/sec_identity/second factor")
    assert.same({ "workload skip policy.lua:2" }, lines)
    assert.equal("no item", answer.result)
    assert.matches("workloads", answer.advice, 1, true)
    plumb = begin 'return {\n  risks = { "MEDIUM" },\n}'
    lines, answer = told(plumb, "shop-prod/sec_identity/second factor")
    assert.equal("filter skip policy.lua:2", lines[#lines])
    assert.matches("HIGH is not in risks: MEDIUM", answer.steps[#answer.steps].says, 1, true)
    plumb = begin "return {\n\n  filter = function() return false end,\n}"
    lines = told(plumb, "shop-prod/sec_identity/second factor")
    assert.equal("filter skip policy.lua:3", lines[#lines])
    plumb = begin "return {\n  title = function(f) return f.nope end,\n}"
    lines, answer = told(plumb, "shop-prod/sec_identity/second factor")
    assert.equal("item skip policy.lua:2", lines[#lines])
    assert.matches("'nope' is not a field", answer.steps[#answer.steps].says, 1, true)
    plumb = begin 'return {\n  lenses = { "serverless" },\n}'
    lines = told(plumb, "shop-prod/sec_identity/second factor")
    assert.equal("lens skip policy.lua:2", lines[#lines])
  end)

  it("tells practices that are in place, not applicable, or none", function()
    local plumb = begin()
    local says = {}
    for _, subject in ipairs(find.subjects(plumb, "shop-prod/sec_identity")) do
      local steps = explain.steps(plumb.policy, subject).steps
      says[steps[4].says] = (says[steps[4].says] or 0) + 1
    end
    assert.same({ ["it is selected: the practice is in place"] = 1, ["it is marked not applicable"] = 1,
      ["it is not selected: the practice is missing"] = 2, ["it means 'none of these', by none_choices"] = 1 }, says)
  end)

  it("tells what people decided", function()
    local plumb = begin()
    stage:scan()
    local record = stage:finding("sec_identity_mfa", "shop-prod")
    stage:person_resolves(record.item_id, "accepted: until 2027-06-30")
    stage:resolve()
    local lines, answer = told(plumb, record.key)
    assert.equal("state skip state", lines[#lines])
    assert.matches("accepted it until 2027%-06%-30", answer.steps[#answer.steps].says)
  end)

  it("tells all that an item stands for", function()
    local plumb = begin 'return { group = "question" }'
    stage:scan()
    local record = stage:finding("sec_identity_mfa", "shop-prod")
    assert.equal(2, #find.subjects(plumb, record.item_id))
    assert.equal(2, #find.stored(plumb, record.item_id))
    local lines = told(plumb, record.item_id)
    assert.equal("group keep policy.lua:1", lines[6])
  end)

  it("tells from the state alone, without a call", function()
    local plumb = begin()
    stage:scan()
    local record = stage:finding("sec_identity_mfa", "shop-prod")
    local before = #stage.sim.journal
    for _, text in ipairs({ record.key, record.item_id, "shop-prod/sec_identity/sec_identity_mfa" }) do
      local subjects = find.stored(plumb, text)
      assert.equal(1, #subjects)
      local answer = explain.stored(subjects[1])
      assert.equal("item " .. record.item_id, answer.result)
      assert.equal("the question was rated HIGH when it was last read", answer.steps[1].says)
    end
    assert.equal(before, #stage.sim.journal)
    assert.has_error(function() find.stored(plumb, "nowhere/nothing") end)
  end)

  it("says what it could have meant", function()
    local plumb = begin()
    local function refused(text)
      local ok, p = pcall(find.subjects, plumb, text)
      assert.is_false(ok)
      assert.equal("E103", p.id)
      return p
    end
    assert.matches("did you mean 'shop-prod/sec_identity'?", refused("shop-prd/sec_identity").fix, 1, true)
    assert.matches("did you mean 'shop-prod/sec_identity/x'?", refused("shop-prod/sec_identiti/x").fix, 1, true)
    assert.matches("shop%-prod/wellarchitected/[%w_]+/[%w_]+", refused("shop-prod/e").fix)
    refused("ffffffffffff")
    assert.has_error(function() find.subjects(plumb, "oi-000000000000") end)
  end)
end)
