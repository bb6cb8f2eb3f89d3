-- Items that people resolved, where a run has several places and items of all of them may lie in one sink.

local context = require "plumb.context"
local draft = require "plumb.draft"
local plans = require "plumb.plan"
local named = require "plumb.inbox.named"
local world = require "support.world"

local TWO = "regions = { 'us-east-1', 'eu-west-1' }"
local w

local function start(settings)
  w = world.new { policy = ("return { %s }"):format(settings) }
  for _, place in ipairs(context.places(w:begin {})) do
    local plan = draft.draw_up(place, "scan")
    plan:finish {}
    require("plumb.apply").plan(plan, { opener = place.opener, settler = place.settler, policy = place.policy })
  end
end
after_each(world.restore)

-- The item of a practice in a Region, resolved by people.
local function resolved_in(region, items_region)
  for record in w.store:each("finding", { status = "open" }) do
    if record.region == region and record.choice_id == "ops_observe_alarms" then
      assert(w.client:with({ region = items_region }).ssm:UpdateOpsItem { OpsItemId = record.item_id,
        Status = "Resolved" })
      return record
    end
  end
end

-- What each place would write, by its Region; and the places.
local function planned(args)
  local all, by_region, parts = context.places(w:begin(args or {})), {}, {}
  for i, place in ipairs(all) do
    parts[i] = draft.draw_up(place, "resolve")
    for _, step in ipairs(parts[i].steps) do
      local list = by_region[place.region] or {}
      by_region[place.region] = list
      list[#list + 1] = step.resolved.id
    end
  end
  return by_region, all, plans.join(parts)
end

-- What people are told of the ids that they named.
local function told(args)
  local _, all, plan = planned(args)
  local inboxes, notes = {}, {}
  for i, place in ipairs(all) do inboxes[i] = place.inbox end
  named.tell({ note = function(text) notes[#notes + 1] = text end }, plan, args.item, inboxes, #all)
  return notes, plan.problems
end

describe("an item that lies with those of other places", function()
  before_each(function() start(TWO .. ", items_in = { region = 'eu-central-1' }") end)

  it("is written back where its workload is, and nowhere else", function()
    local far, near = resolved_in("eu-west-1", "eu-central-1"), resolved_in("us-east-1", "eu-central-1")
    assert.same({ ["eu-west-1"] = { far.item_id }, ["us-east-1"] = { near.item_id } }, (planned()))
  end)

  it("is written back there too when somebody names it", function()
    local far = resolved_in("eu-west-1", "eu-central-1")
    assert.same({ ["eu-west-1"] = { far.item_id } }, (planned { item = { far.item_id } }))
  end)

  it("of a shared workload is written back where the workload can be reached", function()
    for _, wanted in ipairs { "shared = true", "workload = function(workload) return true end" } do
      w.store:close()
      start(wanted .. ", items_in = { region = 'eu-central-1' }")
      local shared
      for record in w.store:each("finding", { status = "open" }) do
        if record.account == "444455556666" then shared = record end
      end
      assert(w.client:with({ region = "eu-central-1" }).ssm:UpdateOpsItem { OpsItemId = shared.item_id,
        Status = "Resolved" })
      assert.same({ ["us-east-1"] = { shared.item_id } }, (planned()))
      assert.same({ ["us-east-1"] = { shared.item_id } }, (planned { hints = { shared.item_id } }))
    end
  end)
end)

describe("an item that people name, in a run with several places", function()
  before_each(function() start(TWO) end)

  it("need not be in all of them", function()
    local far = resolved_in("eu-west-1", "eu-west-1")
    assert.same({ ["eu-west-1"] = { far.item_id } }, (planned { item = { far.item_id } }))
    local notes, problems = told { item = { far.item_id } }
    assert.same({}, notes)
    assert.same({}, problems)
  end)

  it("is a problem when it is in none", function()
    local _, problems = told { item = { "oi-000000000000", "oi-000000000000" } }
    assert.equal(1, #problems)
    assert.equal("E324", problems[1].id)
  end)

  it("and that nobody resolved is said to be open, once", function()
    local id
    for record in w.store:each("finding", { status = "open" }) do id = record.item_id end
    local notes = told { item = { id, id } }
    assert.equal(1, #notes)
    assert.matches(id .. ": it is Open", notes[1], 1, true)
  end)
end)
