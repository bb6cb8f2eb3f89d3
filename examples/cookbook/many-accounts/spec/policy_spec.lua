-- Run with: plumb test

describe("many-accounts", function()
  local policy = plumb.test.load "policy.lua"

  it("reads two accounts in three places", function()
    local places = 0
    for _, account in ipairs(policy.accounts) do places = places + #account.regions end
    assert.equal(2, #policy.accounts)
    assert.equal(3, places)
  end)

  it("keeps the items in a third account", function()
    assert.truthy(policy.items_in.role:find("777788889999", 1, true))
  end)
end)
