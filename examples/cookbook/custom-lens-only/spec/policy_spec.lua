-- Run with: plumb test

describe("custom-lens-only", function()
  local policy = plumb.test.load "policy.lua"

  it("reads the lens of our account", function()
    assert.is_true(policy:wants(plumb.test.bare_finding()))
    assert.is_false(policy:wants(plumb.test.finding()))
  end)

  it("knows what is no practice there", function()
    local wanted, who = policy:wants(plumb.test.bare_finding { choice = { ChoiceId = "house_logs_none" } })
    assert.is_false(wanted)
    assert.equal("none_choices", who)
    assert.is_true(policy:wants(plumb.test.bare_finding { choice = { ChoiceId = "house_public_no" } }))
  end)
end)
