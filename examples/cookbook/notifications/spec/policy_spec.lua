-- Run with: plumb test

describe("notifications", function()
  local policy = plumb.test.load "policy.lua"

  it("are on the item", function()
    local item = policy:item(plumb.test.finding())
    assert.same({ "arn:aws:sns:eu-west-1:111122223333:reviews" }, item.notifications)
    assert.equal("platform", item.tags.Team)
  end)
end)
