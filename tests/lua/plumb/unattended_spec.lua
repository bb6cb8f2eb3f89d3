local unattended = require("plumb.unattended")

local A, B, C = "oi-0123456789ab", "oi-0123456789ac", "oi-0123456789ad"

describe("what is committed of a run", function()
  local function run(changes)
    local base = { command = "resolve", exit = 0, document = { items = {}, problems = {}, summary = {} } }
    for key, value in pairs(changes) do base[key] = value end
    return unattended.committed(base, { A, B, C })
  end

  local function document(items, problems) return { items = items, problems = problems or {}, summary = {} } end

  it("is all of it when nothing failed, also what needed nothing", function()
    local found = run({ document = document({ { id = A, status = "settled" } }) })
    assert.same({ [A] = true, [B] = true, [C] = true }, found)
  end)

  it("is all but what failed or is not known yet", function()
    assert.same({ [B] = true }, run({ exit = 5, document = document({ { id = A, status = "failed" },
      { id = B, status = "kept" }, { id = C, status = "pending" } }) }))
  end)

  it("is all but an item that could not be read", function()
    assert.same({ [A] = true, [C] = true }, run({ exit = 5, document = document({}, { { code = "E310", item = B } }) }))
  end)

  it("is what the run lists when it came to no end, or something else went wrong", function()
    local items = { { id = A, status = "settled" } }
    assert.same({ [A] = true }, run({ interrupted = true, document = document(items) }))
    assert.same({ [A] = true }, run({ exit = 5, document = document(items, { { code = "E320" } }) }))
    assert.same({}, unattended.committed({ command = "resolve", problem = {} }, { A }))
  end)
end)

describe("a command run unattended", function()
  local env = function() return nil end

  it("gives its document and its exit code, and says nothing", function()
    local run = unattended.run({ "version", "--json" }, { env = env })
    assert.equal(0, run.exit)
    assert.is_string(run.document.version)
    assert.is_nil(unattended.failure(run))
  end)

  it("never raises", function()
    local run = unattended.run({ "scna" }, { env = env })
    assert.equal("E101", run.problem.id)
    assert.equal("plumb scna: no command 'scna'", unattended.failure(run).message)
  end)
end)
