-- What people say by resolving an item, from the command line to the Tool and back.

local simulator = require("support.simulator_process")
local process = require("support.process")

describe("the outcomes of a resolve", function()
  local stage

  before_each(function()
    stage = simulator.start()
    assert.equal(0, stage:plumb("scan --yes").code)
  end)
  after_each(function() stage:stop() end)

  -- The id of the open item for a choice.
  local function item(choice)
    for id, entry in pairs(stage:items()) do
      if entry.OperationalData.ChoiceId.Value == choice and entry.Status == "Open" then return id end
    end
    error("no open item for " .. choice)
  end

  local function resolves(choice, outcome, name)
    local id = item(choice)
    stage:person { id = id, status = "Resolved", data = outcome and { [name or "Outcome"] = outcome } }
    return id
  end

  local function row_of(document, id)
    for _, row in ipairs(document.items) do
      if row.id == id then return row end
    end
  end

  it("are heeded however they are spelled, and what is not understood is a line with its reason", function()
    local soon = os.date("!%Y-%m-%d", os.time() + 5 * 86400)
    local accepted = resolves("ops_observe_alarms", "Risk accepted until " .. soon)
    local none = resolves("sec_response_plan", "N/A (out of scope)", "outcome")
    local unclear = resolves("ops_deploy_rollback", "accepted until 06/07/2027")
    stage:forget()
    local result = stage:plumb("resolve --yes --json")
    assert.equal(5, result.code)
    local document = simulator.one_document(result.out)
    assert.equal(soon, row_of(document, accepted).accepted_until)
    assert.equal("settled", row_of(document, none).status)
    assert.equal("failed", row_of(document, unclear).status)
    assert.matches("two ways", row_of(document, unclear).reason, 1, true)
    assert.equal(unclear, document.problems[1].item)
    local writes = stage:journal(true)
    assert.equal(1, #writes)
    assert.same({ sec_response_plan = { Status = "NOT_APPLICABLE", Reason = "OUT_OF_SCOPE" } },
      writes[1].input.ChoiceUpdates)
    assert.same({ accepted }, { stage:document("status --json").ending[1].id })
    assert.matches("last resolve .*  1 updated, 1 noted, 1 failed\n", stage:plumb("status").out)
    local waiting = stage:document("status --json").unfinished
    assert.equal(1, #waiting)
    assert.same({ "unclear", unclear, "ops_deploy_rollback" }, { waiting[1].status, waiting[1].id, waiting[1].choice })
    assert.matches("two ways", waiting[1].reason, 1, true)
    local scan = stage:plumb("scan --yes")
    assert.matches("1 accepted risk ends soon", scan.err, 1, true)
    assert.equal("Resolved", stage:items()[unclear].Status) -- no second item beside one that waits for its outcome
    stage:person { id = unclear, status = "Resolved", data = { Outcome = "done" } }
    assert.equal(1, stage:document("resolve --yes --json").summary.updated)
    assert.equal(0, #stage:document("status --json").unfinished)
  end)

  it("come with a milestone and a line in the notes when the policy asks", function()
    local policy = process.write(stage.folder .. "/policy.lua",
      [[return { milestone = "before plumb", answer_notes = true }]])
    resolves "ops_observe_alarms"
    resolves "sec_identity_mfa"
    stage:forget()
    local dry = stage:document { "resolve", "--dry-run", "--json", "--policy", policy }
    assert.equal(2, #dry.items)
    assert.same({}, stage:journal(true))
    local document = stage:document { "resolve", "--yes", "--json", "--policy", policy }
    assert.equal(1, document.summary.milestones)
    assert.matches("^before plumb ", document.items[1].milestone)
    assert.equal(1, document.calls["wellarchitected.CreateMilestone"])
    local writes = stage:journal(true)
    assert.equal("CreateMilestone", writes[1].operation)
    assert.equal(3, #writes)
    for i = 2, 3 do assert.matches("plumb %d+%-%d+%-%d+ oi%-%x+ [%w_]+ implemented", writes[i].input.Notes) end
  end)
end)
