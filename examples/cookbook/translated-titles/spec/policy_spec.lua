-- Run with: plumb test

describe("translated-titles", function()
  local policy = plumb.test.load "policy.lua"

  it("translates risk and pillar", function()
    assert.equal("Hohes Risiko – Sicherheit – sample-shop: Try it on a sample", policy:title(plumb.test.finding()))
  end)

  it("leaves the pillars of custom lenses alone", function()
    assert.truthy(policy:title(plumb.test.bare_finding()):find("Mittleres Risiko – samplePillar", 1, true))
  end)
end)
