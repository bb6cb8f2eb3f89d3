local dot = require("plumb.repl.dot")
local files = require("plumb.files")
local sessions = require("support.repl_session")

describe("a dot-command", function()
  local session, shown, failures

  before_each(function()
    session = sessions.on_simulator()
    shown, failures = session.shown, session.failures
  end)

  it("that is not there is named with the nearest one", function()
    session:feed(".hlep")
    assert.equal("no command '.hlep' [E101]   fix: did you mean '.help'?", failures[1])
  end)

  it("has a usage, help, and a line in .help", function()
    session:feed(".help")
    for _, command in ipairs(dot.list()) do
      assert.equal("." .. command[1], command.usage:match("^%.%a+"))
      assert.is_true(#command.help > 5)
      assert.truthy(shown[1]:find(command.usage:sub(1, 20), 1, true), command.usage)
    end
  end)

  it("used wrongly says how it is used", function()
    for _, line in ipairs({ ".mode", ".mode tabel", ".columns", ".width x", ".width 5", ".timing", ".page maybe",
      ".time",
      ".debug", ".region", ".region mars", ".sim", ".write", ".write maybe", ".policy", ".run", ".save",
      ".history x", ".profile", ".last", ".edit" }) do
      local before = #failures
      session:feed(line)
      assert.equal(before + 1, #failures, line)
      assert.truthy(failures[#failures]:find("fix: ", 1, true), line .. ": " .. failures[#failures])
    end
  end)

  it("leaves", function()
    session:feed(".quit")
    assert.is_true(session.closed)
  end)

  it("changes how results look", function()
    session:feed("x = { { Name = 'a', Id = 'b', N = 1 } }")
    session:feed(".mode csv")
    session:feed("x")
    session:feed(".columns N")
    session:feed("x")
    session:feed(".columns auto")
    session:feed(".mode auto")
    session:feed(".width 20")
    session:feed("x")
    assert.same({}, failures)
    assert.equal("Name,Id,N\r\na,b,1\r", shown[1])
    assert.equal("N\r\n1\r", shown[2])
    assert.truthy(shown[3]:find("#  Name  Id", 1, true))
  end)

  it("counts calls and time", function()
    session:feed(".time for i = 1, 3 do sts.GetCallerIdentity{} end")
    assert.truthy(shown[1]:find("^3 calls, %d+ ms, mean %d+ ms, 0 retries"))
    session:feed(".time 1 +")
    assert.truthy(failures[1]:find("repl:1", 1, true))
  end)

  it("lists, saves and numbers what was typed", function()
    local path = os.tmpname()
    os.remove(path)
    session:feed("a = 1")
    session:feed("b = 2")
    session:feed("for i = 1, 2 do")
    session:feed("end")
    session:feed(".history")
    session:feed(".save " .. path .. " 2-3")
    session:feed(".save " .. path)
    session:feed(".save " .. path .. "x 3-9")
    assert.equal("   1  a = 1\n   2  b = 2\n   3  for i = 1, 2 do\n      end", shown[1])
    assert.equal("b = 2\nfor i = 1, 2 do\nend\n", (files.read(path, 1000)))
    assert.equal(tonumber("600", 8), files.stat(path).mode)
    assert.equal(2, #failures)
    session:feed(".run " .. path)
    session:feed("b")
    assert.equal("2", shown[#shown])
    os.remove(path)
  end)

  it("runs a file, whose errors name it", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write("y = 5\n\nerror('here')\n")
    file:close()
    session:feed(".run " .. path)
    session:feed("y")
    session:feed(".run /nonexistent")
    os.remove(path)
    assert.equal(path .. ":3: here", failures[1])
    assert.equal("5", shown[1])
    assert.truthy(failures[2]:find("[E111]", 1, true))
  end)

  it("lists operations by a part of their name", function()
    session:feed(".ops ListAns")
    assert.truthy(shown[1]:find("wa.ListAnswers", 1, true))
    assert.falsy(shown[1]:find("GetAnswer", 1, true))
    session:feed(".ops zzz")
    assert.truthy(failures[1]:find("[E109]", 1, true))
  end)

  it("moves to another Region and back to another world", function()
    session:feed(".region eu-west-1")
    session:feed("wa.ListWorkloads{}[1].WorkloadArn:match('eu%-west%-1')")
    assert.same({}, failures)
    assert.equal("sim:eu-west-1", session.place:name())
    assert.equal('"eu-west-1"', shown[1])
  end)

  it("cannot open a session that is not led by a person", function()
    session.place.is_writing = function() return false end
    session:feed(".write on")
    assert.truthy(failures[1]:find("[E107]", 1, true))
  end)

  it("says what the last error was, in full", function()
    session:feed("wa.GetWorkload{ WorkloadId = ('0'):rep(32) }")
    session:feed(".error")
    assert.truthy(shown[1]:find("code         ResourceNotFoundException", 1, true))
  end)
end)

describe("help", function()
  local session

  before_each(function() session = sessions.on_simulator() end)

  local function help(code)
    session:feed(code)
    assert.same({}, session.failures, code)
    return session.shown[#session.shown]
  end

  it("tells of an operation: members, limits, errors, an example that can be typed", function()
    local text = help("help(wa.ListAnswers)")
    for _, part in ipairs({ "listing of AnswerSummaries", "required, 32 characters", "PRIORITIZED, NONE",
      "ThrottlingException", "for x in wa.ListAnswers{ WorkloadId = …, LensAlias = … } do … end" }) do
      assert.truthy(text:find(part, 1, true), part)
    end
    assert.truthy(help("help(wa.UpdateAnswer)"):find("needs .write on", 1, true))
  end)

  it("is asked for with a question mark as well", function()
    assert.equal(help("help(wa.GetAnswer)"), help("wa.GetAnswer?"))
    assert.truthy(help("risks?"):find("questions rated HIGH or MEDIUM", 1, true))
    assert.truthy(help("wa ?"):find("ListWorkloads", 1, true))
    assert.truthy(help("whatif?"):find("custom lens", 1, true))
  end)

  it("tells of jobs, commands, services and policy fields, by name or by value", function()
    assert.equal(help("help(risks)"), help(".help risks"))
    assert.truthy(help(".help mode"):find("auto|csv|json", 1, true))
    assert.truthy(help(".help .mode"):find("auto|csv|json", 1, true))
    assert.truthy(help("policy.title?"):find("from default", 1, true))
    assert.equal(help("policy.title?"), help("help(policy.title)"))
    assert.truthy(help("policy.title?"):find("\nThe title of the item;", 1, true))
    assert.falsy(help("policy.title?"):find("@param", 1, true))
    assert.truthy(help("policy.budget?"):find("setting of the policy", 1, true))
    assert.truthy(help("help(policy)"):find("on_resolve", 1, true))
    assert.truthy(help("help(5)"):find("a number", 1, true))
    assert.truthy(help("help()"):find(".write on|off", 1, true))
  end)

  it("says what is near when there is none", function()
    session:feed("help('risk')")
    session:feed("wa.ListAnswrs?")
    assert.truthy(session.failures[1]:find("did you mean 'risks'?", 1, true))
    assert.truthy(session.failures[2]:find("did you mean 'ListAnswers'?", 1, true))
  end)
end)
