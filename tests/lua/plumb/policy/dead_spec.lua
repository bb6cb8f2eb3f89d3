local dead = require("plumb.policy.dead")
local findings = require("tests.support.finding")
local policies = require("plumb.policy")

-- The warnings about the body of a policy, "line what | because" each.
local function warned(body)
  local policy, problems = policies.read({ text = "return {\n" .. body .. "\n}", env = findings.no_env })
  assert.same({}, problems)
  local list = {}
  for i, p in ipairs(dead.find(policy)) do
    assert.equal("E412", p.id)
    assert.is_string(p.fix)
    list[i] = ("%d %s"):format(p.line or 0, p.what)
  end
  return list
end

describe("rules that decide nothing", function()
  it("are none in the defaults and in what init writes", function()
    assert.same({}, warned(""))
    assert.same({}, dead.find((policies.read({ text = require("plumb.scripts").source("policy/starter.lua"),
      env = findings.no_env }))))
  end)

  it("are globs behind others", function()
    assert.same({ "2 'prod-x' in workloads decides nothing" }, warned('workloads = { "prod-*", "prod-x", "dev-*" },'))
    assert.same({ "2 'serverless' in lenses decides nothing" }, warned('lenses = { "serverless", "*" },'))
    assert.same({ "2 'a' in workloads decides nothing" }, warned('workloads = { "a", "a" },'))
    assert.same({}, warned('workloads = { "prod-*", "*-prod" },'))
  end)

  it("are empty lists and names that nobody has", function()
    assert.same({ "2 nothing ever becomes an item: risks is an empty list" }, warned("risks = {},"))
    assert.same({ "2 'secruity' in pillars matches nothing that AWS has" }, warned('pillars = { "secruity" },'))
    assert.same({ "2 'Security' in pillars matches nothing that AWS has" }, warned('pillars = { "Security" },'))
    assert.same({}, warned('pillars = { "ourOwnPillar" },\nlenses = { "arn:aws:wellarchitected:*:1:lens/*" },'))
  end)

  it("are settings whose reader was replaced by one that does not look", function()
    assert.same({ "2 risks has no effect" }, warned('risks = { "HIGH" },\nfilter = function(f)\n  return true\nend,'))
    assert.same({}, warned('risks = { "HIGH" },\nfilter = function(f, default)\n  return default(f)\nend,'))
    assert.same({}, warned('risks = { "HIGH" },\nfilter = function(f)\n  return matches(f.risk, policy.risks)\nend,'))
    assert.same({ "2 workloads has no effect" },
      warned('workloads = { "a" },\nworkload = function(w, default) return true end,'))
  end)

  it("are contradicted by others", function()
    assert.same({ "3 the severity for MEDIUM is never used" },
      warned('risks = { "HIGH" },\nseverities = { MEDIUM = "4" },'))
    assert.same({ "2 the budget of a workload is never reached" }, warned("budget = { run = 5, workload = 5 },"))
    assert.same({}, warned("budget = { run = 5, workload = 4 },"))
    assert.same({ "3 quarantine has no effect" }, warned('ambiguous = "retry",\nquarantine = "5m",'))
    assert.same({ "3 the rules for a lens are never used" }, warned('lenses = { "serverless" },\n'
      .. 'none_choices = { lenses = { ["arn:aws:wellarchitected:x"] = { none = { "a" } } } },'))
  end)

  it("are fields written twice", function()
    assert.same({ "2 'source' is written twice" }, warned('source = "a",\nsource = "b",'))
  end)
end)
