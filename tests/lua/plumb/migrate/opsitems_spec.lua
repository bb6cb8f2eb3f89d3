local adopt = require "plumb.migrate.adopt"
local json = require "plumb.json"
local legacy_items = require "support.legacy_items"
local store_of = require "plumb.store"
local talk = require "support.talk"
local verify = require "plumb.state.verify"
local world_of = require "support.world"

local w

local function run(args, answer)
  args = args or { yes = true }
  local plumb = talk.context(w, args, answer)
  return adopt.run(plumb), plumb.cli.said
end

local function document(args)
  args = args or {}
  args.yes, args.json = true, true
  local code, said = run(args)
  return json.decode(said.out), code, said
end

local function count(kind)
  local n = 0
  for _ in w.store:each(kind) do n = n + 1 end
  return n
end

local function item(id) return assert(w.client.ssm:GetOpsItem { OpsItemId = id }).OpsItem end

local function key_of(id)
  local entry = item(id).OperationalData.FindingKey
  return entry and entry.Value
end

local function items_made() return #w:calls "CreateOpsItem" end

local function put(found, changes) return legacy_items.put(w, legacy_items.practice(found), changes) end

-- A missing practice, by a test on its finding.
local function missing(wanted)
  for _, found in ipairs(legacy_items.missing(w)) do
    if wanted(found) then return found end
  end
  error "the seed has no such practice"
end

local function is_official(found) return found.lens.LensAlias == "wellarchitected" end
local function is_custom(found) return found.lens.LensAlias == nil end

