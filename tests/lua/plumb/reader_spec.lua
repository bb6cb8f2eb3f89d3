local err = require "plumb.err"
local findings = require "support.finding"
local reader_of = require "plumb.reader"
local task = require "plumb.task"
local world = require "support.world"

local problems

-- A client whose listings are tables, an error in place of an entry raises like a page that fails.
local function client(lists, calls)
  return { wellarchitected = {
    each = function(_, operation)
      table.insert(calls, operation)
      local i = 0
      return function()
        i = i + 1
        local entry = lists[operation][i]
        if err.is(entry) then error(entry, 0) end
        return entry
      end
    end,
    all = function(_, operation, input)
      table.insert(calls, operation .. (input.LensAlias and " " .. input.LensAlias or ""))
      local list = lists[operation]
      if err.is(list) then return nil, list end
      return list or {}
    end,
  }, sts = { GetCallerIdentity = function()
    if err.is(lists.identity) then return nil, lists.identity end
    return { Account = lists.identity }
  end } }
end

local calls

local function new(lists, options)
  calls, problems = {}, {}
  local given = { client = client(lists, calls), policy = findings.policy "return {}",
    matches = require("plumb.policy.glob").any, log = { info = function() end },
    on_problem = function(p) table.insert(problems, p) end }
  for name, value in pairs(options or {}) do given[name] = value end
  return reader_of.new(given)
end

local function workload(name, changes)
  local w = { WorkloadId = name, WorkloadName = name, Owner = findings.ACCOUNT, Lenses = { "wellarchitected" },
    WorkloadArn = ("arn:aws:wellarchitected:eu-west-1:%s:workload/%s"):format(findings.ACCOUNT, name) }
  for key, value in pairs(changes or {}) do w[key] = value end
  return w
end

