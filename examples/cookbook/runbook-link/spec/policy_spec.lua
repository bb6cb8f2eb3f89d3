-- Run with: plumb test

describe("runbook-link", function()
  local policy = plumb.test.load "policy.lua"

  it("comes first", function()
    local text = policy:describe(plumb.test.finding())
    assert.truthy(text:find("^%[Runbook%]%(https://wiki%.example%.com/runbooks/sample%-question%)\n"))
    assert.truthy(text:find("What to do", 1, true))
  end)

  it("keeps within OpsCenter's limit", function()
    local item = policy:item(plumb.test.finding { choice = { Description = ("long "):rep(1000) } })
    assert.is_true(utf8.len(item.description) <= 2048)
  end)
end)
