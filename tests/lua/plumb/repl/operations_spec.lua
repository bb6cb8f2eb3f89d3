local err = require("plumb.err")
local listing = require("plumb.repl.listing")
local operations = require("plumb.repl.operations")
local sessions = require("support.repl_session")

describe("an operation", function()
  local session

  before_each(function() session = sessions.on_simulator() end)

  it("is called with a dot and with a colon, and without input", function()
    session:feed("sts.GetCallerIdentity().Account")
    session:feed("sts:GetCallerIdentity().Account")
    session:feed("sts.GetCallerIdentity{}.Account")
    assert.same({ '"111122223333"', '"111122223333"', '"111122223333"' }, session.shown)
  end)

  it("says what it is before anything is opened", function()
    session:feed("wa.ListAnswers")
    session:feed("wa.UpdateAnswer")
    session:feed("wa")
    assert.truthy(session.shown[1]:find("wa.ListAnswers: reads", 1, true))
    assert.truthy(session.shown[2]:find("wa.UpdateAnswer: changes something", 1, true))
    assert.truthy(session.shown[3]:find("72 operations", 1, true))
    assert.is_nil(session.place.opened)
  end)

  it("that is not there is named at the line that was typed", function()
    session:feed("x = 1\nwa.ListAnswrs{}")
    assert.same({ "repl:2: wa has no operation ListAnswrs (did you mean ListAnswers?)" }, session.failures)
  end)

  it("names a wrong member at the line that was typed", function()
    session:feed("\nx = wa.GetWorkload{ WorkloadID = 'x' }")
    assert.truthy(session.failures[1]:find('^repl:2: .*WorkloadID is not a member; did you mean "WorkloadId"'))
    session:feed("\nwa.ListAnswers{ WorkloadID = 'x' }")
    assert.truthy(session.failures[2]:find('WorkloadID is not a member; did you mean "WorkloadId"', 1, true))
    assert.falsy(session.failures[2]:find("scripts/", 1, true))
  end)

  it("refuses what is no table", function()
    session:feed("wa.ListAnswers('x')")
    session:feed("wa.GetWorkload(5)")
    assert.equal(2, #session.failures)
    assert.truthy(session.failures[2]:find("takes a table, not a number", 1, true))
  end)

  it("of a listing gives something to loop over, index, count and show", function()
    session:feed("l = wa.ListWorkloads{}")
    session:feed("#l")
    session:feed("l[1].WorkloadName")
    session:feed("(function() local n = 0 for w in l do n = n + 1 end for w in l do n = n + 1 end return n end)()")
    session:feed("#l.WorkloadSummaries")
    session:feed("l[99]")
    assert.same({ "5", '"shop-prod"', "10", "5", "nil" }, session.shown)
  end)

  it("of a listing gives AWS's own pages to whoever continues by hand", function()
    session:feed("p = wa.ListAnswers{ WorkloadId = wa.ListWorkloads{}[1].WorkloadId, LensAlias = 'wellarchitected', "
      .. "MaxResults = 2 }")
    session:feed("wa.ListWorkloads{ NextToken = 'x' }")
    assert.is_true(listing.is(session.env.p))
    assert.equal(1, #session.failures) -- the simulator knows no such token: it was sent
  end)

  it("asks before it changes something", function()
    local asked = {}
    local handle = { SendMessage = function() return { MessageId = "1" } end }
    local service = operations.service("sqs", require("plumb.aws.service.sqs"), {
      open = function() return handle end,
      before_change = function(_, operation, input) asked[#asked + 1] = operation .. " " .. input.QueueUrl end })
    assert.equal("1", service.SendMessage({ QueueUrl = "u" }).MessageId)
    assert.same({ "SendMessage u" }, asked)
  end)
end)

describe("a listing", function()
  local function failing()
    local page = 0
    return listing.new("x.List", "Things", function()
      page = page + 1
      if page == 2 then return nil, err.new({ code = "Throttled", message = "slow down" }) end
      return { Things = { 1, 2 } }
    end)
  end

  it("raises what a page says, and never looks complete then", function()
    local list = failing()
    assert.equal(2, list[2])
    local ok, failure = pcall(function() return list[3] end)
    assert.is_false(ok)
    assert.equal("Throttled", failure.code)
    assert.is_false((pcall(function() return #failing() end)))
  end)

  it("reads no page before somebody looks", function()
    local pages = 0
    local list = listing.new("x.List", "Things", function()
      pages = pages + 1
      return { Things = { 1, 2 } }
    end)
    assert.equal(0, pages)
    assert.equal(2, list[2])
    assert.equal(1, pages)
    local items, more = listing.window(list, 1, 3)
    assert.same({ 1, 2, 1 }, items)
    assert.is_true(more)
    assert.equal(2, listing.pages(list))
  end)

  it("may have pages without items", function()
    local page = 0
    local list = listing.new("x.List", "Things", function()
      page = page + 1
      return page < 3 and {} or page == 3 and { Things = { "a" } } or nil
    end)
    assert.same({ "a" }, listing.all(list))
    assert.equal(1, #list)
  end)
end)

describe("a published model", function()
  it("becomes a service like the others", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write([[{"metadata":{"apiVersion":"2020-01-01","endpointPrefix":"things","protocol":"json","jsonVersion":"1.1",
      "serviceId":"Things","signingName":"things","targetPrefix":"Things","serviceFullName":"Things"},
      "operations":{"GetThing":{"name":"GetThing","http":{"method":"POST","requestUri":"/"},
      "input":{"shape":"In"}}},"shapes":{"In":{"type":"structure","members":{"Name":{"shape":"S"}}},
      "S":{"type":"string"}}}]])
    file:close()
    local session = sessions.on_simulator()
    session:feed(("t = model %q"):format(path))
    session:feed("t.GetThing")
    session:feed("model '/nonexistent'")
    session:feed("model(1)")
    os.remove(path)
    assert.truthy(session.shown[1]:find("GetThing: reads", 1, true))
    assert.truthy(session.failures[1]:find("[E111]", 1, true))
    assert.truthy(session.failures[2]:find("takes the path", 1, true))
    assert.same({ "Name" }, select(2, require("plumb.repl.complete").complete(session, "t.GetThing{ ")))
  end)
end)
