-- Run with: plumb test

describe("extra-lens", function()
  local policy = plumb.test.load "policy.lua"

  it("reads both lenses", function()
    assert.is_true(policy:wants(plumb.test.finding()))
    assert.is_true(policy:wants(plumb.test.finding { lens = { LensAlias = "serverless",
      LensArn = "arn:aws:wellarchitected::aws:lens/serverless" } }))
  end)

  it("reads no custom lens", function()
    local wanted, who = policy:wants(plumb.test.bare_finding())
    assert.is_false(wanted)
    assert.equal("lens", who)
  end)
end)
