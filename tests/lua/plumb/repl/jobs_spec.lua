local sessions = require("support.repl_session")

describe("a job", function()
  local session

  setup(function() session = sessions.on_simulator() end)

  local function value(code)
    local ok, results = session:evaluate(code)
    assert.is_true(ok, tostring(results))
    return results[1]
  end

  local function failure(code)
    local ok, reason = session:evaluate(code)
    assert.is_false(ok)
    return tostring(reason.what or reason), reason.fix
  end

  it("lists workloads, all or those named by name, glob or id", function()
    assert.equal(5, #value("workloads()"))
    assert.equal("shop-prod", value('workloads "shop*"')[1].WorkloadName)
    assert.equal(1, #value("workloads(workloads()[2].WorkloadId)"))
    assert.same({ "no workload 'shop-prd'", "did you mean 'shop-prod'?" }, { failure('workloads "shop-prd"') })
  end)

  it("lists answers of the lenses and questions that are meant", function()
    local rows = value('answers{ workload = "shop-prod", lens = "serverless" }')
    assert.equal(7, #rows)
    assert.equal("serverless", rows[1].LensAlias)
    assert.equal("shop-prod", rows[1].WorkloadName)
    assert.equal(1, #value('answers{ workload = "shop-prod", question = "sec_data" }'))
    for _, row in ipairs(value('answers{ workload = workloads()[1], pillar = "security" }')) do
      assert.equal("security", row.PillarId)
    end
  end)

  it("lists risks, HIGH first, with what is missing", function()
    local rows = value('risks "shop-prod"')
    assert.equal("HIGH", rows[1].Risk)
    assert.equal("MEDIUM", rows[#rows].Risk)
    assert.equal(#rows[1].findings, #rows[1].Missing)
    assert.equal(0, #value('risks{ workload = "intranet" }'))
    for _, row in ipairs(value('risks{ risk = "medium" }')) do assert.equal("MEDIUM", row.Risk) end
  end)

  it("lists findings as hooks get them", function()
    local one = value('findings{ workload = "shop-prod", risk = { "HIGH" } }')[1]
    assert.equal(64, #one.key)
    assert.equal("shop-prod", one.workload.WorkloadName)
    assert.truthy(one.choice.Title)
  end)

  it("says what is wrong with its words", function()
    assert.truthy(failure("risks{ worklaod = 'x' }"):find("did you mean 'workload'?", 1, true))
    assert.truthy(failure("risks(5)"):find("takes a table such as", 1, true))
    assert.truthy(failure("items{ x = 1 }"):find("takes all, workload, status", 1, true))
  end)

  it("shows the plan of a scan and writes nothing", function()
    local rows = value("plan()")
    assert.is_true(#rows > 10)
    assert.equal("create", rows[1].action)
    assert.equal("HIGH", rows[1].risk)
    assert.truthy(rows[1].title:find("High Risk", 1, true))
    assert.equal(#rows, #value("plan()")) -- a second look sees as much
    assert.equal(0, #value("items()"))
  end)

  it("lists items that plumb made", function()
    local own = sessions.on_simulator()
    own:feed('x = plan()[1].finding')
    own:feed('opened = plumb.opener:create{ kind = "create", finding = x, '
      .. 'item = require("plumb.item").of(x, plumb.policy) }')
    own:feed("items()")
    own:feed("items{ status = 'Resolved' }")
    assert.same({}, own.failures)
    assert.truthy(own.shown[#own.shown - 1]:find("High Risk", 1, true))
    assert.equal("(none)", own.shown[#own.shown])
  end)

  it("needs calls that are counted", function()
    assert.is_true(session.place:calls() > 10)
  end)
end)

describe("the policy", function()
  local session

  setup(function() session = sessions.on_simulator() end)
  before_each(function() for _, list in ipairs({ "shown", "failures" }) do
    for i = #session[list], 1, -1 do session[list][i] = nil end
  end end)

  it("is tried on findings, risks, rows of a plan and lists", function()
    session:feed('f = findings{ workload = "shop-prod" }')
    session:feed("policy.title(f[1])")
    session:feed("#policy.title(f) == #f")
    session:feed("policy.severity(plan()[1])")
    session:feed('r = risks{ workload = "shop-prod" }[1]')
    session:feed("#policy.title(r) == #r.findings")
    session:feed("policy.filter(f[1])")
    session:feed("policy.workload(workloads()[1])")
    assert.same({}, session.failures)
    assert.same({ '"High Risk - shop-prod - Measure what users experience"', "true", '"2"', "true", "true", "true" },
      session.shown)
  end)

  it("shows its settings and cannot be changed", function()
    session:feed("policy.risks")
    session:feed("policy.budget.run")
    session:feed("policy.risks = {}")
    session:feed("policy.titel(_)")
    session:feed("policy.title(5)")
    session:feed("policy.title{}")
    assert.equal('{ "HIGH", "MEDIUM" }', session.shown[1])
    assert.truthy(session.failures[1]:find("changed in its file", 1, true))
    assert.truthy(session.failures[2]:find("did you mean 'title'?", 1, true))
    assert.truthy(session.failures[3]:find("needs a finding", 1, true))
    assert.truthy(session.failures[4]:find("needs a finding", 1, true))
  end)

  it("is read again by .reload, and the old one stays when the new one is wrong", function()
    local path = os.tmpname()
    local function write(text)
      local file = assert(io.open(path, "w"))
      file:write(text)
      file:close()
    end
    write('return { title = function(f) return "mine " .. f.choice.ChoiceId end }')
    session:feed(".policy " .. path)
    session:feed('policy.title(findings{ workload = "shop-prod" }[1])')
    write('return { titel = 1 }')
    session:feed(".reload")
    session:feed('policy.title(findings{ workload = "shop-prod" }[1])')
    write('return { title = function(f) return "yours " .. f.nothing.x end }')
    session:feed(".reload")
    session:feed('policy.title(findings{ workload = "shop-prod" }[1])')
    os.remove(path)
    assert.same({ '"mine ops_observe_indicators"', '"mine ops_observe_indicators"' }, session.shown)
    assert.truthy(session.failures[1]:find("[E402]", 1, true))
    assert.truthy(session.failures[2]:find("[E411]", 1, true))
  end)
end)

describe("whatif", function()
  local session

  setup(function() session = sessions.on_simulator() end)

  local function result(code)
    local ok, results = session:evaluate(code)
    return ok and results[1] or tostring(results.what or results)
  end

  it("tells what would change a risk of a custom lens, and the fewest practices that do", function()
    local r = result('whatif(risks{ workload = "billing", lens = "House*", risk = "HIGH" }[1])')
    assert.equal("HIGH", r.Risk)
    assert.same({ NONE = { "house_secrets_vault" }, MEDIUM = { "house_secrets_vault" } }, r.Fewest)
    assert.is_true(r.Choices[1].Changes)
  end)

  it("agrees with the service once the practices are selected", function()
    for _, row in ipairs(result('risks{ lens = "House*" }')) do
      session.env.row = row
      local r = result("whatif(row)")
      local set = r.Fewest.NONE
      if type(set) == "table" then
        local ids, updates = {}, {}
        for id in set[1]:gmatch("[%w_]+") do
          ids[#ids + 1] = id
          updates[id] = { Status = "SELECTED" }
        end
        session.env.ids, session.env.updates = ids, updates
        assert.equal("NONE", result("whatif(row, ids)"))
        local answer = result("wa.UpdateAnswer{ WorkloadId = row.WorkloadId, LensAlias = row.LensArn, "
          .. "QuestionId = row.QuestionId, ChoiceUpdates = updates }")
        assert.equal("NONE", answer.Answer.Risk, row.QuestionId)
      end
    end
  end)

  it("says why it cannot tell", function()
    assert.truthy(result('whatif(risks{ lens = "serverless" }[1])'):find("not published", 1, true))
    assert.truthy(result("whatif()"):find("takes a risk", 1, true))
    assert.truthy(result('whatif{ workload = "billing" }'):find("needs workload, lens and question", 1, true))
    assert.truthy(result('whatif({ workload = "billing", lens = "House*", question = "house_logs" }, { "house_lgos" })')
      :find("no practice", 1, true))
  end)
end)
