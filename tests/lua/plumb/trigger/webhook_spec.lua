local err = require("plumb.err")
local files = require("plumb.files")
local json = require("plumb.json")
local process = require("support.process")
local sender_of = require("support.sns_sender")
local sns = require("plumb.trigger.sns")
local store_of = require("plumb.store")
local task = require("plumb.task")
local transport = require("plumb.transport")
local triggers = require("support.triggers")
local virtual_time = require("support.virtual_time")

local ID = "oi-0123456789ab"

describe("the webhook trigger", function()
  local stage, calls, asides

  local function open(options)
    local given = { on_aside = function(aside) asides[#asides + 1] = aside end }
    for key, value in pairs(options or {}) do given[key] = value end
    stage = triggers.webhook(given)
  end

  before_each(function()
    virtual_time.start()
    calls, asides = {}, {}
  end)
  after_each(function()
    stage.trigger:stop()
    virtual_time.stop()
  end)

  local function start(handler)
    assert(stage.trigger:start(function(hints)
      calls[#calls + 1] = hints
      if handler then return handler(hints, #calls) end
      return true
    end))
  end

  local function rows()
    local list = {}
    for record in stage.store:each("inbox") do list[#list + 1] = record end
    return list
  end

  local function said(part)
    for _, line in ipairs(stage.said) do
      if line.text:find(part, 1, true) then return line end
    end
  end

  it("has written a hint down before it says 200", function()
    open()
    start()
    local response = stage.post(triggers.sns_body(ID))
    assert.equal(200, response.status)
    assert.same({}, calls) -- nobody had a turn yet
    assert.same({ { id = "webhook/m-" .. ID .. "/" .. ID, source = "webhook", item_id = ID, version = 1,
      received_at = rows()[1].received_at } }, rows())
    task.sleep(1)
    assert.same({ { { id = ID, source = "sns", message_id = "m-" .. ID } } }, calls)
    assert.same({}, rows())
  end)

  it("keeps a hint that was not dealt with, over a restart too", function()
    open()
    start(function() return nil, err.new({ code = "Later", message = "not yet" }) end)
    stage.post(triggers.sns_body(ID))
    task.sleep(5)
    assert.equal(1, #rows())
    stage.trigger:stop()
    local again = require("plumb.trigger.webhook").new({ store = stage.store, gate = {}, report = function() end })
    calls = {}
    again:start(function(hints)
      calls[#calls + 1] = hints
      return true
    end)
    task.sleep(5)
    again:stop()
    assert.equal(ID, calls[1][1].id)
    assert.same({}, rows())
  end)

  it("takes a delivery that comes twice for one", function()
    open()
    start()
    for _ = 1, 3 do assert.equal(200, stage.post(triggers.sns_body(ID)).status) end
    assert.equal(1, #rows())
    task.sleep(1)
    assert.equal(1, #calls)
  end)

  it("keeps what comes while the same item is being dealt with", function()
    open()
    start(function(_, n)
      if n == 1 then stage.post((triggers.sns_body(ID):gsub('"m%-', '"later-'))) end
      return true
    end)
    stage.post(triggers.sns_body(ID))
    task.sleep(5)
    assert.equal(2, #calls)
    assert.equal("later-" .. ID, calls[2][1].message_id)
    assert.same({}, rows())
  end)

  it("keeps what comes while those that were dealt with are taken off the disk", function()
    local store, came = store_of.open({ path = ":memory:" }), false
    open({ store = setmetatable({ commit = function(_, writes)
      if writes[1][1] == "delete" and not came then
        came = true
        assert.equal(200, stage.post(triggers.sns_body("oi-ba9876543210")).status)
      end
      return store:commit(writes)
    end }, { __index = function(_, name) return function(_, ...) return store[name](store, ...) end end }) })
    start()
    stage.post(triggers.sns_body(ID))
    task.sleep(5)
    assert.same({ ID, "oi-ba9876543210" }, { calls[1][1].id, calls[2][1].id })
    assert.same({}, rows())
  end)

  it("says 503 when the store cannot write, and takes the message the next time", function()
    local store = store_of.open({ path = ":memory:" })
    local broken = true
    open({ store = setmetatable({ commit = function(_, ...)
      if broken then error(err.new({ kind = "state", code = "DiskFull", message = "database or disk is full" }), 0) end
      return store:commit(...)
    end, each = function(_, ...) return store:each(...) end, close = function() store:close() end }, {}) })
    start()
    local response = stage.post(triggers.sns_body(ID))
    assert.equal(503, response.status)
    assert.truthy(tonumber(response.headers["retry-after"]))
    assert.truthy(said("turned away").fields.reason:find("disk is full", 1, true))
    broken = false
    assert.equal(200, stage.post(triggers.sns_body(ID)).status)
    task.sleep(1)
    assert.equal(1, #calls)
  end)

  it("says 503 beyond so many that wait", function()
    open({ max_pending = 5 })
    start(function() return nil, err.new({ code = "Later", message = "not yet" }) end)
    local statuses = {}
    for i = 1, 7 do statuses[i] = stage.post(triggers.sns_body(("oi-%012x"):format(i))).status end
    assert.same({ 200, 200, 200, 200, 200, 503, 503 }, statuses)
    assert.equal(5, #rows())
  end)

  it("goes on with others when some cannot be dealt with", function()
    open()
    local good = {}
    start(function(hints)
      local done = {}
      for _, hint in ipairs(hints) do
        if tonumber(hint.id:sub(4), 16) > 100 then done[hint.id], good[hint.id] = true, true end
      end
      return nil, err.new({ code = "Poison", message = "never" }), done
    end)
    for i = 1, 250 do stage.post(triggers.sns_body(("oi-%012x"):format(i))) end
    task.sleep(300)
    local n = 0
    for _ in pairs(good) do n = n + 1 end
    assert.equal(150, n)
    assert.equal(100, #rows())
  end)

  it("hands over at most a hundred at once", function()
    open()
    start()
    for i = 1, 250 do stage.post(triggers.sns_body(("oi-%012x"):format(i))) end
    task.sleep(1)
    assert.same({ 100, 100, 50 }, { #calls[1], #calls[2], #calls[3] })
  end)

  it("says 403 to what the gate refuses, and 503 to what it may let through later", function()
    local failure
    open({ gate = { check = function() return nil, failure end } })
    start()
    failure = err.new({ code = "BadSignature", message = "no" })
    assert.equal(403, stage.post("x").status)
    failure = err.new({ code = "CertificateNotFetched", message = "no", again = true })
    assert.equal(503, stage.post("x").status)
    assert.equal(1, stage.trigger.counts.refused)
    assert.equal(1, stage.trigger.counts.unavailable)
    for _ = 1, 100 do stage.post("x") end
    assert.equal(2, #stage.said) -- strangers do not fill the log
  end)

  it("says what it does not take", function()
    open({ path = "/sns" })
    start()
    local body = triggers.sns_body(ID)
    assert.equal(404, stage.post(body).status)
    assert.equal(200, stage.post(body, { path = "/sns" }).status)
    for _, method in ipairs({ "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post" }) do
      local response = stage.post(body, { path = "/sns", method = method })
      assert.equal(405, response.status)
      assert.equal("POST", response.headers.allow)
    end
    assert.equal(413, stage.post(("x"):rep(256 * 1024 + 1), { path = "/sns" }).status)
    assert.equal(403, stage.post(body, { path = "/sns", headers = { ["x-amz-sns-rawdelivery"] = "true" } }).status)
    assert.truthy(said("refused").fields.reason:find("raw message delivery", 1, true))
  end)

  it("sets aside what names no item, and keeps some of it to look at", function()
    open()
    start()
    for i = 1, 150 do
      assert.equal(200, stage.post(json.encode({ Type = "Notification", MessageId = "m" .. i, TopicArn = "x",
        Message = "?" })).status)
    end
    assert.equal(150, #asides)
    assert.equal(100, #rows())
    assert.truthy(rows()[1].reason:find("names no OpsItem", 1, true))
    task.sleep(10)
    assert.same({}, calls)
  end)

  it("confirms a subscription when it was told to", function()
    local confirmed, answer = {}, { "arn" }
    local gate = { check = function(_, body) return json.decode(body) end, confirm = function(_, message, client)
      confirmed[#confirmed + 1] = { message.Token, client }
      return table.unpack(answer, 1, 2)
    end }
    local body = json.encode({ Type = "SubscriptionConfirmation", Token = "t", TopicArn = "x" })
    open({ gate = gate })
    start()
    assert.equal(403, stage.post(body).status)
    assert.same({}, confirmed)
    stage.trigger:stop()
    open({ gate = gate, client = "aws" })
    start()
    assert.equal(200, stage.post(body).status)
    assert.same({ { "t", "aws" } }, confirmed)
    answer = { nil, err.new({ kind = "aws", status = 400, code = "InvalidParameterException", message = "no" }) }
    assert.equal(403, stage.post(body).status)
    answer = { nil, err.new({ kind = "connection", code = "Timeout", message = "no" }) }
    assert.equal(503, stage.post(body).status)
    assert.equal(200, stage.post(json.encode({ Type = "UnsubscribeConfirmation", TopicArn = "x" })).status)
    assert.truthy(said("cancelled"))
  end)

  it("listens on this machine only, unless it was told that TLS is in front", function()
    for _, address in ipairs({ "0.0.0.0", "192.0.2.1", "::", "localhost", "127.evil" }) do
      open({ address = address })
      local ok, failure = stage.trigger:start(function() return true end)
      assert.is_nil(ok)
      assert.equal("NotLoopback", failure.code)
    end
    open({ address = "0.0.0.0", public = true })
    assert(stage.trigger:start(function() return true end))
  end)

  it("says when its port is taken", function()
    open()
    start()
    local other = triggers.webhook({ port = stage.trigger.port })
    local ok, failure = other.trigger:start(function() return true end)
    assert.is_nil(ok)
    assert.equal("AddressInUse", failure.code)
    other.close()
  end)
end)

describe("the webhook on the network", function()
  local sender, stage, calls
  setup(function() sender = sender_of.new() end)
  teardown(function() sender:remove() end)

  before_each(function()
    calls = {}
    local gate = assert(sns.new({ topics = { sender_of.TOPIC }, roots = sender.roots,
      now = function() return sender.now end, fetch = function() return sender.pem.good end }))
    stage = triggers.webhook({ gate = gate, path = "/sns" })
    assert(stage.trigger:start(function(hints)
      calls[#calls + 1] = hints
      return true
    end))
  end)
  after_each(function()
    stage.trigger:stop()
    stage.close()
  end)

  local function send(body, changes)
    local request = { method = "POST", scheme = "http", host = "127.0.0.1:" .. stage.trigger.port, path = "/sns",
      query = "", headers = { ["content-type"] = "text/plain; charset=UTF-8" }, body = body }
    for key, value in pairs(changes or {}) do request[key] = value end
    return assert(transport.send(request)).status
  end

  it("lets a signed message in and a changed one not", function()
    local message = sender:message()
    assert.equal(200, send(json.encode(message)))
    message.Subject = "oi-ba9876543210"
    assert.equal(403, send(json.encode(message)))
    while not calls[1] do task.sleep(0) end
    assert.equal(ID, calls[1][1].id)
    assert.equal(message.MessageId, calls[1][1].message_id)
  end)

  it("answers what it does not take", function()
    assert.equal(404, send("x", { path = "/" }))
    assert.equal(405, send("", { method = "GET" }))
    assert.equal(413, send(("x"):rep(256 * 1024 + 1)))
    assert.equal(403, send("x"))
  end)

  it("keeps every message that got a 200, in a store on disk", function()
    local folder = process.folder()
    local path = folder .. "/state.db"
    stage.trigger:stop()
    local store = store_of.open({ path = path })
    local trigger = require("plumb.trigger.webhook").new({ store = store, path = "/sns", report = function() end,
      gate = { check = function(_, body) return json.decode(body) end } })
    stage.trigger = trigger
    trigger:start(function() return nil, err.new({ code = "Later", message = "not yet" }) end)
    local numbers = {}
    for i = 1, 100 do numbers[i] = i end
    local statuses = task.map(numbers, function(i) return send(triggers.sns_body(("oi-%012x"):format(i))) end)
    for _, status in ipairs(statuses) do assert.equal(200, status) end
    local copy = store_of.open({ path = path, read_only = true })
    local n = 0
    for _ in copy:each("inbox") do n = n + 1 end
    copy:close()
    assert.equal(100, n)
    trigger:stop()
    store:close()
    assert.is_table(files.stat(path))
    process.remove(folder)
  end)
end)
