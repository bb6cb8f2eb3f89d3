local migrate = require "commands.migrate"
local problem = require "plumb.problem"
local state = require "commands.state"
local talk = require "support.talk"

-- The id of the problem that a command raises before it opens anything.
local function refusal(command, args)
  local ok, failure = pcall(command.run, args, talk.new(args))
  assert.is_false(ok)
  assert.is_true(problem.is(failure), tostring(failure))
  return failure.id
end

describe("plumb state", function()
  it("needs a file for a backup, and takes none elsewhere", function()
    assert.equal("E104", (refusal(state, { action = "backup" })))
    assert.equal("E106", (refusal(state, { action = "verify", file = "x" })))
  end)

  it("does not begin a rebuild where nobody can be asked", function()
    assert.equal("E108", (refusal(state, { action = "rebuild" })))
  end)
end)

describe("plumb migrate", function()
  it("takes a table only where one is read", function()
    assert.equal("E102", (refusal(migrate, { action = "opsitems", table = "x" })))
  end)

  it("does not begin to adopt where nobody can be asked", function()
    assert.equal("E108", (refusal(migrate, { action = "opsitems" })))
  end)
end)
