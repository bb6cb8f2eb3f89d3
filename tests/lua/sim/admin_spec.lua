local client = require("lua.sim.client")
local json = require("plumb.json")

describe("/_sim/", function()
  local c

  before_each(function()
    c = client.new()
  end)

  local function ask(method, path, body, change)
    local path_, query = path:match("^([^?]*)%??(.*)$")
    local request = { method = method, path = "/_sim/" .. path_, query = query, peer = "127.0.0.1",
      headers = { Host = "127.0.0.1:4599" }, body = body and json.encode(body) or "" }
    if change then
      change(request)
    end
    local response = c.sim:handle(request)
    return response.status, json.decode(response.body)
  end

  it("orders and lists faults, all or none", function()
    assert.equal(200, (ask("POST", "faults", { kind = "throttle", operation = "ssm.*", count = 1 })))
    ask("POST", "faults", { text = "latency=50ms,5xx#2" })
    ask("POST", "faults", json.list({ { kind = "reset" } }))
    local _, list = ask("GET", "faults")
    assert.equal(4, #list.faults)
    local status, answer = ask("POST", "faults", json.list({ { kind = "reset" }, { kind = "nonsense" } }))
    assert.equal(400, status)
    assert.is_truthy(answer.error:find("unknown fault", 1, true))
    _, list = ask("DELETE", "faults")
    assert.equal(0, #list.faults)
  end)

  it("shows the journal, from a number on", function()
    c:ok("wellarchitected.ListWorkloads", {})
    c:ok("ssm.CreateOpsItem", { Title = "t", Description = "d", Source = "s" })
    local _, all = ask("GET", "journal")
    assert.equal(2, #all.calls)
    local _, some = ask("GET", "journal?mutating=true&since=0")
    assert.same({ 1, "CreateOpsItem", "t" }, { #some.calls, some.calls[1].operation, some.calls[1].input.Title })
    assert.equal(0, #select(2, ask("GET", "journal?since=" .. all.calls[2].n)).calls)
  end)

  it("acts as a person", function()
    local id = c:ok("ssm.CreateOpsItem", { Title = "t", Description = "d", Source = "s" }).OpsItemId
    local status, answer = ask("POST", "opsitem", { id = id, status = "Resolved",
      data = { Outcome = "not_applicable" } })
    assert.same({ 200, "Resolved" }, { status, answer.status })
    local item = c:ok("ssm.GetOpsItem", { OpsItemId = id }).OpsItem
    assert.same({ "Resolved", "arn:aws:iam::111122223333:user/person", "not_applicable" }, { item.Status,
      item.LastModifiedBy,
      item.OperationalData.Outcome.Value })
    local shop = c:workload("shop-prod")
    status, answer = ask("POST", "answer", { workload = shop.id, lens = "wellarchitected", question = "sec_response",
      select = json.list({ "sec_response_plan" }), unselect = json.list({ "sec_response_no" }) })
    assert.same({ 200, "MEDIUM", "sec_response_plan" }, { status, answer.risk, answer.selected[1] })
    assert.same({ 400, true }, { (ask("POST", "opsitem", { id = "oi-000000000000", status = "Resolved" })),
      select(2, ask("POST", "opsitem", { id = "oi-000000000000" })).error:find("OpsItemNotFound", 1, true) ~= nil })
  end)

  it("shows what there is, and starts over", function()
    c:ok("ssm.CreateOpsItem", { Title = "t", Description = "d", Source = "s" })
    local _, state = ask("GET", "state")
    assert.same({ "111122223333", 5, 1 }, { state.account, #state.workloads, state.opsitems.Open })
    ask("POST", "reset")
    _, state = ask("GET", "state")
    assert.same({}, state.opsitems)
  end)

  it("answers nobody but this machine, and no web page", function()
    for _, change in ipairs({ function(r) r.peer = "10.0.0.5" end, function(r) r.headers.Host = "evil.example.com" end,
      function(r) r.headers.Origin = "https://evil.example.com" end }) do
      assert.equal(403, (ask("POST", "reset", nil, change)))
    end
    assert.equal(200, (ask("GET", "state", nil, function(r) r.peer, r.headers.Host = "::1", "[::1]:4599" end)))
  end)

  it("says what it does not have", function()
    assert.equal(404, (ask("GET", "nothing")))
    assert.equal(400, (ask("POST", "opsitem", nil, function(r) r.body = "{" end)))
  end)
end)
