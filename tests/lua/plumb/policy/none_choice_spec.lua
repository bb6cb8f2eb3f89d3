local findings = require("tests.support.finding")

local OWN, CUSTOM = { LensAlias = "wellarchitected" }, { LensArn = findings.CUSTOM_LENS }

local function is_none(policy, lens, id, title)
  return policy:is_none_choice(lens, { ChoiceId = id, Title = title })
end

describe("none-choices", function()
  it("are told by id or by title", function()
    local policy = findings.policy("return {}")
    assert.is_true(is_none(policy, OWN, "ops_priorities_no", "None of these"))
    assert.is_true(is_none(policy, OWN, "ops_priorities_no", "No"))
    assert.is_true(is_none(policy, CUSTOM, "noneofthese", "  None of the ABOVE. "))
    assert.is_true(is_none(policy, CUSTOM, "x_none", "none"))
    assert.is_true(is_none(policy, CUSTOM, "x_none", "None of these apply"))
    assert.is_false(is_none(policy, OWN, "sec_identities", "None of these roles has a password"))
    assert.is_false(is_none(policy, OWN, "no_x", "No public buckets"))
    assert.is_false(is_none(policy, OWN, "sec_x", nil))
  end)

  it("are overridden for one lens by alias, ARN or glob", function()
    local policy = findings.policy([[return { none_choices = { lenses = {
      ["arn:aws:wellarchitected:*:111122223333:lens/*"] = { practices = { "public_no" }, none = { "*_undecided" } },
      ["serverless"] = { ids = { "skip" }, titles = {} },
    } } }]])
    assert.is_false(is_none(policy, CUSTOM, "public_no", "None of these"))
    assert.is_true(is_none(policy, CUSTOM, "a_undecided", "We are still thinking"))
    assert.is_true(is_none(policy, CUSTOM, "b_no", "No"))
    assert.is_true(is_none(policy, OWN, "public_no", "None of these"))
    local serverless = { LensAlias = "serverless" }
    assert.is_true(is_none(policy, serverless, "skip", "Skip"))
    assert.is_false(is_none(policy, serverless, "x_no", "None of these"))
  end)

  it("can be told differently everywhere", function()
    local policy = findings.policy("return { none_choices = { titles = { 'keine*' } } }")
    assert.is_true(is_none(policy, OWN, "x", "Keine davon"))
    assert.is_false(is_none(policy, OWN, "x", "None of these"))
    assert.is_true(is_none(policy, OWN, "x_no", "None of these"))
  end)

  it("heed the most particular rule", function()
    local policy = findings.policy([[return { none_choices = { lenses = {
      ["arn:*"] = { practices = { "a_no" } }, ["]] .. findings.CUSTOM_LENS .. [["] = { practices = { "b_no" } },
    } } }]])
    assert.is_true(is_none(policy, CUSTOM, "a_no"))
    assert.is_false(is_none(policy, CUSTOM, "b_no"))
  end)
end)
