local contract = require "contract.sink"
local fake_sink = require "support.fake_sink"
local findings = require "support.finding"
local item_of = require "plumb.item"
local sink_of = require "plumb.sink"
local world = require "support.world"

local OPERATIONS = { create = "ssm.CreateOpsItem", find = "ssm.DescribeOpsItems", each = "ssm.DescribeOpsItems",
  resolved = "ssm.DescribeOpsItems" }

local KINDS = {
  refused = { kind = "expired_token" },
  lost = { kind = "exec_then_reset", nth = 1 },
  down = { kind = "5xx", status = 500 },
}

local function open()
  local w = world.new { seed = "empty" }
  return {
    world = w,
    sink = sink_of.new("opscenter", { client = w.client, source = "Well-Architected" }),
    later = function(seconds) w:later(seconds) end,
    resolve = function(id) w:person_resolves(id) end,
    delete = function(id) assert(w.client.ssm:DeleteOpsItem { OpsItemId = id }) end,
    fault = function(operation, how)
      local rule = { operation = OPERATIONS[operation] }
      for name, value in pairs(KINDS[how]) do rule[name] = value end
      w.sim:fault(rule)
    end,
    tries = function() return w:count "ssm.CreateOpsItem" end,
    created = function() return #w.sim.world.opsitems end,
    refuses_doubles = true,
    pages = 51,
  }
end

contract { name = "OpsCenter", open = open, close = world.restore }

-- The double that other specs use has to keep the same promises.
contract {
  name = "the fake of specs",
  open = function()
    local clock = 1000
    local sink = fake_sink.new(function() return clock end)
    return {
      sink = sink,
      later = function(seconds) clock = clock + seconds end,
      resolve = function(id) sink:resolve(id) end,
      delete = function(id) sink.items[id] = nil end,
      fault = function(operation, how)
        sink:answers(operation, function(s, item)
          if how == "lost" then s:put { key = item.key } end
          local failure = select(2, fake_sink.fails(how == "lost" and "maybe" or "no")())
          if operation == "each" or operation == "resolved" then return function() error(failure, 0) end end
          return nil, failure
        end)
      end,
      tries = function() return sink:count "create" end,
      created = function() return #sink.order end,
    }
  end,
}

describe("an OpsItem", function()
  local place, sink

  before_each(function()
    place = open()
    sink = place.sink
  end)
  after_each(world.restore)

  local function item(policy_text, changes, previous)
    return assert(item_of.of(findings.new(changes), findings.policy(policy_text or "return {}"), previous))
  end

  local function input() return place.world:calls("CreateOpsItem")[1].input end

  it("has everything that people know, searchable", function()
    assert(sink:create(item()))
    local sent = input()
    assert.equal("High Risk - prod-shop - Use strong sign-in mechanisms", sent.Title)
    assert.equal("Well-Architected", sent.Source)
    assert.equal("2", sent.Severity)
    for name, entry in pairs(sent.OperationalData) do assert.equal("SearchableString", entry.Type, name) end
    assert.equal("prod-shop", sent.OperationalData.WorkloadName.Value)
    for _, absent in ipairs { "Category", "Notifications", "RelatedOpsItems", "Tags", "Priority" } do
      assert.is_nil(sent[absent], absent)
    end
  end)

  it("has what the policy adds, tags in order", function()
    assert(sink:create(item([[return { category = "Security", tags = { Team = "shop", Area = "x" },
      notifications = { "arn:aws:sns:us-east-1:111122223333:reviews" } }]], nil, "oi-0123456789ab")))
    local sent = input()
    assert.equal("Security", sent.Category)
    assert.same({ { Key = "Area", Value = "x" }, { Key = "Team", Value = "shop" } }, { sent.Tags[1], sent.Tags[2] })
    assert.equal("arn:aws:sns:us-east-1:111122223333:reviews", sent.Notifications[1].Arn)
    assert.equal("oi-0123456789ab", sent.RelatedOpsItems[1].OpsItemId)
  end)

  it("may be as long as it may be, and no longer", function()
    assert(sink:create(item([[return { title = function() return ("🚀"):rep(2000) end,
      describe = function() return ("ü"):rep(5000) end,
      fields = function() return { Long = ("€"):rep(10000) } end }]])))
    assert.equal(1024, utf8.len(input().Title))
    assert.equal(2048, utf8.len(input().Description))
    assert.is_true(#input().OperationalData.Long.Value <= 20 * 1024)
  end)

  it("that OpsCenter refuses says that nothing was made", function()
    local made = item()
    made.source = "aws things"
    local id, failure = sink:create(made)
    assert.is_nil(id)
    assert.equal("no", failure.executed)
  end)

  it("is not repeated for a reply that is no reply, and counts as unknown", function()
    for _, kind in ipairs { "garbage", "exec_then_5xx", "short", "reset", "5xx", "redirect", "garbage_before" } do
      place = open()
      place.world.sim:fault { operation = "ssm.CreateOpsItem", kind = kind }
      local id, failure = place.sink:create(item())
      assert.is_nil(id)
      assert.equal("maybe", failure.executed, kind)
      assert.equal(1, place.tries(), kind)
    end
  end)

  it("without an id in the reply counts as unknown", function()
    local client = { ssm = { CreateOpsItem = function() return {} end } }
    local id, failure = sink_of.new("opscenter", { client = client, source = "s" }):create(item())
    assert.is_nil(id)
    assert.equal("maybe", failure.executed)
  end)

  it("that is missing from a reply is no item", function()
    local client = { ssm = { GetOpsItem = function() return {} end } }
    local found, failure = sink_of.new("opscenter", { client = client, source = "s" }):get "oi-0123456789ab"
    assert.is_nil(found)
    assert.equal("garbage", failure.kind)
    assert.is_nil(failure.gone)
  end)

  it("without an id makes its list an error of the world, not a bug", function()
    local client = { ssm = { each = function() return function() return { Status = "Resolved" } end end,
      all = function() return { { Status = "Open" } } end, GetOpsItem = function() return { OpsItem = {} } end } }
    local broken = sink_of.new("opscenter", { client = client, source = "s" })
    for _, list in ipairs { function() return broken:resolved()() end, function() return broken:find "key" end } do
      local ok, failure = pcall(list)
      assert.is_false(ok)
      assert.equal("garbage", failure.kind)
    end
    assert.is_nil((broken:get "oi-0123456789ab"))
  end)

  it("of somebody else is none of ours", function()
    assert(place.world.client.ssm:CreateOpsItem { Title = "t", Description = "d", Source = "somebody" })
    assert.is_nil(sink:each()())
  end)

  it("is open while people work on it", function()
    local id = assert(sink:create(item()))
    place.world:set_status(id, "InProgress")
    local found = assert(sink:get(id))
    assert.is_true(found.open)
    assert.is_false(found.resolved)
  end)

  it("is asked for 50 at a time", function()
    assert(sink:find(("0"):rep(64)))
    assert.equal(50, place.world:calls("DescribeOpsItems")[1].input.MaxResults)
  end)
end)
