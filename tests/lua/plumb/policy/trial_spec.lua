local findings = require("tests.support.finding")
local policies = require("plumb.policy")
local trial = require("plumb.policy.trial")

local function try(text)
  return trial.run(policies.load({ text = text, env = findings.no_env }))
end

describe("a trial", function()
  it("finds what is wrong whatever the finding is", function()
    for text, words in pairs({
      ["title = function(f) return f.workload.Nmae end"] = "is not a field of a workload",
      ["title = function(f) return stirng.upper('x') end"] = "did you mean 'string'?",
      ["filter = function(f) f.risk = 1 end"] = "read-only",
      ["filter = function(f) local x = f.risk == 'HIGH' end"] = "true or false, not nothing",
      ["on_resolve = function(item) return item.outcom_field end"] = "did you mean 'outcome_field'?",
      ["describe = function(f) while true do end end"] = "longer than the limit",
    }) do
      local problems, warnings = try("return { " .. text .. " }")
      local one = problems[1] or warnings[1]
      assert.matches(words, one.because .. "\n" .. one.fix, 1, true)
      assert.equal(1, #problems + #warnings, text)
      assert.equal(words == "read-only" and 1 or 0, #warnings)
    end
  end)

  it("warns of what may be due to the sample, once", function()
    local problems, warnings = try("return { title = function(f) return f.choice.Description .. '!' end }")
    assert.same({}, problems)
    assert.equal(1, #warnings)
    assert.matches("'Description' is nothing", warnings[1].because, 1, true)
  end)

  it("warns of texts that will be cut", function()
    local _, warnings = try("return { title = function() return ('x'):rep(1025) end }")
    assert.matches("1,024 characters", warnings[1].because, 1, true)
  end)

  it("calls nobody, and holds that against no hook", function()
    local problems, warnings = try([[return {
      before_create = function(item) item.title = aws.ssm:GetOpsItem{}.x return item end,
      on_resolve = function(item, default) local x = aws.ssm return default(item) end }]])
    assert.same({}, problems)
    assert.same({}, warnings)
  end)

  it("leaves the defaults alone", function()
    assert.same({ {}, {} }, { try("return {}") })
  end)
end)
