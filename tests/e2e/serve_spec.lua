-- plumb serve from outside: what it does by itself, what it is told, and how it ends.

local daemon_of = require("support.daemon")
local json = require("plumb.json")
local oracle = require("support.oracle")
local process = require("support.process")
local simulator = require("support.simulator_process")
local time = require("plumb.time")
local trouble = require("support.trouble")

describe("plumb serve", function()
  local stage, daemon

  before_each(function() stage = simulator.start() end)
  after_each(function()
    if daemon then daemon:remove() end
    daemon = nil
    stage:stop()
  end)

  local function start(arguments, opts)
    daemon = daemon_of.start(stage, arguments, opts)
    return daemon
  end

  local function policy(text) return process.write(stage.folder .. "/policy.lua", text) end

  local function open_ids()
    local ids = {}
    for id, item in pairs(stage:items()) do
      if item.Status == "Open" then ids[#ids + 1] = id end
    end
    table.sort(ids)
    return ids
  end

  -- Open items of so many questions, one of each: answers of one question go together.
  local function ids_of_questions(count)
    local list, seen = {}, {}
    for id, item in pairs(stage:items()) do
      local question = oracle.field(item, "QuestionId")
      if item.Status == "Open" and not seen[question] and #list < count then
        seen[question], list[#list + 1] = true, id
      end
    end
    return list
  end

  local function updates() return stage:change_count "UpdateAnswer" end

  it("scans when it starts on a state that never saw a scan, and says what it made", function()
    start()
    local ended = daemon:wait_for("run.ended", 2)
    assert.equal("scan", ended.command)
    assert.equal(#daemon:logged("item.created"), ended.created)
    assert.equal(#open_ids(), ended.created)
    local numbers = daemon:metrics()
    assert.equal(ended.created, numbers['plumb_changes_total{command="scan",kind="created"}'])
    assert.equal(ended.created,
      numbers['plumb_aws_requests_total{service="ssm",operation="CreateOpsItem",status="200"}'])
    assert.is_true(numbers['plumb_last_success_timestamp_seconds{command="scan"}'] > time.now() - 300)
    assert.equal(ended.created, numbers['plumb_items{status="open",risk="HIGH"}']
      + numbers['plumb_items{status="open",risk="MEDIUM"}'])
    assert.equal(1, numbers.plumb_ready)
    -- It comes back to what it has done, and does not do it again.
    assert.equal(143, daemon:stop())
    stage:forget()
    start()
    assert.matches("^%d+%-%d+%-%d+T[%d:]+Z$", daemon:wait_for("serve.ready").next_run)
    assert.equal(0, #stage:journal(true))
    assert.is_true(daemon:metrics().plumb_next_run_timestamp_seconds > time.now())
  end)

  it("runs at the moment of its schedule", function()
    local soon = time.iso(time.now() + 4):sub(1, -2) -- time enough to start, also for a slow build
    start({ "--schedule", ("at(%s)"):format(soon), "--set", "serve.jitter=0s", "--set", "serve.poll=false" })
    assert.equal(0, #daemon:logged("run.ended"))
    local ended = daemon:wait_for("run.ended", 2)
    assert.equal("scan", ended.command)
    assert.is_true(ended.ts:sub(1, 19) >= soon)
    assert.is_nil(daemon:metrics().plumb_next_run_timestamp_seconds) -- it never fires again
  end)

  it("answers about its health on this machine, and nothing else", function()
    start()
    for path, status in pairs({ ["/healthz"] = 200, ["/readyz"] = 200, ["/metrics"] = 200, ["/"] = 404,
      ["/healthz/x"] = 404 }) do
      assert.equal(status, (daemon:get(path)), path)
    end
    local status, _, headers = daemon:get("/metrics", "POST")
    assert.same({ 405, "GET, HEAD" }, { status, headers.allow })
    assert.truthy(select(3, daemon:get("/metrics"))["content-type"]:find("^text/plain; version=0.0.4"))
    assert.is_true(json.decode((select(2, daemon:get("/readyz")))).ready)
    assert.truthy(daemon.said.health:find("^http://127%.0%.0%.1:%d+$"))
  end)

  it("writes back what the queue tells of, and deletes those messages alone", function()
    local queue = assert(stage:client().sqs:CreateQueue({ QueueName = "hints" })).QueueUrl
    stage:document("scan --yes --json --workload shop-prod")
    local ids = ids_of_questions(3)
    start({ "--schedule", "rate(1 day)", "--set", "serve.poll=false", "--set", "serve.queue=" .. queue })
    stage:person({ id = ids[1], status = "Resolved" })
    stage:person({ id = ids[2], status = "Resolved" })
    for _, body in ipairs({ ids[1], ids[1], "nonsense", ids[2], ids[3] }) do
      assert(stage:client().sqs:SendMessage({ QueueUrl = queue, MessageBody = body }))
    end
    daemon_of.eventually(function() return updates() == 2 end, function() return process.read(daemon.err) end)
    local attributes = { "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible" }
    daemon_of.eventually(function()
      local got = assert(stage:client().sqs:GetQueueAttributes({ QueueUrl = queue, AttributeNames = attributes }))
      local left = got.Attributes
      return tonumber(left[attributes[1]]) + tonumber(left[attributes[2]]) == 1 -- the one nobody understands
    end, "deletions")
    assert.equal(4, daemon:metrics()['plumb_trigger_events_total{trigger="sqs",kind="deleted"}'])
    assert.equal(143, daemon:stop())
    assert.equal(2, updates())
  end)

  it("finds by itself what was resolved", function()
    stage:document("scan --yes --json --workload shop-prod")
    local ids = open_ids()
    stage:person({ id = ids[1], status = "Resolved" })
    start({ "--schedule", "rate(1 day)" })
    daemon_of.eventually(function() return updates() == 1 end, "an update")
    assert.equal(143, daemon:stop())
  end)

  it("goes on when runs fail, and says why each did", function()
    start({ "--set", "serve.poll=10s" }, { env = { AWS_ENDPOINT_URL_WELLARCHITECTED = "http://127.0.0.1:1",
      AWS_MAX_ATTEMPTS = "1" } })
    local failed = daemon:wait_for("run.ended", 2)
    assert.equal("scan", failed.command)
    assert.equal("E320", failed.id)
    assert.equal("error", failed.level)
    assert.equal(200, (daemon:get("/readyz")))
    assert.equal(1, daemon:metrics()['plumb_errors_total{command="scan",code="E320"}'])
    assert.equal(143, daemon:stop())
  end)

  it("takes a good policy on SIGHUP, and keeps the one in force when the new one is wrong", function()
    local path = policy("return { serve = { schedule = 'rate(1 day)' }, workloads = { 'shop-prod' } }")
    start({ "--policy", path })
    daemon:wait_for("run.ended", 2)
    local before = daemon:metrics()

    policy("return { serve = { schedule = 'rate(1 dya)' },\n  titel = 1 }")
    daemon:signal("HUP")
    local refused = daemon:wait_for("policy.refused")
    assert.equal("error", refused.level)
    assert.truthy(refused.where:find("policy.lua:1", 1, true), refused.where)
    assert.truthy(daemon:wait_for("policy.problem").where:find("policy.lua:2", 1, true))
    assert.equal(200, (daemon:get("/healthz")))
    local after = daemon:metrics()
    assert.same({ 1, 0 }, { before.plumb_policy_reload_success, after.plumb_policy_reload_success })
    local function hash(numbers)
      for name in pairs(numbers) do
        if name:find("^plumb_policy_info") then return name end
      end
    end
    assert.equal(hash(before), hash(after))

    policy("return { serve = { schedule = 'at(2199-01-01T00:00:00)' }, workloads = { '*' } }")
    daemon:signal("HUP")
    daemon:wait_for("policy.loaded")
    assert.equal(1, daemon:metrics().plumb_policy_reload_success)
    assert.not_equal(hash(before), hash(daemon:metrics()))
    assert.equal(time.parse("2199-01-01T00:00:00Z"), daemon:metrics().plumb_next_run_timestamp_seconds // 1)
    assert.equal(143, daemon:stop())
  end)

  it("tells a service manager when it is ready, alive, reloading and about to end", function()
    for _, address in ipairs({ stage.folder .. "/notify", "@plumb-spec-" .. process.shell("echo $$") }) do
      local file = process.write(stage.folder .. "/told", "")
      local listener = process.start({ "python3", "tests/support/notify_listener.py", address, file })
      local path = policy("return { serve = { poll = '1h' } }")
      start({ "--policy", path }, { env = { NOTIFY_SOCKET = address, WATCHDOG_USEC = "60000" } })
      local function told(pattern)
        return daemon_of.eventually(function() return (process.read(file) or ""):match(pattern) end, pattern)
      end
      assert.truthy(told('%["READY=1", "STATUS=next run at [%d-]+T[%d:]+Z", ""%]'))
      told('WATCHDOG=1.*WATCHDOG=1')
      daemon:signal("HUP")
      told('%["RELOADING=1", "MONOTONIC_USEC=%d+", "STATUS=reloading", ""%].*READY=1')
      assert.equal(143, daemon:stop())
      told('%["STOPPING=1", "STATUS=stopping", ""%]\n')
      listener:stop()
      daemon:remove()
    end
  end)

  it("finishes what is in hand when it is told to end, and nothing more", function()
    stage:fault("latency=300ms@ssm.CreateOpsItem")
    start({ "--set", "parallel=2" })
    daemon_of.eventually(function() return #stage:journal(true) > 0 end, "a create")
    local began = time.monotonic()
    assert.equal(143, daemon:stop())
    assert.is_true(time.monotonic() - began < 30) -- the engine itself ends it after five seconds
    local ended = daemon:logged("run.ended")[2]
    assert.is_true(ended.interrupted)
    assert.equal(#open_ids(), ended.created)
    assert.equal(#open_ids(), stage:document("status --json").findings.open)
    stage:clear_faults()
    local rest = stage:document("scan --yes --json").summary
    assert.equal(#open_ids(), ended.created + rest.created)
  end)

  it("shows its state to others, and lets nobody else write to it", function()
    start()
    daemon:wait_for("run.ended", 2)
    assert.equal(#open_ids(), stage:document("status --json").findings.open)
    trouble.check(stage:plumb("scan --yes"), { code = 8, id = "E502" })
    trouble.check(stage:plumb("serve --http off"), { code = 8, id = "E502" })
  end)

  it("does it once and ends, for those who have a clock of their own", function()
    local result = stage:plumb("serve --once")
    assert.equal(0, result.code, result.all)
    assert.equal("", result.out)
    local made = #open_ids()
    assert.is_true(made > 20)
    stage:person({ id = open_ids()[1], status = "Resolved" })
    stage:forget()
    assert.equal(0, stage:plumb("serve --once").code)
    assert.equal(1, updates())
    assert.equal(made - 1, #open_ids())
    local failed = stage:plumb("serve --once", { env = { AWS_ENDPOINT_URL_WELLARCHITECTED = "http://127.0.0.1:1",
      AWS_MAX_ATTEMPTS = "1" } })
    assert.equal(9, failed.code, failed.all)
    assert.truthy(failed.err:find('"id":"E320"', 1, true), failed.err)
  end)

  it("does not start on what cannot work", function()
    local cases = {
      { { "--http", "0.0.0.0:0" }, 7, "E403", "not an address of this machine" },
      { { "--http", "localhost:80" }, 2, "E103", "numeric address" },
      { { "--schedule", "rate(1 hours)" }, 2, "E103", "rate(1 hours)" },
      { { "--set", "serve.webhook.listen=127.0.0.1:0" }, 7, "E403", "listens to no topic" },
      { { "--set", "serve.schedule=false", "--set", "serve.poll=false" }, 7, "E403", "nothing to serve" },
    }
    for _, case in ipairs(cases) do
      local result = stage:plumb({ "serve", table.unpack(case[1]) })
      trouble.check(result, { code = case[2], id = case[3], says = { case[4] } })
    end
    local result = stage:plumb("serve --http off", { env = { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } })
    trouble.check(result, { code = 4, id = "E201" })
    start()
    trouble.check(stage:plumb({ "serve", "--http", daemon.said.health:match("//(.*)$"), "--state",
      stage.folder .. "/other.db" }), { code = 1, id = "E700", says = { "AddressInUse" } })
  end)
end)