describe("adopting the items of the Python solution", function()
  before_each(function() w = world_of.new() end)
  after_each(world_of.restore)

  it("gives each the key of its practice, and the next scan creates nothing", function()
    local by_id, n = legacy_items.put_all(w)
    local made = items_made()
    local doc, code = document()
    assert.equal(0, code)
    assert.equal(n, doc.summary.adopt)
    for id, found in pairs(by_id) do
      assert.equal(found.key, key_of(id))
      local record = w.store:get("finding", found.key)
      assert.equal("open", record.status)
      assert.equal(id, record.item_id)
      assert.equal(found.lens_arn, record.lens_arn)
      assert.equal(found.lens.LensAlias, record.lens_alias)
    end
    assert.same({}, (verify.all(w.store)))
    w:scan()
    assert.equal(made, items_made())
    for _, found in pairs(by_id) do assert.equal(1, w:open_items(found.key)) end
  end)

  it("leaves what people see on the item as it was", function()
    local id = put(missing(is_official))
    local before = item(id)
    run()
    local after = item(id)
    for _, name in ipairs { "Title", "Description", "Status", "Severity", "Source" } do
      assert.equal(before[name], after[name])
    end
    for name, entry in pairs(before.OperationalData) do
      assert.equal(entry.Value, after.OperationalData[name].Value)
    end
  end)

  it("makes a resolution of an adopted item reach the Tool", function()
    local found = missing(is_official)
    local id = put(found)
    run()
    w:person_resolves(id)
    w:resolve()
    assert.equal("settled", w.store:get("finding", found.key).status)
    local selected = table.concat(w:answer(w.store:get("finding", found.key)).SelectedChoices, " ")
    assert.matches(found.choice.ChoiceId, selected, 1, true)
  end)

  it("lets a state that is lost afterwards be rebuilt from them", function()
    local _, n = legacy_items.put_all(w)
    run()
    w.store:close()
    w.store = store_of.open { path = ":memory:" }
    require("plumb.state.restore").run(talk.context(w, { yes = true }))
    assert.equal(n, count "finding")
    assert.same({}, w:scan().steps)
  end)

  it("changes nothing the second time", function()
    legacy_items.put_all(w)
    run()
    local updates = w:count "ssm.UpdateOpsItem"
    local doc, code = document()
    assert.equal(0, code)
    assert.same({}, doc.items)
    assert.equal(updates, w:count "ssm.UpdateOpsItem")
  end)

  it("adopts the oldest of several for one practice and lists the others, untouched", function()
    local found = missing(is_official)
    local ids = {}
    for i = 1, 3 do
      ids[i] = put(found)
      w:later(60)
    end
    local doc, code, said = document()
    assert.equal(0, code)
    assert.equal(found.key, key_of(ids[1]))
    assert.is_nil(key_of(ids[2]))
    assert.is_nil(key_of(ids[3]))
    assert.equal(2, #doc.duplicates)
    for _, duplicate in ipairs(doc.duplicates) do
      assert.equal(ids[1], duplicate.stands)
      assert.matches(duplicate.id .. " is one too many", said.err, 1, true)
      assert.equal("Open", item(duplicate.id).Status)
    end
    assert.same(2, #document().duplicates) -- and again
  end)

  it("does not adopt one beside an item that plumb made", function()
    local found = missing(is_official)
    w:scan()
    local own = w.store:get("finding", found.key).item_id
    local id = put(found)
    for _, lost in ipairs { false, true } do
      if lost then
        w.store:close()
        w.store = store_of.open { path = ":memory:" }
      end
      local doc = document()
      assert.same({}, doc.items)
      assert.equal(own, doc.duplicates[1].stands)
      assert.is_nil(key_of(id))
    end
  end)

  it("leaves resolved items alone", function()
    local id = put(missing(is_official))
    w:person_resolves(id)
    local doc, code = document()
    assert.equal(0, code)
    assert.equal(1, doc.summary.resolved)
    assert.is_nil(key_of(id))
    assert.equal(0, count "finding")
    assert.equal(0, w:count "wellarchitected.UpdateAnswer")
  end)

  it("tells a custom lens by its ARN and by its name", function()
    local found = missing(is_custom)
    local review
    for _, each in ipairs(assert(w.client.wellarchitected:all("ListLensReviews",
      { WorkloadId = found.workload.WorkloadId }))) do
      if each.LensArn == found.lens_arn then review = each end
    end
    local id = put(found, { Lens = review.LensName })
    local doc = document()
    assert.equal(id, doc.items[1].id)
    assert.equal(found.key, key_of(id))
    assert.is_nil(w.store:get("finding", found.key).lens_alias)
  end)

  it("reads the lens off the question where the item names none", function()
    local found = missing(is_official)
    local id = put(found, { Lens = false })
    run()
    assert.equal(found.key, key_of(id))
  end)

  it("lists what has no lens, no workload or no practice any more, and adopts the rest", function()
    local found = missing(is_official)
    local gone = put(found, { ["/aws/resources"] =
      '[{"arn":"arn:aws:wellarchitected:us-east-1:111122223333:workload/' .. ("0"):rep(32) .. '"}]' })
    local no_lens = put(found, { Lens = "serverless-of-old" })
    local no_choice = put(found, { Lens = false, ChoiceId = "never_was" })
    local good = put(found)
    local doc, code, said = document()
    assert.equal(0, code)
    assert.equal(found.key, key_of(good))
    assert.equal(3, #doc.not_adopted)
    for id, reason in pairs { [gone] = "its workload does not exist any more",
      [no_lens] = "its workload has no lens 'serverless-of-old'",
      [no_choice] = "no lens of its workload has this question" } do
      assert.matches(id .. " was not adopted: " .. reason, said.err, 1, true)
      assert.is_nil(key_of(id))
    end
  end)

  it("does not take an item without a workload for anything", function()
    local id = put(missing(is_official), { ["/aws/resources"] = false })
    local doc, code = document()
    assert.equal(5, code)
    assert.equal(id, doc.not_adopted[1].id)
    assert.matches("names no workload", doc.not_adopted[1].reason, 1, true)
  end)

  it("goes on past a workload that cannot be read, and ends with 5", function()
    legacy_items.put_all(w)
    local calls = 0
    local all = w.client.wellarchitected.all
    local refused = require("plumb.err").new { code = "AccessDeniedException", message = "no", kind = "aws" }
    w.client.wellarchitected.all = function(self, operation, input)
      if operation == "ListLensReviews" then
        calls = calls + 1
        if calls == 1 then return nil, refused end
      end
      return all(self, operation, input)
    end
    local doc, code = document()
    assert.equal(5, code)
    assert.is_true(#doc.items > 0)
    assert.is_true(#doc.not_adopted > 0)
    assert.matches("AccessDeniedException", doc.not_adopted[1].reason, 1, true)
    w.client.wellarchitected.all = all
    doc, code = document()
    assert.equal(0, code)
    assert.same({}, doc.not_adopted)
  end)

  it("goes on where a crash or a lost reply ended it", function()
    local by_id, n = legacy_items.put_all(w)
    w.sim:fault { operation = "ssm.UpdateOpsItem", kind = "reset", nth = 3, count = 30 }
    local _, code = document()
    assert.equal(5, code)
    w.sim:clear_faults()
    local doc
    doc, code = document()
    assert.equal(0, code)
    assert.is_true(#doc.items > 0 and #doc.items < n)
    assert.equal("complete", doc.items[1].action)
    for id, found in pairs(by_id) do assert.equal(found.key, key_of(id)) end
    assert.same({}, w:scan().steps)
  end)

  it("holds back what is beyond --limit", function()
    local _, n = legacy_items.put_all(w)
    run { yes = true, limit = 2 }
    assert.equal(2, count "finding")
    assert.equal(2, w:count "ssm.UpdateOpsItem")
    run()
    assert.equal(n, count "finding")
  end)

  it("asks before the first write", function()
    local id = put(missing(is_official))
    local code, said = run({}, "n")
    assert.equal(0, code)
    assert.matches("Adopt 1 OpsItems", said.err, 1, true)
    assert.is_nil(key_of(id))
    assert.equal(0, count "finding")
  end)

  it("notes an item that somebody deleted meanwhile as gone", function()
    local found = missing(is_official)
    local id = put(found)
    local update = w.client.ssm.UpdateOpsItem
    w.client.ssm.UpdateOpsItem = function(...)
      assert(w.client.ssm:DeleteOpsItem { OpsItemId = id })
      w.client.ssm.UpdateOpsItem = nil
      return update(...)
    end
    local _, code = document()
    assert.equal(5, code)
    assert.equal("obsolete", w.store:get("finding", found.key).status)
    assert.same({}, (verify.all(w.store)))
  end)
end)

describe("an item of the Python solution whose question is in two lenses", function()
  after_each(world_of.restore)

  local function lens(name)
    return { schemaVersion = "2021-11-01", name = name, description = name, pillars = { { id = "pil", name = "Pillar",
      questions = { { id = "question_one", title = "One?", description = "d",
        choices = { { id = "choice_a", title = "A" }, { id = "choice_b", title = "B" },
          { id = "question_one_no", title = "None of these" } },
        riskRules = { { condition = "choice_a && choice_b", risk = "NO_RISK" }, { condition = "choice_a",
          risk = "MEDIUM_RISK" }, { condition = "default", risk = "HIGH_RISK" } } } } } } }
  end

  local function seed(first, second)
    w = world_of.new { seed = {
      lenses = { { document = json.encode(lens(first)), key = "one" },
        { document = json.encode(lens(second)), key = "two" } },
      workloads = { { name = "shop", lenses = { "one", "two" },
        answers = { one = { question_one = "choice_b" }, two = { question_one = "choice_b" } } } },
    } }
    return legacy_items.missing(w)
  end

  it("is listed, not guessed", function()
    local found = seed("First", "Second")[1]
    local id = put(found, { Lens = false })
    local doc, code = document()
    assert.equal(5, code)
    assert.equal(id, doc.not_adopted[1].id)
    assert.matches("2 lenses have this question and practice", doc.not_adopted[1].reason, 1, true)
    assert.is_nil(key_of(id))
  end)

  it("is listed when its lens has the name of another one", function()
    local found = seed("Same", "Same")[1]
    put(found, { Lens = "Same" })
    local doc, code = document()
    assert.equal(5, code)
    assert.equal(1, #doc.not_adopted)
  end)

  it("is adopted for the lens whose ARN it has", function()
    local list = seed("Same", "Same")
    assert.equal(2, #list)
    for _, found in ipairs(list) do put(found) end
    local doc, code = document()
    assert.equal(0, code)
    assert.equal(2, #doc.items)
    assert.same({}, w:scan().steps)
  end)
end)
