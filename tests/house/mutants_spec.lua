-- The mutants of the proof change lines that are there. They run for minutes; this tells at once that a line moved.

local mutations = require "proof.mutations"
local process = require "support.process"

local function first(name)
  for _, mutation in ipairs(mutations.all) do
    if mutation.name == name then return mutation end
  end
end

describe("a mutant", function()
  for _, mutation in ipairs(mutations.all) do
    if mutation.file then
      it(("'%s' changes one line of %s"):format(mutation.name, mutation.file), function()
        local text = process.read("scripts/" .. mutation.file)
        local changed = mutations.applied(mutation, text)
        assert.not_equal(text, changed)
        assert.is_function(load(changed), "what it makes is still Lua")
      end)
    end
  end

  it("survives an indentation, and names a line that is gone or not alone", function()
    local intent = first "intent"
    assert.equal("  if a then\n    \n  end\n", mutations.applied(intent, "  if a then\n    intend(self, b)\n  end\n"))
    assert.error_matches(function() mutations.applied(intent, "local function intend(self)\n") end, "has 0 lines")
    assert.error_matches(function() mutations.applied(intent, "intend(a)\nintend(b)\n") end, "has 2 lines")
  end)
end)
