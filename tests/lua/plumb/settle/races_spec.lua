-- Several people and runs at one question at the same time: what a person decided last stands, or is reported.

local apply = require "plumb.apply"
local world = require "support.world"

local w

after_each(world.restore)

-- Does something just before the nth request of a resolve is carried out.
local function before_request(n, fn)
  local send, seen = w.sim.send, 0
  w.sim.send = function(sim, request)
    seen = seen + 1
    if seen == n then
      w.sim.send = send
      fn()
    end
    return send(sim, request)
  end
  return function() return seen end
end

describe("two resolves of one question at once", function()
  local function plan_of()
    local plan = require "workflows.resolve"(w:begin())
    plan:finish {}
    return plan, w.plumb
  end

  local function carry_out(plan, plumb) return apply.plan(plan, { settler = plumb.settler, policy = w.policy }) end

  before_each(function()
    w = world.new()
    w:scan()
  end)

  -- Guards the items in note_applying(): the second one would tick again what a person unticked in between.
  it("write once: the later one finds the item used up and sends nothing", function()
    local record = w:people_resolve "ops_observe_alarms"
    local plan, plumb = plan_of()
    w:resolve()
    w:person_answers(record, { ops_observe_alarms = "UNSELECTED" })
    local sent = w:count "wellarchitected.UpdateAnswer"
    local outcomes = carry_out(plan, plumb)
    assert.equal("failed", world.statuses(outcomes))
    assert.equal("Conflict", outcomes[1].error.code)
    assert.equal(sent, w:count "wellarchitected.UpdateAnswer")
    assert.equal("UNSELECTED", w:status_in_tool(record))
    w:scan()
    assert.equal(1, w:open_items(record.key))
  end)

  it("lose nothing of what each of them was about", function()
    local first = w:people_resolve "ops_incidents_oncall"
    local plan, plumb = plan_of()
    local second = w:people_resolve "ops_incidents_reviews"
    w:resolve { item = { second.item_id } }
    assert.equal("settled", world.statuses(carry_out(plan, plumb)))
    assert.equal("SELECTED", w:status_in_tool(first))
    assert.equal("SELECTED", w:status_in_tool(second))
    assert.equal(0, w:records "applying")
  end)
end)

describe("an update that the service refuses because of another one", function()
  -- The service refuses the first `n` updates, and somebody else's change is what it does instead.
  local function refuse(n, fn)
    local handle, update = w.client.wellarchitected, w.client.wellarchitected.UpdateAnswer
    rawset(handle, "UpdateAnswer", function(...)
      if n == 0 then return update(...) end
      n = n - 1
      rawset(handle, "UpdateAnswer", nil)
      if fn then fn() end
      refuse(n, fn)
      return nil, require("plumb.err").new { code = "ConflictException", kind = "aws", executed = "no", status = 409,
        message = "conflict", service = "wellarchitected", operation = "UpdateAnswer" }
    end)
  end

  before_each(function()
    w = world.new()
    w:scan()
  end)

  it("is sent again, once, after a look at what the other one did", function()
    local record = w:people_resolve "ops_observe_alarms"
    refuse(1)
    local _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
    assert.equal("SELECTED", w:status_in_tool(record))
  end)

  -- Guards contest_overruled() in write_again(): the second try would write over what the first one made way for.
  it("is not sent again over another decision", function()
    local record = w:people_resolve "ops_observe_alarms"
    refuse(1, function() w:person_answers(record, { ops_observe_alarms = "NOT_APPLICABLE" }) end)
    local _, outcomes = w:resolve()
    assert.equal("Contested", outcomes[1].error.code)
    assert.equal("NOT_APPLICABLE", w:status_in_tool(record))
    assert.equal(0, w:records "applying")
  end)

  it("is left for the next run when it is refused again", function()
    local record = w:people_resolve "ops_observe_alarms"
    refuse(2)
    local _, outcomes = w:resolve()
    assert.equal("failed", world.statuses(outcomes))
    assert.equal("ConflictException", outcomes[1].error.code)
    _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
    assert.equal("SELECTED", w:status_in_tool(record))
  end)
end)

describe("a person who edits the answer during a resolve", function()
  local EDITS = {
    ["selects another choice"] = { ops_incidents_runbooks = "SELECTED" },
    ["marks another choice as not applicable"] = { ops_incidents_runbooks = "NOT_APPLICABLE" },
    ["selects the same choice"] = { ops_incidents_oncall = "SELECTED" },
    ["selects none of these"] = { ops_incidents_no = "SELECTED" },
  }

  -- One resolve with the edit before its nth request, and what followed. Returns false when there is no such request.
  local function try(settings, n, edit)
    w = world.new { set = settings }
    w:scan()
    local record = w:people_resolve "ops_incidents_oncall"
    local seen = before_request(n, function() w:person_answers(record, edit) end)
    w:resolve()
    if seen() < n then return false end
    w:resolve()
    w:scan()
    return record
  end

  for what, edit in pairs(EDITS) do
    -- Guards send() and updates(): whatever else was in the call would be written over.
    it(("and %s keeps it, whenever that is, and the item comes to its end"):format(what), function()
      for _, settings in ipairs { {}, { look_first = true, answer_notes = true, milestone = "plumb" } } do
        local n = 1
        repeat
          local record = try(settings, n, edit)
          if record then
            assert.equal("SELECTED", w:status_in_tool(record), n)
            for choice, status in pairs(edit) do
              if choice ~= "ops_incidents_no" then
                assert.equal(status, require("plumb.finding").choice_status(w:answer(record), choice), n)
              end
            end
            assert.equal(0, w:open_items(record.key), n)
            assert.equal(0, w:records "applying", n)
          end
          world.restore()
          n = n + 1
        until not record
        assert.is_true(n > 3) -- at least a list and an update
      end
    end)
  end

  it("and answers otherwise is heard by a policy that looks first, until the moment of the change", function()
    local n, contested = 1, 0
    repeat
      local record = try({ look_first = true }, n, { ops_incidents_oncall = "NOT_APPLICABLE" })
      if record and w:status_in_tool(record) == "NOT_APPLICABLE" then contested = contested + 1 end
      world.restore()
      n = n + 1
    until not record
    assert.equal(3, contested) -- before the list, the look at the item, and the look at the answer
  end)
end)
