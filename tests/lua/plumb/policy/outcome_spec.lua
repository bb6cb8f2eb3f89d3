local item = require "plumb.item"
local outcome = require "plumb.policy.outcome"

-- What a text means, as a few words: "accepted 2027-06-30", or what is wrong with it.
local function meaning(text)
  local value, message = outcome.normal(text)
  if not value then return message end
  local until_day = value.expires and require("plumb.policy.day").text(value.expires)
  return table.concat({ value.outcome, value.reason or until_day }, " ")
end

describe("an outcome", function()
  local SPELLINGS = {
    ["implemented"] = { "implemented", "Implemented.", "  DONE ", "“implemented”", "'fixed'", "implemented -" },
    ["not_applicable"] = { "not_applicable", "Not applicable", "not-applicable", "N/A", "na", "notapplicable:" },
    ["not_applicable OUT_OF_SCOPE"] = { "not_applicable: OUT_OF_SCOPE", "n/a: out of scope", "N/A out of scope",
      "not applicable - out-of-scope", "Not Applicable (Out of Scope)", "Not applicable – out of scope" },
    ["accepted"] = { "accepted", "Accept", "risk accepted", "accepted: forever", "accepted:" },
    ["accepted 2027-06-30"] = { "accepted: until 2027-06-30", "Accepted until 2027-06-30", "accepted 2027/6/30",
      "accepted – until 30 June 2027", "Risk accepted until June 30, 2027", "accept till 30.06.2027",
      "accepted (2027-06-30)", "accepted until 30-Jun-2027", "accepted until 30th of June 2027",
      "Accepted\u{A0}until\u{A0}2027-06-30" },
    ["accepted 2027-06-30T12:30:00Z"] = { "accepted until 2027-06-30T12:30:00Z",
      "accepted: until 2027-06-30T14:30:00+02:00" },
    ["ignore"] = { "ignore", "Ignored", "IGNORE;" },
  }

  for wanted, spellings in pairs(SPELLINGS) do
    it(("is read as '%s' however it is spelled"):format(wanted), function()
      for _, text in ipairs(spellings) do assert.equal(wanted, meaning(text), text) end
    end)
  end

  local REFUSED = {
    ["did you mean 'implemented'"] = "implementted",
    ["'won't fix' is no outcome"] = "won’t fix",
    ["'acceptable' is no outcome"] = "acceptable",
    ["'notable' is no outcome"] = "notable",
    ["'because' is no reason"] = "not applicable: because",
    ["'by my boss' is no date"] = "accepted by my boss",
    ["'implemented' takes no reason"] = "done, but only for one account",
    ["may be read in two ways"] = "accepted until 06/07/2027",
    ["there is no day '2027-02-30'"] = "accepted until 2027-02-30",
    ["there is no day '31 Jun 2027'"] = "accepted until 31 Jun 2027",
    ["'2027-06' is no date"] = "accepted until 2027-06",
    ["'soon' is no date; write it as 2027-06-30"] = "accepted until soon",
  }

  it("that could mean something else is refused with what is wrong, never guessed at", function()
    for words, text in pairs(REFUSED) do assert.matches(words, meaning(text), 1, true) end
  end)
end)

describe("the entry Outcome of an item", function()
  -- Guards item.outcome(): an entry that is passed over ends as a practice ticked that nobody implemented.
  it("is found however its name is spelled, and the exact one counts most", function()
    assert.equal("ignore", item.outcome { Outcome = "ignore" })
    assert.equal("ignore", item.outcome { ["outcome "] = "ignore", Pillar = "security" })
    assert.equal("ignore", item.outcome { ["OUTCOME:"] = "ignore" })
    assert.equal("accepted", item.outcome { outcome = "ignore", Outcome = "accepted" })
  end)

  it("that is blank says nothing", function()
    assert.is_nil(item.outcome { Outcome = "  " })
    assert.is_nil(item.outcome { Outcomes = "ignore" })
    assert.is_nil(item.outcome {})
  end)
end)
