local findings = require("tests.support.finding")
local schema = require("plumb.policy.schema")
local scripts = require("plumb.scripts")

local function default(name, ...)
  local value, p = findings.policy("return {}"):call(name, ...)
  assert.is_nil(p)
  return value
end

describe("the default policy", function()
  it("has every setting and hook of the schema, in its order, each after a comment", function()
    local text = scripts.source("policy/default.lua")
    local at = text:find("\nreturn {", 1, true)
    local function follows(name)
      local start, stop = text:find("\n  " .. name .. " = ", at, true)
      assert.is_truthy(start, name)
      local before = text:sub(1, start - 1):match("([^\n]*)$")
      assert.matches("^%s*%-%-", before, name)
      at = stop
    end
    for _, setting in ipairs(schema.settings) do
      follows(setting[1])
    end
    for _, name in ipairs(schema.hook_order) do
      follows(name)
    end
  end)

  it("reads own workloads, and shared ones only when told", function()
    local own, shared = findings.new().workload, findings.new({ workload = { Owner = "444455556666" } }).workload
    assert.is_true(default("workload", own))
    assert.is_false(default("workload", shared))
    assert.is_true((findings.policy("return { shared = true }"):call("workload", shared)))
  end)

  it("fails loudly when the account is not known, rather than take every workload for its own", function()
    local policy = require("plumb.policy").load({ text = "return {}", env = findings.no_env })
    local value, p = policy:call("workload", findings.new().workload)
    assert.is_nil(value)
    assert.matches("policy.account is not known yet", p.because, 1, true)
  end)

  it("chooses workloads by name or id", function()
    local policy = findings.policy("return { workloads = { 'prod-*', '" .. ("0123456789abcdef"):rep(2) .. "' } }")
    assert.is_true((policy:call("workload", findings.new().workload)))
    assert.is_true((policy:call("workload", findings.new({ workload = { WorkloadName = "x" } }).workload)))
    assert.is_false((policy:call("workload",
      findings.new({ workload = { WorkloadName = "x", WorkloadId = "y" } }).workload)))
  end)

  it("chooses lenses by alias, ARN or glob", function()
    local own, custom = findings.new(), findings.custom()
    local cases = {
      { { "wellarchitected" }, true, false }, { { "serverless" }, false, false }, { { "*" }, true, true },
      { { findings.CUSTOM_LENS }, false, true }, { { "arn:*:111122223333:lens/*" }, false, true },
      { { "arn:aws:wellarchitected:us-east-1::lens/wellarchitected" }, true, false },
    }
    for _, case in ipairs(cases) do
      local policy = findings.policy("return {}", { lenses = '{ "' .. table.concat(case[1], '", "') .. '" }' })
      assert.equal(case[2], (policy:call("lens", own.workload, own.lens)), case[1][1])
      assert.equal(case[2], (policy:call("lens", own.workload, { LensAlias = "wellarchitected" })), case[1][1])
      assert.equal(case[3], (policy:call("lens", own.workload, custom.lens)), case[1][1])
    end
  end)

  it("filters by risk and pillar", function()
    assert.is_true(default("filter", findings.new()))
    local high = findings.policy("return { risks = { 'HIGH' }, pillars = { 'sec*' } }")
    assert.is_true((high:call("filter", findings.new())))
    assert.is_false((high:call("filter", findings.new({ risk = "MEDIUM" }))))
    assert.is_false((high:call("filter", findings.new({ question = { PillarId = "reliability" } }))))
  end)

  it("has the titles, severities and fields of the original solution", function()
    assert.equal("High Risk - prod-shop - Use strong sign-in mechanisms", default("title", findings.new()))
    assert.equal("Medium Risk - prod-shop - Use strong sign-in mechanisms",
      default("title", findings.new({ risk = "MEDIUM" })))
    assert.equal("2", default("severity", findings.new()))
    assert.equal("3", default("severity", findings.new({ risk = "MEDIUM" })))
    assert.same({
      ["WorkloadName"] = "prod-shop", ["Best practices missing"] = "Use strong sign-in mechanisms",
      ["Pillar"] = "security", ["Question"] = "How do you manage identities for people and machines?",
      ["Risk level"] = "HIGH", ["QuestionId"] = "identities", ["ChoiceId"] = "sec_identities_enforce_mechanisms",
      ["Lens"] = "wellarchitected", ["Improvement Plan"] = "https://example.com/plan",
    }, default("fields", findings.new({ plan_url = "https://example.com/plan" })))
    local custom = default("fields", findings.custom())
    assert.equal(findings.CUSTOM_LENS, custom.Lens)
    assert.is_nil(custom["Improvement Plan"])
  end)

  it("keeps quotes, umlauts, line ends and emoji as they are", function()
    local name = "a \"b\" <c> ü\nd 🔥 %s"
    assert.equal("High Risk - " .. name .. " - Use strong sign-in mechanisms",
      default("title", findings.new({ workload = { WorkloadName = name } })))
  end)

  describe("description", function()
    it("says the question, why, what to do and where", function()
      local text = default("describe", findings.new({ plan_url = "https://example.com/plan",
        choice = { Description = "Passwords alone are guessed." } }))
      assert.matches("How do you manage identities for people and machines?", text, 1, true)
      assert.matches("rates this question HIGH for workload prod-shop", text, 1, true)
      assert.matches("**What to do:** Use strong sign-in mechanisms", text, 1, true)
      assert.matches("Passwords alone are guessed.", text, 1, true)
      assert.matches("[Improvement plan](https://example.com/plan)", text, 1, true)
      assert.matches("(https://eu-west-1.console.aws.amazon.com/wellarchitected/home?region=eu-west-1#/workload/"
        .. findings.new().workload.WorkloadId, text, 1, true)
    end)

    it("stays within 2,048 characters and keeps its links, however long the rest is", function()
      local text = default("describe", findings.new({ plan_url = "https://example.com/" .. ("p"):rep(500),
        workload = { WorkloadName = ("ü"):rep(100) }, lens = { LensName = ("🔥"):rep(128) },
        question = { QuestionTitle = ("ß"):rep(512) },
        choice = { Title = ("é"):rep(512), Description = ("漢"):rep(5000) } }))
      assert.is_true(utf8.len(text) <= 2048)
      assert.matches("Answer in the Well-Architected Tool", text, 1, true)
      assert.matches("/ppp", text, 1, true)
      assert.matches("…", text, 1, true)
    end)

    it("links to web addresses only, and no bracket ends a link early", function()
      local text = default("describe", findings.new({ plan_url = "javascript:alert(1)" }))
      assert.is_nil(text:find("](javascript", 1, true))
      text = default("describe", findings.new({ plan_url = "https://example.com/a(b)" }))
      assert.matches("(https://example.com/a%28b%29)", text, 1, true)
    end)

    it("goes without a console link where the partition has none that is known", function()
      local found = findings.new()
      found.console_url = nil
      assert.is_nil(default("describe", found):find("https://", 1, true))
    end)
  end)
end)