local function names(iterator)
  local list = {}
  for w in iterator do list[#list + 1] = w.WorkloadName end
  return list
end

local BROKEN = err.new { code = "InternalServerException", kind = "aws", message = "page" }

after_each(world.restore)

describe("workloads", function()
  local all = { workload "shop-prod", workload "shop-dev", workload("partner", { Owner = "444455556666" }) }

  it("are those of the account", function()
    assert.same({ "shop-prod", "shop-dev" }, names(new({ ListWorkloads = all }):workloads()))
  end)

  it("are those that the command line names, by name or id", function()
    local only = { workloads = { "*-prod" } }
    assert.same({ "shop-prod" }, names(new({ ListWorkloads = all }, { only = only }):workloads()))
    only = { workloads = { "shop-dev" } }
    assert.same({ "shop-dev" }, names(new({ ListWorkloads = all }, { only = only }):workloads()))
  end)

  it("are streamed, and a page that fails is raised, never an end", function()
    local reader = new { ListWorkloads = { workload "a", BROKEN, workload "b" } }
    local each = reader:workloads()
    assert.equal("a", each().WorkloadName)
    local ok, failure = pcall(each)
    assert.is_false(ok)
    assert.equal(BROKEN, failure)
    assert.is_false(reader.complete)
  end)

  it("are all known when the list has come to its end, also those that nobody wants", function()
    local reader = new({ ListWorkloads = all }, { only = { workloads = { "shop-dev" } } })
    names(reader:workloads())
    assert.is_true(reader.complete)
    for _, w in ipairs(all) do assert.is_true(reader.listed[w.WorkloadArn]) end
  end)

  it("that are left out are counted by their owners, but for those nobody could tell of", function()
    local reader = new({ ListWorkloads = all }, { policy = findings.policy [[return { workload = function(w)
      if w.WorkloadName == "shop-prod" then error("no") end
      return false
    end }]] })
    assert.same({}, names(reader:workloads()))
    assert.same({ [findings.ACCOUNT] = 1, ["444455556666"] = 1 }, reader.left)
    assert.equal(1, reader.wanted.workload)
  end)

  it("whose hook fails are told and left out", function()
    local reader = new({ ListWorkloads = all }, { policy = findings.policy [[return { workload = function(w)
      if w.WorkloadName == "shop-prod" then error("no") end
      return true
    end }]] })
    assert.same({ "shop-dev", "partner" }, names(reader:workloads()))
    assert.equal(1, #problems)
  end)

  it("without an ARN are a reply that makes no sense", function()
    local ok, failure = pcall(names, new({ ListWorkloads = { { WorkloadId = "w" } } }):workloads())
    assert.is_false(ok)
    assert.equal("garbage", failure.kind)
  end)
end)

describe("lenses", function()
  it("of a workload with one are known without a call", function()
    local reader = new {}
    assert.same({ { LensAlias = "wellarchitected" } }, reader:lenses(workload "w"))
    assert.same({ { LensArn = findings.CUSTOM_LENS } },
      reader:lenses(workload("w", { Lenses = { findings.CUSTOM_LENS } })))
    assert.same({}, calls)
  end)

  it("of a workload with several are asked for", function()
    local reader = new { ListLensReviews = { { LensAlias = "wellarchitected" }, { LensAlias = "",
      LensArn = findings.CUSTOM_LENS } } }
    local lenses = reader:lenses(workload("w", { Lenses = { "wellarchitected", findings.CUSTOM_LENS } }))
    assert.equal(2, #lenses)
    assert.is_nil(lenses[2].LensAlias)
    assert.same({ "ListLensReviews" }, calls)
  end)

  it("of a workload that names none are asked for", function()
    new({ ListLensReviews = {} }):lenses(workload("w", { Lenses = {} }))
    assert.same({ "ListLensReviews" }, calls)
  end)

  it("are those that policy and command line want", function()
    local lists = { ListLensReviews = { { LensAlias = "wellarchitected" }, { LensAlias = "serverless" } } }
    local both = workload("w", { Lenses = { "a", "b" } })
    assert.equal("serverless", new(lists, { only = { lenses = { "server*" } } }):lenses(both)[1].LensAlias)
    local picky = findings.policy 'return { lenses = { "wellarchitected" } }'
    local wanted = new(lists, { policy = picky }):lenses(both)
    assert.equal(1, #wanted)
    assert.equal("wellarchitected", wanted[1].LensAlias)
  end)

  it("that cannot be read raise", function()
    local ok, failure = pcall(function()
      new({ ListLensReviews = BROKEN }):lenses(workload("w", { Lenses = {} }))
    end)
    assert.is_false(ok)
    assert.equal(BROKEN, failure)
  end)
end)

describe("findings", function()
  it("are asked for by alias, and by ARN where there is none", function()
    local reader = new { ListAnswers = {} }
    reader:findings(workload "w", { LensAlias = "wellarchitected", LensArn = "arn:x" })
    reader:findings(workload "w", { LensArn = findings.CUSTOM_LENS })
    assert.same({ "ListAnswers wellarchitected", "ListAnswers " .. findings.CUSTOM_LENS }, calls)
  end)

  it("raise when the list is not whole: half of one would close items", function()
    local ok, failure = pcall(function()
      new({ ListAnswers = BROKEN }):findings(workload "w", { LensAlias = "wellarchitected" })
    end)
    assert.is_false(ok)
    assert.equal(BROKEN, failure)
  end)
end)

describe("links and the account", function()
  it("come as they are, or as an error", function()
    local urls = new({ ListLensReviewImprovements = { { QuestionId = "q", ImprovementPlanUrl = "https://q" },
      { QuestionId = "r" }, { ImprovementPlanUrl = "https://nobody" } } }):improvements(workload "w",
      { LensAlias = "wellarchitected" })
    assert.same({ q = "https://q" }, urls)
    local none, failure = new({ ListLensReviewImprovements = BROKEN }):improvements(workload "w", { LensAlias = "x" })
    assert.is_nil(none)
    assert.equal(BROKEN, failure)
    assert.equal("111122223333", (new({ identity = "111122223333" }):account()))
    none, failure = new({ identity = BROKEN }):account()
    assert.is_nil(none)
    assert.equal(BROKEN, failure)
  end)
end)

describe("reading a simulator", function()
  it("finds every practice that is missing, of both kinds of lenses, over all pages", function()
    local w = world.new()
    local reader = w:begin().reader
    local keys, n = {}, 0
    task.map(w.plumb.workloads(), function(workload_read)
      for _, lens in ipairs(reader:lenses(workload_read)) do
        for _, found in ipairs(reader:findings(workload_read, lens).findings) do
          assert.is_nil(keys[found.key])
          keys[found.key], n = true, n + 1
        end
      end
    end)
    assert.equal(31, n)
  end)

  it("closes nothing when a page of answers fails", function()
    local w = world.new()
    w:scan()
    w.sim:fault { operation = "wellarchitected.ListAnswers", kind = "throttle" }
    local plan, outcomes = w:scan()
    assert.equal(0, #outcomes)
    assert.is_true(#plan.problems > 0)
    for record in w.store:each "finding" do assert.equal("open", record.status) end
  end)
end)
