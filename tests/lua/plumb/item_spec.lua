local finding_of = require "plumb.finding"
local findings = require "support.finding"
local item = require "plumb.item"
local json = require "plumb.json"

local function make(policy_text, changes, previous)
  return item.of(findings.new(changes), findings.policy(policy_text or "return {}"), previous)
end

describe("cut_characters", function()
  it("counts characters, not bytes", function()
    assert.equal("äöü🚀", item.cut_characters("äöü🚀", 4))
    local text, cut = item.cut_characters("äöü🚀", 3)
    assert.equal("äö…", text)
    assert.is_true(cut)
  end)

  it("leaves 1,024 characters alone and cuts 1,025 to 1,024, whatever is at the edge", function()
    for _, character in ipairs { "a", "ü", "€", "🚀" } do
      local exact = ("x"):rep(1023) .. character
      local same, cut = item.cut_characters(exact, 1024)
      assert.equal(exact, same)
      assert.is_false(cut)
      local shorter
      shorter, cut = item.cut_characters(exact .. character, 1024)
      assert.is_true(cut)
      assert.equal(("x"):rep(1023) .. "…", shorter)
      shorter = item.cut_characters(("x"):rep(1022) .. character:rep(3), 1024)
      assert.equal(("x"):rep(1022) .. character .. "…", shorter)
    end
  end)

  it("puts a mark in the place of bytes that are no character", function()
    assert.equal("a\u{FFFD}b", (item.cut_characters("a\xffb", 10)))
    assert.equal("a\u{FFFD}", (item.cut_characters("a\xc3", 10)))
    assert.equal("\u{FFFD}\u{FFFD}", (item.cut_characters("\xed\xa0", 10)))
  end)
end)

