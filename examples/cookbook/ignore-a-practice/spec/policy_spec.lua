-- Run with: plumb test

describe("ignore-a-practice", function()
  local policy = plumb.test.load "policy.lua"

  it("leaves out what was decided", function()
    local wanted, who = policy:wants(plumb.test.finding { choice = { ChoiceId = "rel_backup_offsite" } })
    assert.is_false(wanted)
    assert.equal("filter", who)
  end)

  it("keeps everything else", function()
    assert.is_true(policy:wants(plumb.test.finding()))
  end)
end)
