local complete = require("plumb.repl.complete")
local scan = require("plumb.repl.scan")
local sessions = require("support.repl_session")

describe("the cursor", function()
  it("knows the call it is in, through parentheses and texts with brackets", function()
    for _, head in ipairs({ "wa.ListAnswers{ Wo", "print(wa.ListAnswers({ Wo", 'wa.ListAnswers{ A = "a{b", Wo',
      "wa.ListAnswers{ -- { not this\n Wo", "wa.ListAnswers{ A = [[ } ]], B = { 1 }, Wo",
      'x = { y } wa.ListAnswers { A = "\\"{", Wo' }) do
      local cursor = scan.scan(head)
      local frame = cursor.frames[#cursor.frames]
      assert.equal("wa.ListAnswers", frame.callee, head)
      assert.is_true(cursor.at_key, head)
      assert.equal("Wo", cursor.word, head)
    end
  end)

  it("knows keys that are there, and the key of a value", function()
    local cursor = scan.scan("f{ A = 1, B = ")
    assert.equal("B", cursor.key)
    assert.is_false(cursor.at_key)
    assert.same({ A = true, B = true }, cursor.frames[1].used)
    assert.is_nil(scan.scan("x == ").key)
    assert.is_nil(scan.scan("f{ A = 1 }").frames[1])
  end)

  it("knows texts and comments", function()
    assert.equal("HI", scan.scan('f{ Risk = "HI').text)
    assert.equal("it\\'s ", scan.scan("f('it\\'s ").text)
    assert.is_nil(scan.scan('f{ Risk = "HIGH"').text)
    assert.is_true(scan.scan("x = 1 -- wa.").comment)
    assert.is_true(scan.scan("--[[ a\n b").comment)
    assert.is_false(scan.scan("--[[ a ]] wa.").comment)
  end)
end)

describe("completion", function()
  local session

  before_each(function() session = sessions.on_simulator() end)

  local function tab(head)
    return complete.complete(session, head)
  end

  it("offers operations of a service", function()
    local insertion, found = tab("wa.ListWorkl")
    assert.equal("oad", insertion)
    assert.same({ "ListWorkloadShares", "ListWorkloads" }, found)
    assert.equal("ers", (tab("x = wa.ListAnsw")))
    assert.equal("ers", (tab("wa:ListAnsw")))
    assert.same({ "", {} }, { tab("wa.Nothing") })
  end)

  it("offers the members that an operation takes and that are not there yet", function()
    local insertion, found = tab("wa.ListAnswers{ Wo")
    assert.same({ "WorkloadId" }, found)
    assert.equal("rkloadId = ", insertion)
    found = select(2, tab('wa.ListAnswers{ WorkloadId = "x", '))
    assert.same({ "LensAlias", "MaxResults", "MilestoneNumber", "NextToken", "PillarId", "QuestionPriority" }, found)
    assert.equal("rkloadId = ", (tab("for a in wa.ListAnswers{ LensAlias = 'x',\n  Wo")))
    found = select(2, tab("wa.ListAnswers{ WorkloadId = Wo"))
    assert.same({}, found)
  end)

  it("goes into the tables of an input", function()
    local _, found = tab("wa.UpdateAnswer{ ChoiceUpdates = { some_choice = { S")
    assert.same({ "Status" }, found)
    _, found = tab('ssm.DescribeOpsItems{ OpsItemFilters = { { Key = "Status", ')
    assert.same({ "Operator", "Values" }, found)
  end)

  it("offers the words of an enum, with quotes or in them", function()
    local insertion, found = tab("wa.ListAnswers{ QuestionPriority = ")
    assert.same({ '"PRIORITIZED"', '"NONE"' }, found)
    assert.equal('"', insertion)
    assert.equal('RITIZED"', (tab('wa.ListAnswers{ QuestionPriority = "PRIO')))
    assert.equal("RITIZED'", (tab("wa.ListAnswers{ QuestionPriority = 'PRIO")))
    assert.equal('CTED"', (tab('wa.UpdateAnswer{ ChoiceUpdates = { a = { Status = "SELE')))
    assert.same({}, select(2, tab('wa.ListAnswers{ LensAlias = "we')))
  end)

  it("offers true and false for a flag", function()
    assert.same({ "false", "true" }, select(2, tab("wa.UpdateAnswer{ IsApplicable = ")))
  end)

  it("offers the words of jobs", function()
    assert.same({ "lens", "pillar", "question", "risk", "workload" },
      (function(list) table.sort(list) return list end)(select(2, tab("risks{ "))))
    assert.same({ '"HIGH"', '"MEDIUM"' }, select(2, tab('risks{ workload = "x", risk = ')))
    assert.equal('GH"', (tab('findings{ risk = "HI')))
  end)

  it("offers fields of the policy", function()
    assert.same({ "title" }, select(2, tab("policy.tit")))
    assert.same({ "severities", "severity" }, select(2, tab("policy.severi")))
  end)

  it("offers dot-commands and what may follow them", function()
    assert.same({ "time", "timing" }, select(2, tab(".ti")))
    assert.equal("rtical", (tab(".mode ve")))
    assert.same({ "off", "on" }, select(2, tab(".write ")))
    assert.same({}, select(2, tab(".nothing ")))
    assert.equal("sks", (tab(".help ri")))
    session:feed("{ { Name = 'a', Deep = { Inner = 1 } } }")
    assert.equal("er", (tab(".columns Name,Deep.Inn")))
    assert.same({ "tests/lua/plumb/repl/place_spec.lua" }, select(2, tab(".run tests/lua/plumb/repl/pl")))
    assert.same({ "tests/lua/" }, select(2, tab(".policy tests/lu")))
    assert.same({}, select(2, tab(".run /nonexistent/")))
  end)

  it("offers names, keywords and fields of tables", function()
    assert.equal("rkloads", (tab("wo")))
    assert.equal("ction", (tab("fun")))
    assert.equal("er", (tab("string.upp")))
    session:feed("mine = { first = { second = 1 } }")
    assert.equal("ond", (tab("x = mine.first.sec")))
    assert.equal("er", (tab("s = wa; string.upp")))
  end)

  it("indents where nothing is typed yet", function()
    assert.same({ "  ", {} }, { tab("") })
    assert.same({ "  ", {} }, { tab("for i = 1, 2 do\n") })
  end)

  it("says nothing in comments, and runs nothing", function()
    assert.same({ "", {} }, { tab("-- wa.List") })
    session.env.trap = setmetatable({}, { __index = function() error("looked") end, __pairs = error })
    assert.same({ "", {} }, { tab("trap.x") })
    assert.same({ "", {} }, { tab("trap.x.y") })
    assert.equal(0, session.place:calls())
  end)

  it("takes anything", function()
    for _, head in ipairs({ "}", ")))", "{[(", "'", '"\\', "[==[", "--[==[ x", "a.b.c.d:", "....", "\0\255", "=",
      "{ = " }) do
      assert.has_no.errors(function() tab(head) end)
    end
  end)

  it("lists candidates in columns that fit", function()
    assert.equal("  a     cc\n  bbb   d\n", complete.columns({ "a", "bbb", "cc", "d" }, 14))
    assert.equal("  a\n  bbb\n", complete.columns({ "a", "bbb" }, 5))
  end)
end)
