local files = require "plumb.files"
local plan_file = require "plumb.plan_file"
local problem = require "plumb.problem"
local world = require "support.world"

local PATH = os.tmpname()
local HERE = { ["us-east-1"] = true }

describe("a plan in a file", function()
  local w

  before_each(function() w = world.new() end)
  after_each(function()
    world.restore()
    os.remove(PATH)
  end)

  local function drawn()
    local plan = require("plumb.draft").draw_up(w:begin {}, "scan")
    plan:finish {}
    return plan
  end

  local function saved(plan)
    local facts = { command = "scan", run = "01", account = "111122223333", region = "us-east-1" }
    plan_file.save(PATH, facts, plan, w.clock)
    return plan_file.load(PATH)
  end

  it("comes back with every step, readable by nobody else", function()
    local plan = drawn()
    local loaded = saved(plan)
    assert.equal(#plan.steps, #loaded.steps)
    assert.equal("scan", loaded.command)
    assert.equal(384, files.stat(PATH).mode & 511) -- 0600
    local same, stale = plan_file.match(loaded, drawn().steps, HERE)
    assert.equal(#plan.steps, #same)
    assert.same({}, stale)
  end)

  it("leaves out and names what is done, or has changed, since", function()
    local plan = drawn()
    local loaded = saved(plan)
    local again = drawn().steps
    local done = table.remove(again, 1)
    again[1].item.title = "something else"
    local same, stale = plan_file.match(loaded, again, HERE)
    assert.equal(#plan.steps - 2, #same)
    assert.equal(2, #stale)
    assert.equal(done.item.title, stale[1].title)
    assert.equal("it is not to be done any more", stale[1].reason)
    assert.equal("it has changed since the plan was made", stale[2].reason)
  end)

  it("says where to look when it was made for another Region", function()
    local loaded = saved(drawn())
    local same, stale = plan_file.match(loaded, {}, { ["eu-west-1"] = true })
    assert.same({}, same)
    assert.equal("this run does not look at us-east-1; name it with --region", stale[1].reason)
  end)

  -- Guards content(): what somebody looked at said another reason, or another day, than the item does now.
  it("leaves out an outcome whose reason or day was edited since", function()
    w:scan()
    local function resolve_as(first, second)
      w:person_resolves(w:finding("ops_observe_alarms").item_id, first)
      w:person_resolves(w:finding("sec_identity_mfa").item_id, second)
      local plan = require("plumb.draft").draw_up(w:begin {}, "resolve")
      plan:finish {}
      return plan
    end
    local loaded = saved(resolve_as("accepted until 2027-06-30", "n/a: other"))
    local now = resolve_as("accepted until 2028-06-30", "n/a: out of scope").steps
    local same, stale = plan_file.match(loaded, now, HERE)
    assert.same({}, same)
    assert.equal(2, #stale)
  end)

  it("never does what is not in the file", function()
    local plan = drawn()
    local loaded = saved(plan)
    loaded.steps = { loaded.steps[3] }
    local same = plan_file.match(loaded, drawn().steps, HERE)
    assert.equal(1, #same)
    assert.equal(plan.steps[3].finding.key, same[1].finding.key)
  end)

  it("says what is wrong with a file", function()
    local function with(rest) return '{"schema":"plumb.plan/1","command":"scan",' .. rest .. "}" end
    for text, word in pairs {
      [with '"made_at":1,"steps":{"a":1}'] = "parts of it are missing",
      [with '"made_at":"x","steps":[]'] = "parts of it are missing",
      [with '"made_at":1,"steps":[1]'] = "step 1 of it", [with '"made_at":1,"steps":[{"key":"k"}]'] = "step 1 of it",
      [with '"made_at":1,"steps":[{"action":"create"},{"action":"create","key":{}}]'] = "step 2 of it",
      [""] = "plan cannot be used", ["[]"] = "schema", ["{\"schema\":\"plumb.plan/9\"}"] = "plumb.plan/9",
      ["{\"schema\":\"plumb.plan/1\"}"] = "parts of it are missing",
      ["{\"schema\":\"plumb.plan/1\",\"command\":\"rm\",\"steps\":[]}"] = "parts of it are missing",
    } do
      files.write_atomic(PATH, text, 384)
      local ok, failure = pcall(plan_file.load, PATH)
      assert.is_false(ok)
      assert.is_true(problem.is(failure), text)
      assert.is_truthy((failure.what .. (failure.because or "")):find(word, 1, true), text)
    end
    assert.is_false(pcall(plan_file.load, PATH .. ".not-there"))
  end)
end)