describe("cut_bytes", function()
  it("ends at a character boundary and within the limit, the mark included", function()
    for _, character in ipairs { "a", "ü", "€", "🚀" } do
      for limit = 20, 26 do
        local text, cut = item.cut_bytes(character:rep(40), limit)
        assert.is_true(cut)
        assert.is_true(#text <= limit and #text > limit - 4 - #character)
        assert.truthy(utf8.len(text))
        assert.equal("…", text:sub(-3))
      end
    end
  end)

  it("leaves 20 KB alone and cuts one byte more", function()
    local exact = ("x"):rep(20 * 1024 - 2) .. "ü"
    assert.equal(exact, (item.cut_bytes(exact, item.VALUE_LIMIT)))
    local text, cut = item.cut_bytes("x" .. exact, item.VALUE_LIMIT)
    assert.is_true(cut)
    assert.is_true(#text <= 20 * 1024)
    assert.equal(("x"):rep(20 * 1024 - 3) .. "…", text)
  end)
end)

describe("an item", function()
  it("has the titles, severities and source that people know", function()
    local made = make()
    assert.equal("High Risk - prod-shop - Use strong sign-in mechanisms", made.title)
    assert.equal("2", made.severity)
    assert.equal("Well-Architected", made.source)
    local medium = make(nil, { risk = "MEDIUM" })
    assert.equal("Medium Risk - prod-shop - Use strong sign-in mechanisms", medium.title)
    assert.equal("3", medium.severity)
  end)

  it("has the operational data that people know", function()
    local fields = make(nil, { plan_url = "https://docs.example.com/x" }).fields
    assert.equal("prod-shop", fields.WorkloadName)
    assert.equal("Use strong sign-in mechanisms", fields["Best practices missing"])
    assert.equal("security", fields.Pillar)
    assert.equal("How do you manage identities for people and machines?", fields.Question)
    assert.equal("HIGH", fields["Risk level"])
    assert.equal("identities", fields.QuestionId)
    assert.equal("sec_identities_enforce_mechanisms", fields.ChoiceId)
    assert.equal("wellarchitected", fields.Lens)
    assert.equal("https://docs.example.com/x", fields["Improvement Plan"])
  end)

  it("can be found and routed by its own fields", function()
    local found = findings.new()
    local fields = make().fields
    assert.same({ { arn = found.workload.WorkloadArn } }, json.decode(fields["/aws/resources"]))
    assert.same({ dedupString = finding_of.dedup(found.key) }, json.decode(fields["/aws/dedup"]))
    assert.equal(found.key, fields.FindingKey)
    assert.equal(found.workload.WorkloadId, fields.WorkloadId)
    assert.equal(found.lens_arn, fields.LensArn)
  end)

  it("has its own fields whatever the policy puts there", function()
    local made = make([[return { fields = function()
      return { FindingKey = "mine", WorkloadId = "mine", LensArn = "mine", QuestionId = "mine", ChoiceId = "mine",
        Team = "shop" }
    end }]])
    assert.equal(findings.new().key, made.fields.FindingKey)
    for name, value in pairs(made.fields) do assert.not_equal("mine", value, name) end
    assert.equal("shop", made.fields.Team)
    local bare = make [[return { fields = function() return {} end }]]
    assert.equal(findings.new().key, bare.fields.FindingKey)
  end)

  it("leaves empty values out", function()
    local made = make [[return { fields = function() return { Empty = "", Blank = " \n\t", Zero = 0 } end }]]
    assert.is_nil(made.fields.Empty)
    assert.is_nil(made.fields.Blank)
    assert.equal("0", made.fields.Zero)
    assert.is_nil(make().fields["Improvement Plan"])
  end)

  it("carries names unchanged, quotes, line breaks, umlauts and emoji included", function()
    local name = "Kasse \"Zürich\" <b>& Söhne</b>\n🚀 'n \\ more"
    local made = make(nil, { workload = { WorkloadName = name } })
    assert.equal(name, made.fields.WorkloadName)
    assert.equal(("High Risk - %s - Use strong sign-in mechanisms"):format(name), made.title)
    assert.truthy(made.description:find(name, 1, true))
  end)

  it("cuts what is too long and says what", function()
    local made = make([[return {
      title = function() return ("ü"):rep(1025) end,
      describe = function() return ("🚀"):rep(2049) end,
      fields = function() return { Long = ("€"):rep(7000) } end,
    }]])
    assert.equal(1024, utf8.len(made.title))
    assert.equal(2048, utf8.len(made.description))
    assert.is_true(#made.fields.Long <= 20 * 1024)
    assert.same({ "title (1024 characters)", "description (2048 characters)", "field 'Long' (20 KB)" }, made.cuts)
    assert.same({}, make().cuts)
  end)

  -- item.lua, repaired(): what is not UTF-8 cannot be sent, and raising for it would end the run.
  it("survives a policy that cuts in the middle of a character", function()
    local made = make([[return {
      title = function(finding) return finding.workload.WorkloadName:sub(1, 2) end,
      fields = function(finding) return { Short = finding.workload.WorkloadName:sub(1, 2) } end,
      severity = function(finding) return finding.workload.WorkloadName:sub(1, 2) end,
    }]], { workload = { WorkloadName = "Zürich" } })
    assert.equal("Z\u{FFFD}", made.title)
    assert.equal("Z\u{FFFD}", made.severity)
    assert.equal("Z\u{FFFD}", made.fields.Short)
    assert.truthy(json.encode(made.fields))
  end)

  it("links the item that was made before", function()
    assert.same({}, make().related)
    assert.same({ "oi-0123456789ab" }, make(nil, nil, "oi-0123456789ab").related)
  end)

  it("has no category unless the policy names one", function()
    assert.is_nil(make().category)
    assert.equal("Security", make [[return { category = "Security" }]].category)
  end)

  it("is nil with the problem when a hook fails", function()
    local made, failure = make [[return { title = function(f) return f.workload.Nothing.x end }]]
    assert.is_nil(made)
    assert.equal("E411", failure.id)
  end)
end)

describe("an item that before_create returned", function()
  local function changed(change)
    local before = make()
    local copy = {}
    for name, value in pairs(before) do copy[name] = value end
    copy.fields = {}
    for name, value in pairs(before.fields) do copy.fields[name] = value end
    change(copy)
    return item.changed(copy, before)
  end

  it("is taken with its new texts", function()
    local new = changed(function(i)
      i.title, i.severity, i.fields.Team, i.tags = "[shop] " .. i.title, "1", "shop", { Team = "shop" }
    end)
    assert.equal("[shop] High Risk - prod-shop - Use strong sign-in mechanisms", new.title)
    assert.equal("1", new.severity)
    assert.equal("shop", new.fields.Team)
    assert.same({ Team = "shop" }, new.tags)
  end)

  it("may be cut in the middle of a character", function()
    local new = changed(function(i)
      i.severity, i.category, i.tags, i.notifications = "Z\xc3", "Z\xc3", { ["Z\xc3"] = "Z\xc3" }, { "Z\xc3" }
    end)
    assert.same({ "Z\u{FFFD}", "Z\u{FFFD}" }, { new.severity, new.category })
    assert.same({ ["Z\u{FFFD}"] = "Z\u{FFFD}" }, new.tags)
    assert.same({ "Z\u{FFFD}" }, new.notifications)
  end)

  it("is the item itself for true", function()
    local before = make()
    assert.equal(before, item.changed(true, before))
  end)

  -- item.changed: without the dedup string OpsCenter takes doubles, without the key nothing finds the item again.
  it("cannot lose what keeps it single and findable", function()
    local new = changed(function(i)
      i.fields = { FindingKey = "x", ["/aws/dedup"] = "{}" }
      i.key, i.source, i.related = "x", "Other", { "oi-x" }
    end)
    local before = make()
    assert.equal(before.key, new.key)
    assert.equal("Well-Architected", new.source)
    assert.same({}, new.related)
    for name, value in pairs(before.own) do assert.equal(value, new.fields[name]) end
  end)

  it("is held to the limits again", function()
    local new = changed(function(i)
      i.title, i.fields.Long = ("ü"):rep(2000), ("x"):rep(30000)
    end)
    assert.equal(1024, utf8.len(new.title))
    assert.is_true(#new.fields.Long <= 20 * 1024)
    assert.same({ "title (1024 characters)", "field 'Long' (20 KB)" }, new.cuts)
  end)

  it("is refused with a sentence when no sink would take it", function()
    for name, value in pairs { title = 5, description = " ", severity = {}, fields = { Team = 1 }, tags = "x",
      notifications = { 1 } } do
      local new, message = changed(function(i) i[name] = value end)
      assert.is_nil(new)
      assert.truthy(message:find(name, 1, true), message)
    end
  end)
end)
