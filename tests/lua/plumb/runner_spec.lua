local runner = require "plumb.runner"

describe("a run", function()
  -- Guards wants_baseline: what is missing is put down while it is read, before there is a plan to ask about.
  it("asks before it puts down a baseline, and reads nothing when somebody says no", function()
    local asked, notes = {}, {}
    local cli = { can_ask = function() return true end, note = function(text) notes[#notes + 1] = text end,
      may_write = function(question)
        asked[#asked + 1] = question
        return false
      end }
    assert.equal(0, runner.run("scan", { baseline = true }, cli, {}))
    assert.equal(1, #asked)
    assert.matches("as known", asked[1], 1, true)
    assert.same({ "Nothing was written." }, notes)
  end)
end)
