local context = require "plumb.context"
local draft = require "plumb.draft"
local err = require "plumb.err"
local files = require "plumb.files"
local places = require "plumb.places"
local plans = require "plumb.plan"
local problem = require "plumb.problem"
local world = require "support.world"

local ROLE = "arn:aws:iam::444455556666:role/plumb"

describe("the places of a run", function()
  after_each(world.restore)

  local function places_of(options, args)
    local w = world.new(options)
    return context.places(w:begin(args or {})), w
  end

  it("is the run itself where nobody names any", function()
    local all, w = places_of()
    assert.equal(1, #all)
    assert.equal(w.plumb, all[1])
  end)

  it("is each Region named, sharing state and policy and nothing else", function()
    local all = places_of({ set = { "regions={'us-east-1','eu-west-1'}" } })
    assert.equal(2, #all)
    assert.equal("us-east-1", all[1].region)
    assert.equal("eu-west-1", all[2].region)
    assert.equal(all[1].store, all[2].store)
    assert.equal(all[1].policy, all[2].policy)
    assert.not_equal(all[1].reader, all[2].reader)
    assert.not_equal(all[1].problems, all[2].problems)
    assert.not_equal(all[1].inbox, all[2].inbox)
  end)

  it("takes the command line before the policy", function()
    local all = places_of({ set = { "regions={'us-east-1','eu-west-1'}" } },
      { region_list = { "eu-central-1", "us-west-2" } })
    assert.equal("eu-central-1", all[1].region)
    assert.equal(2, #all)
  end)

  it("is read once, however often it is named", function()
    local all = places_of({}, { region_list = { "eu-west-1", "us-east-1", "eu-west-1" } })
    assert.equal(2, #all)
    all = places_of({ policy = ([[return { accounts = { { name = "a" }, { name = "b" }, { name = "c", role = %q },
      { name = "d", role = %q, regions = {} } } }]]):format(ROLE, ROLE) })
    assert.equal(2, #all)
    assert.equal("us-east-1", all[2].region)
  end)

  it("has a Region, not something that looks like none", function()
    local ok, failure = pcall(places_of, {}, { region_list = { "eu-west-1", "Frankfurt" } })
    assert.is_false(ok)
    assert.equal("E103", failure.id)
    assert.matches("Frankfurt", failure.what)
  end)

  it("reads an account through its role, with its own Regions", function()
    local all, w = places_of({ policy = ([[return { accounts = {
      { name = "own" }, { name = "shop", role = %q, regions = { "eu-west-1" } } } }]]):format(ROLE) })
    assert.equal(2, #all)
    assert.equal("111122223333", all[1].account)
    assert.equal("444455556666", all[2].account)
    assert.equal("eu-west-1", all[2].region)
    assert.equal(1, w:count("sts.AssumeRole"))
  end)

  it("makes items in the workload's own account, or in one for all", function()
    local own = ([[return { accounts = { { name = "shop", role = %q } } }]]):format(ROLE)
    local all = places_of({ policy = own })
    assert.equal(all[1].aws, all[1].sink.client)
    all = places_of({ policy = own:sub(1, -2) .. [[, items_in = { region = "eu-central-1" } }]] })
    assert.equal("eu-central-1", all[1].sink.client.region)
    assert.not_equal(all[1].aws, all[1].sink.client)
  end)

  it("puts the tags of an account on its items, beside those of the policy", function()
    local all, w = places_of({ policy = ([[return { tags = { Team = "core" }, accounts = {
      { name = "own" }, { name = "shop", role = %q, tags = { Team = "shop", Cost = "42" } } } }]]):format(ROLE) })
    for i, place in ipairs(all) do
      local step = draft.draw_up(place, "scan").steps[1]
      assert.equal("created", (place.opener:create(step)))
      local tags = {}
      for _, tag in ipairs(w:inputs("CreateOpsItem")[i].Tags) do tags[tag.Key] = tag.Value end
      assert.same(i == 1 and { Team = "core" } or { Team = "core", Cost = "42" }, tags)
    end
  end)

  it("is each active account of the organization, by either name of its state", function()
    local function listed(_, operation)
      assert.equal("ListAccounts", operation)
      return { { Id = "111122223333", Name = "own", Status = "ACTIVE", State = "ACTIVE" },
        { Id = "444455556666", Name = "shop", State = "ACTIVE" },
        { Id = "222222222222", Name = "old", Status = "ACTIVE" },
        { Id = "333333333333", Name = "gone", State = "CLOSED", Status = "SUSPENDED" } }
    end
    local client = { organizations = { all = listed }, sts = { GetCallerIdentity = function()
      return { Account = "111122223333", Arn = "arn:aws:sts::111122223333:assumed-role/x/y" }
    end }, with = function(_, options) return options end }
    local names = {}
    places.of({ args = {}, region = "us-east-1", session = { client = client },
      policy = { organization_role = "plumb", regions = {}, accounts = {}, shared = true } }, function(_, fields)
      names[#names + 1] = fields.place
    end)
    assert.same({ "own, us-east-1", "shop, us-east-1", "old, us-east-1" }, names)
  end)

  it("that cannot be entered is an error of its role, before anything is asked in it", function()
    local all, w = places_of({ policy = ([[return { accounts = { { name = "shop", role = %q } } }]]):format(ROLE) })
    w.sim:fault { operation = "sts.AssumeRole", kind = "5xx" }
    local sent = w:count "ssm.DescribeOpsItems"
    local ok, failure = pcall(draft.draw_up, all[1], "scan")
    assert.is_false(ok)
    assert.equal("AssumeRole", failure.operation)
    assert.equal(sent, w:count "ssm.DescribeOpsItems")
  end)

  it("lacks the Tool where nobody knows of one and its host has no address", function()
    local function lacks(region, changes)
      local failure = { code = "NameNotResolved", kind = "connection", service = "wellarchitected", message = "m" }
      for name, value in pairs(changes or {}) do failure[name] = value end
      return places.lacks_tool(region, err.new(failure))
    end
    assert.is_true(lacks "eu-south-1")
    assert.is_false(lacks "eu-west-1")
    assert.is_false(lacks("eu-south-1", { service = "ssm" }))
    assert.is_false(lacks("eu-south-1", { code = "Timeout" }))
  end)

  it("joins the plans of all places into one, and keeps findings of equal ids apart", function()
    local all = places_of({ set = { "regions={'us-east-1','eu-west-1'}" } })
    local parts = {}
    for i, place in ipairs(all) do parts[i] = draft.draw_up(place, "scan") end
    local whole = plans.join(parts)
    assert.equal(#parts[1].steps + #parts[2].steps, #whole.steps)
    assert.equal(8, whole:workload_count())
    local keys = {}
    for _, step in ipairs(whole.steps) do
      assert.is_nil(keys[step.finding.key])
      keys[step.finding.key] = true
      assert.equal(step.finding.region, step.place.region)
    end
  end)

  -- Guards the state: two places that plan for one workload would each refuse what the other wrote.
  it("reads a shared workload once: with its owner, or in the first place it is shared with", function()
    local function readers_of_shared(...)
      local list = {}
      for i, number in ipairs { ... } do
        list[i] = ("{ name = %q, role = %q }"):format(number, (ROLE:gsub("%d+", number)))
      end
      local accounts = table.concat(list, ", ")
      local all = places_of { policy = ("return { shared = true, accounts = { %s } }"):format(accounts) }
      local found = {}
      for _, place in ipairs(all) do
        local names = {}
        for _, step in ipairs(draft.draw_up(place, "scan").steps) do
          names[step.finding.workload.WorkloadName] = true
        end
        if names["partner-gateway"] then found[#found + 1] = place.account end
        assert.is_true(names["shop-prod"])
      end
      return found
    end
    assert.same({ "444455556666" }, readers_of_shared("111122223333", "444455556666"))
    assert.same({ "444455556666" }, readers_of_shared("444455556666", "111122223333"))
    assert.same({ "111122223333" }, readers_of_shared("111122223333", "222222222222"))
  end)

  it("reads accounts from a file, and says what is wrong with one", function()
    local path = os.tmpname()
    local function with(text)
      files.write_atomic(path, text, 384)
      local ok, result = pcall(places.read_accounts, path)
      if ok then return result end
      assert.is_true(problem.is(result), tostring(result))
      return nil, tostring(result.because)
    end
    assert.equal("shop", with('[{"name":"shop","role":"' .. ROLE .. '","tags":{"Team":"a"}}]')[1].name)
    for text, because in pairs {
      ["{}"] = "not a JSON list", ["["] = "", ['[{"role":"' .. ROLE .. '"}]'] = "no name",
      ['[{"name":"a","role":"nope"}]'] = "must be the ARN of a role", ['[{"name":"a","rolle":"x"}]'] = "'rolle'",
      ['[{"name":"a","regions":["mars-1"]}]'] = "mars-1", ["[1]"] = "not a table",
      ['[{"name":"a","tags":{"Team":1}}]'] = "tags are not texts", ["[]"] = "names no account",
      ['[{"name":"a","tags":"Team"}]'] = "tags are no table", ['[{"name":"a","regions":"eu-west-1"}]'] = "no list",
      ['[{"name":"a","regions":{"1":"eu-west-1"}}]'] = "not the name of a Region",
      ['[{"name":"a","role":1}]'] = "role is not a text", ['[{"name":"a","role":null}]'] = "role is not a text",
    } do
      local result, why = with(text)
      assert.is_nil(result, text)
      assert.is_truthy(why:find(because, 1, true), why)
    end
    os.remove(path)
  end)
end)
