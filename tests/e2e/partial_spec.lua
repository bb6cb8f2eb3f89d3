-- One bad workload, question, item or reply never stops the others, and what is not known is not guessed.

local oracle = require("support.oracle")
local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

describe("a run that fails in part", function()
  local stage

  after_each(function() stage:stop() end)

  local function run(command)
    local result = stage:plumb(command)
    assert.is_nil(trouble.indecent(result.all), result.all)
    return simulator.one_document(result.out), result
  end

  local function creates()
    local list = {}
    for _, call in ipairs(stage:journal(true)) do
      if call.operation == "CreateOpsItem" and call.status == 200 then list[#list + 1] = call end
    end
    return list
  end

  local function no_doubles()
    local seen = {}
    for id, item in pairs(stage:items()) do
      local key = oracle.field(item, "FindingKey")
      assert.is_nil(seen[key], id)
      seen[key] = id
    end
  end

  describe("in reading", function()
    it("does the other workloads and closes nothing when a page is missing in the middle", function()
      stage = simulator.start()
      local all = stage:document("scan --yes --json").summary.created
      -- Ticked by hand in the workload that cannot be read, and in one that can.
      for workload in stage:client().wellarchitected:each("ListWorkloads", {}) do
        if workload.WorkloadName == "billing" or workload.WorkloadName == "shop-prod" then
          stage:tick({ workload = workload.WorkloadId, lens = "wellarchitected", question = "rel_recovery",
            select = { "rel_recovery_drill" } })
        end
      end
      stage:forget()
      stage:fault({ kind = "5xx", operation = "wellarchitected.ListAnswers", nth = 1, count = 3 })
      local document, result = run("scan --yes --json --set parallel=1")
      assert.equal(5, result.code, result.all)
      assert.equal(1, document.summary.failed)
      trouble.check(result, { code = 5, id = "E323", word = "warning",
        says = { "workload 'shop-prod', lens 'wellarchitected'", "InternalServerException" } })
      assert.is_true(document.summary.unchanged > 0)
      assert.is_true(document.summary.unchanged < all)
      assert.equal(1, document.summary.closed)
      assert.equal("billing", document.items[1].workload)
      stage:clear_faults()
      local again = run("scan --yes --json")
      assert.equal(2, document.summary.closed + again.summary.closed)
      no_doubles()
    end)

    it("takes nothing from the first page when the second one fails", function()
      -- 57 questions: two pages.
      stage = simulator.start({ seed = "large", args = {} })
      stage:fault({ kind = "garbage", operation = "wellarchitected.ListAnswers", nth = 2, count = 100000 })
      local document, result = run("scan --dry-run --json --set parallel=1 --workload *1")
      assert.equal(5, result.code)
      assert.equal(0, document.planned.create)
    end)

    it("goes on when one workload may not be read", function()
      stage = simulator.start({ crooked = { rules = { { path = "/answers", skip = 2, count = 1, status = 403,
        code = "AccessDeniedException", message = "not this one" } } } })
      local document, result = run("scan --yes --json --set parallel=1")
      assert.equal(5, result.code, result.all)
      assert.equal(1, document.summary.failed)
      assert.is_true(document.summary.created > 5)
      trouble.check(result, { code = 5, id = "E310", word = "warning", says = { "not this one", "workload '" } })
      local rest = run("scan --yes --json")
      local _, count = oracle.missing(stage:client(), stage.account)
      assert.equal(count, document.summary.created + rest.summary.created)
    end)

    it("does without what is good to know: the caller, the list of lenses, the improvement plans", function()
      local denied = { status = 403, code = "AccessDeniedException", message = "no" }
      local function rule(where)
        for key, value in pairs(denied) do where[key] = value end
        return where
      end
      stage = simulator.start({ crooked = { rules = { rule { path = "^/lenses" }, rule { body = "GetCallerIdentity" },
        rule { path = "/improvements$" } } } })
      local _, count = oracle.missing(stage:client(), stage.account)
      local document, result = run("scan --yes --json --workload billing --workload shop-prod --workload intranet")
      assert.equal(0, result.code, result.all)
      assert.is_true(document.summary.created > 20 and document.summary.created <= count)
      assert.truthy(result.err:find("could not ask AWS which account this is", 1, true))
      assert.truthy(result.err:find("improvement plans could not be read", 1, true))
      for _, item in pairs(stage:items()) do
        assert.equal(oracle.field(item, "Lens"):find("^arn:") ~= nil, oracle.field(item, "Improvement Plan") ~= nil)
      end
    end)

    it("stops when nothing may be read", function()
      stage = simulator.start({ crooked = { rules = { { path = "^/workloadsSummaries", status = 403,
        code = "AccessDeniedException", message = "User: ana is not authorized" } } } })
      local result = stage:plumb("scan --yes --json")
      assert.equal(4, result.code)
      assert.equal("", result.out)
      assert.truthy(result.err:find("User: ana is not authorized", 1, true))
      trouble.check(stage:plumb("scan --yes"), { code = 4, id = "E310", says = { "ListWorkloads" } })
    end)

    it("skips a Region without the Tool by its name, and does the others", function()
      stage = simulator.start()
      local result = stage:plumb("scan --sim --dry-run --json --region us-east-1 --region eu-south-1")
      assert.equal(0, result.code, result.all)
      assert.truthy(result.err:find("Skipped eu-south-1: ", 1, true), result.err)
      local document = simulator.one_document(result.out)
      assert.is_true(document.planned.create > 20)
      for _, row in ipairs(document.items) do
        assert.equal("us-east-1", row.region)
        assert.equal(stage.account, row.account)
      end
    end)

    it("takes a page that leads back to itself for an error", function()
      stage = simulator.start({ crooked = { rules = { { path = "^/workloadsSummaries", status = 200,
        type = "application/json", text = '{"WorkloadSummaries":[],"NextToken":"again"}' } } } })
      trouble.check(stage:plumb("scan --yes"), { code = 1, id = "E322", says = { "wellarchitected.ListWorkloads" } })
    end)
  end)

  describe("in creating", function()
    it("waits after a lost reply, and adopts what is there once it looks", function()
      stage = simulator.start()
      stage:fault("exec_then_reset@ssm.CreateOpsItem#3")
      local document, result = run("scan --yes --json")
      local _, count = oracle.missing(stage:client(), stage.account)
      assert.equal(5, result.code, result.all)
      assert.equal(1, document.summary.pending)
      assert.equal(count - 1, document.summary.created)
      trouble.check(result, { code = 5, id = "E332", word = "warning", says = { "nobody knows" } })
      assert.equal(count, #creates()) -- executed, though nobody heard of it

      stage:forget()
      local second
      second, result = run("scan --yes --json")
      assert.same({}, creates())
      assert.equal(0, second.summary.created)
      no_doubles()
      -- A look-up may find it at once; if it has not been made yet, the finding is still waiting.
      assert.equal(1, second.summary.adopted + second.summary.pending)
      assert.equal(second.summary.pending > 0 and 5 or 0, result.code)

      local third = run("scan --yes --json --set quarantine=1s")
      assert.equal(0, third.summary.created)
      assert.same({}, creates())
    end)

    it("creates again after the quarantine when nothing is there", function()
      stage = simulator.start()
      stage:fault("reset@ssm.CreateOpsItem#3")
      local first, result = run("scan --yes --json --set quarantine=0s")
      assert.equal(5, result.code, result.all)
      local second = run("scan --yes --json")
      local _, count = oracle.missing(stage:client(), stage.account)
      assert.equal(count, first.summary.created + second.summary.created + second.summary.adopted)
      assert.equal(count, #creates())
      no_doubles()
    end)

    it("stops creating when the quota is used up, and says so once", function()
      stage = simulator.start({ crooked = { limits = { opsitems_a_month = 4 } } })
      local document, result = run("scan --yes --json --set parallel=1")
      assert.equal(5, result.code, result.all)
      assert.equal(4, document.summary.created)
      assert.is_true(document.summary.skipped > 5)
      assert.equal(5, stage:calls()["ssm.CreateOpsItem"])
      assert.equal(1, select(2, result.err:gsub("OpsCenter takes no more", "")))
    end)

    it("does the others when one item is refused", function()
      stage = simulator.start({ crooked = { rules = { { target = "CreateOpsItem", body = "rel_recovery_strategy",
        status = 400, code = "OpsItemInvalidParameterException", message = "not like this" } } } })
      local document, result = run("scan --yes --json")
      assert.equal(5, result.code, result.all)
      assert.equal(2, document.summary.failed) -- in two workloads
      trouble.check(result, { code = 5, id = "E332", word = "warning", says = { "not like this", "2 items" } })
      local refused = 0
      for _, row in ipairs(document.items) do
        if row.status == "failed" then
          refused = refused + 1
          assert.equal("rel_recovery_strategy", row.choice)
          assert.equal("OpsItemInvalidParameterException", row.error.code)
          assert.equal("crooked-request", row.error.request_id)
        end
      end
      assert.equal(2, refused)
    end)

    it("adopts an item that OpsCenter says is there already", function()
      stage = simulator.start()
      stage:document("scan --yes --json --limit 2")
      stage:document({ "scan", "--yes", "--json", "--state", stage.folder .. "/other.db", "--workload", "intranet" })
      -- The other state knows an item by now, so it does not look for all of them first.
      stage:document({ "scan", "--yes", "--json", "--state", stage.folder .. "/other.db" })
      no_doubles()
    end)
  end)

  describe("in writing back", function()
    local function resolve_all(choice)
      for id, item in pairs(stage:items()) do
        if oracle.field(item, "ChoiceId") == choice then stage:person({ id = id, status = "Resolved" }) end
      end
    end

    it("does the other answers when one workload may not be written, and tries again", function()
      stage = simulator.start()
      stage:document("scan --yes --json")
      resolve_all("rel_recovery_strategy")
      stage:fault({ kind = "5xx", operation = "wellarchitected.UpdateAnswer", nth = 1 })
      local document, result = run("resolve --yes --json --set parallel=1")
      assert.equal(5, result.code, result.all)
      assert.equal(1, document.summary.updated)
      assert.equal(1, document.summary.failed)
      trouble.check(result, { code = 5, id = "E331", word = "warning" })
      stage:clear_faults()
      document = run("resolve --yes --json")
      assert.equal(1, document.summary.updated)
      assert.equal(0, run("resolve --yes --json").summary.updated)
    end)

    it("finds its own answer after a lost reply", function()
      stage = simulator.start()
      stage:document("scan --yes --json")
      resolve_all("sec_response_plan")
      stage:fault("exec_then_reset@wellarchitected.UpdateAnswer#1")
      local document, result = run("resolve --yes --json")
      assert.is_true(result.code == 0 or result.code == 5, result.all)
      stage:clear_faults()
      local again = run("resolve --yes --json")
      assert.equal(1, document.summary.updated + again.summary.updated)
      stage:forget()
      assert.equal(0, run("resolve --yes --json").summary.updated)
      assert.same({}, stage:journal(true))
    end)

    it("says which workload may not be written", function()
      stage = simulator.start()
      -- The partner's workload is shared for reading only.
      stage:document("scan --yes --json --set shared=true")
      for id, item in pairs(stage:items()) do
        if oracle.field(item, "WorkloadName") == "partner-gateway" then
          stage:person({ id = id, status = "Resolved" })
        end
      end
      local document, result = run("resolve --yes --json --set shared=true")
      assert.equal(5, result.code, result.all)
      assert.is_true(document.summary.failed > 0)
      assert.truthy(result.err:find("AccessDeniedException", 1, true))
      assert.truthy(result.err:find("partner-gateway", 1, true))
    end)
  end)
end)
