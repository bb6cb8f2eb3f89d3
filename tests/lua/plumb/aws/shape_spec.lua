local err = require "plumb.err"
local shape = require "plumb.aws.shape"

local wellarchitected = require "plumb.aws.service.wellarchitected"
local ssm = require "plumb.aws.service.ssm"
local sqs = require "plumb.aws.service.sqs"

local WORKLOAD = ("0"):rep(32)

local function answer(changes)
  local input = { WorkloadId = WORKLOAD, LensAlias = "wellarchitected", QuestionId = "priorities" }
  for key, value in pairs(changes or {}) do input[key] = value end
  return input
end

local function item(changes)
  local input = { Title = "t", Description = "d", Source = "Well-Architected" }
  for key, value in pairs(changes or {}) do input[key] = value end
  return input
end

local function check(service, operation, input)
  local e = shape.check(service, operation, input)
  if e then
    assert.is_true(err.is(e))
    assert.equal("input", e.kind)
    assert.equal("no", e.executed)
    assert.equal(operation, e.operation)
  end
  return e
end

local function refuses(service, operation, input, ...)
  local e = check(service, operation, input)
  assert.truthy(e, "was accepted")
  for _, part in ipairs { operation, ... } do assert.truthy(e.message:find(part, 1, true), e.message) end
  return e
end

describe("plumb.aws.shape", function()
  it("accepts an input that fits", function()
    assert.is_nil(check(wellarchitected, "UpdateAnswer", answer {
      ChoiceUpdates = { ops_x = { Status = "SELECTED", Reason = "NONE", Notes = "n" } }, SelectedChoices = {},
      IsApplicable = false,
    }))
    assert.is_nil(check(ssm, "CreateOpsItem", item { Priority = 2, Tags = { { Key = "a", Value = "" } } }))
  end)

  it("suggests the member that was meant", function()
    local e = refuses(ssm, "CreateOpsItem", item { Titel = "x" }, "Titel", 'did you mean "Title"?')
    assert.is_true(e.bug)
  end)

  it("names the path of what is wrong", function()
    refuses(wellarchitected, "UpdateAnswer", answer { ChoiceUpdates = { ops_x = { Status = "SELECTD" } } },
      "ChoiceUpdates.ops_x.Status", 'did you mean "SELECTED"?')
    refuses(ssm, "CreateOpsItem", item { Notifications = { { Arn = "a" }, { Arn = 3 } } },
      "Notifications[2].Arn", "text")
  end)

  it("misses required members, at the top and below", function()
    refuses(ssm, "CreateOpsItem", { Title = "t", Source = "s" }, "Description", "is required")
    refuses(wellarchitected, "UpdateAnswer", answer { ChoiceUpdates = { a = {} } },
      "ChoiceUpdates.a.Status", "is required")
  end)

  it("tells wrong types as slips of the program", function()
    assert.is_true(refuses(ssm, "CreateOpsItem", item { Title = 3 }, "Title", "text, not number").bug)
    assert.is_true(refuses(ssm, "CreateOpsItem", item { Priority = "2" }, "Priority", "a number").bug)
    assert.is_true(refuses(ssm, "CreateOpsItem", item { Tags = "x" }, "Tags", "a list").bug)
    assert.is_true(refuses(ssm, "CreateOpsItem", item { Tags = { Key = "x" } }, "Tags", "a list").bug)
    assert.is_true(refuses(wellarchitected, "UpdateAnswer", answer { IsApplicable = "no" }, "IsApplicable").bug)
  end)

  it("tells values out of range as errors of the data", function()
    local e = refuses(ssm, "CreateOpsItem", item { Priority = 6 }, "Priority", "at most 5")
    assert.is_nil(e.bug)
    refuses(ssm, "CreateOpsItem", item { Priority = 0 }, "Priority", "at least 1")
    refuses(ssm, "CreateOpsItem", item { Priority = 1.5 }, "Priority", "whole number")
  end)

  it("counts characters, not bytes", function()
    assert.is_nil(check(ssm, "CreateOpsItem", item { Title = ("ü"):rep(1024) }))
    refuses(ssm, "CreateOpsItem", item { Title = ("ü"):rep(1025) }, "Title", "at most 1024, not 1025")
    refuses(ssm, "CreateOpsItem", item { Title = "" }, "Title", "at least 1")
  end)

  it("refuses text that is not UTF-8", function()
    refuses(ssm, "CreateOpsItem", item { Title = "a\255" }, "Title", "UTF-8")
  end)

  it("checks patterns that Lua can check", function()
    refuses(wellarchitected, "UpdateAnswer", answer { WorkloadId = ("g"):rep(32) }, "WorkloadId", "does not match")
    refuses(ssm, "CreateOpsItem", item { Title = "   " }, "Title", "does not match")
    refuses(ssm, "GetOpsItem", { OpsItemId = "oi-0123456789AB" }, "OpsItemId")
    assert.is_nil(check(ssm, "GetOpsItem", { OpsItemId = "oi-0123456789ab" }))
  end)

  it("checks the size of lists and maps", function()
    refuses(sqs, "DeleteMessageBatch", { QueueUrl = 3, Entries = {} }, "QueueUrl")
    refuses(wellarchitected, "AssociateLenses", { WorkloadId = WORKLOAD, LensAliases = {} },
      "LensAliases", "at least 1")
  end)

  it("keeps an ARN in a path, and refuses what would change the path", function()
    assert.is_nil(check(wellarchitected, "UpdateAnswer", answer {
      LensAlias = "arn:aws:wellarchitected:us-west-2:123456789012:lens/0123",
    }))
    refuses(wellarchitected, "UpdateAnswer", answer { QuestionId = ".." }, "QuestionId", "path")
  end)

  it("takes no members for an operation without input", function()
    refuses(require "plumb.aws.service.sts", "GetCallerIdentity", { Account = "1" }, "Account", "takes none")
  end)

  it("counts null as absent", function()
    local null = require("plumb.json").null
    assert.is_nil(check(ssm, "CreateOpsItem", item { Severity = null }))
    refuses(ssm, "CreateOpsItem", item { Title = null }, "Title", "is required")
  end)

  it("fills in the idempotency token once and leaves the caller's table alone", function()
    local input = { WorkloadId = WORKLOAD, MilestoneName = "before" }
    local filled = shape.fill(wellarchitected, "CreateMilestone", input, function() return "token" end)
    assert.equal("token", filled.ClientRequestToken)
    assert.is_nil(input.ClientRequestToken)
    assert.equal(filled, shape.fill(wellarchitected, "CreateMilestone", filled))
    assert.equal(input, shape.fill(ssm, "CreateOpsItem", input))
  end)
end)
