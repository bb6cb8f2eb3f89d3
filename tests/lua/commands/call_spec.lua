local binary = require("support.binary")
local json = require("plumb.json")

local function call(...)
  return binary.run({ "call", "--sim", ... })
end

describe("plumb call", function()
  it("prints the output as JSON, one line in a pipe", function()
    local result = call("sts.GetCallerIdentity")
    assert.equal("", result.err)
    assert.equal(0, result.code)
    assert.equal(1, select(2, result.out:gsub("\n", "")))
    assert.equal("111122223333", json.decode(result.out).Account)
  end)

  it("takes wa for wellarchitected, and keeps empty lists lists and times readable", function()
    local summary = json.decode(call("wa.ListWorkloads", "MaxResults=1").out).WorkloadSummaries[1]
    assert.equal("shop-prod", summary.WorkloadName)
    assert.truthy(tostring(summary.UpdatedAt):find("^%d%d%d%d%-%d%d%-%d%dT"))
    assert.equal('{"OpsItemSummaries":[]}\n', call("ssm.DescribeOpsItems").out)
  end)

  it("fetches all pages as one list", function()
    local one = json.decode(call("wa.ListWorkloads", "MaxResults=2", "--all").out)
    assert.is_true(json.is_list(one))
    assert.is_true(#one > 2)
    local result = call("sts.GetCallerIdentity", "--all")
    assert.equal(2, result.code)
    assert.truthy(result.err:find("[E110]", 1, true))
  end)

  it("prints rows on request", function()
    local tsv = call("wa.ListWorkloads", "--all", "-o", "tsv").out
    assert.truthy(tsv:find("^shop%-prod\t"))
    assert.truthy(call("wa.ListWorkloads", "-o", "csv").out:find("^WorkloadName,WorkloadId,"))
    assert.equal("", call("ssm.DescribeOpsItems", "-o", "csv").out)
  end)

  it("refuses what the operation does not take, before anything is sent", function()
    for _, words in ipairs({ { "wa.ListWorkload" }, { "wwa.ListWorkloads" }, { "ListWorkloads" },
      { "wa.ListWorkloads", "MaxResult=1" }, { "wa.ListWorkloads", "MaxResults=x" }, { "wa.GetWorkload" },
      { "wa.ListWorkloads", "MaxResults=5000" }, { "wa.ListWorkloads", "junk" } }) do
      local result = call(table.unpack(words))
      assert.equal(2, result.code, words[1] .. result.err)
      assert.equal("", result.out)
      assert.truthy(result.err:find("%[E1[01]%d%]"), result.err)
      assert.truthy(result.err:find("\n  fix  ", 1, true))
    end
    assert.truthy(call("wa.ListWorkload").err:find("did you mean 'ListWorkloads'?", 1, true))
    assert.truthy(call("wa.ListWorkloads", "MaxResult=1").err:find("did you mean 'MaxResults'?", 1, true))
  end)

  it("asks before it changes something, and without a terminal refuses", function()
    local words = { "ssm.CreateOpsItem", "Title=x", "Description=y", "Source=z" }
    local result = call(table.unpack(words))
    assert.equal(2, result.code)
    assert.truthy(result.err:find("[E108]", 1, true))
    assert.truthy(result.err:find("--yes", 1, true))
    result = call("--yes", table.unpack(words))
    assert.equal(0, result.code)
    assert.truthy(json.decode(result.out).OpsItemId:find("^oi%-"))
  end)

  it("shows what it would send with --dry-run", function()
    local result = call("-n", "ssm.CreateOpsItem", "Title=x", "Description=y", "Source=z")
    assert.equal(0, result.code)
    assert.equal("CreateOpsItem", json.decode(result.out).operation)
    assert.equal("x", json.decode(result.out).input.Title)
  end)

  it("reads members from a file or standard input", function()
    local result = binary.run({ "call", "--sim", "wa.ListWorkloads", "--input", "-" }, { input = '{"MaxResults":1}' })
    assert.equal(1, #json.decode(result.out).WorkloadSummaries)
    result = call("wa.ListWorkloads", "--input", "/nonexistent/input.json")
    assert.equal(2, result.code)
    assert.truthy(result.err:find("[E111]", 1, true))
  end)

  it("shows AWS's own code, message and request id, and as JSON on request", function()
    local words = { "wa.GetWorkload", "WorkloadId=" .. ("a"):rep(32) }
    local result = call(table.unpack(words))
    assert.equal(1, result.code)
    assert.truthy(result.err:find("ResourceNotFoundException", 1, true))
    result = call("--json", table.unpack(words))
    assert.equal("", result.out)
    local failure = json.decode(result.err).error
    assert.equal("E324", failure.code)
    assert.equal("ResourceNotFoundException", failure.aws.code)
    assert.truthy(failure.aws.request_id)
  end)

  it("explains an operation", function()
    local result = call("wa.UpdateAnswer", "--help")
    assert.equal(0, result.code)
    assert.truthy(result.out:find("QuestionId +string +required"))
  end)
end)
