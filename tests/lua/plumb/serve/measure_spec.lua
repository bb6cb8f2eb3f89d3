local measure = require("plumb.serve.measure")
local problem = require("plumb.problem")
local store_of = require("plumb.store")
local time = require("plumb.time")

describe("what a daemon measures", function()
  local made, store, now

  before_each(function()
    now = 1767323045
    time.set(function() return now end)
    made, store = measure.new(), store_of.open({ path = ":memory:" })
  end)
  after_each(function()
    store:close()
    time.set(nil)
  end)

  local function text(triggers) return made:text({ triggers = triggers or {}, ready = true, store = store }) end

  local function has(line, triggers)
    local all = text(triggers)
    assert.truthy(all:find("\n" .. line .. "\n", 1, true), line .. "\n" .. all)
  end

  local function finding(n, changes)
    local record = { key = "k" .. n, partition = "aws", account = "1", region = "r", workload_arn = "w", lens_arn = "l",
      question_id = "q" .. n // 2, choice_id = "c" .. n, status = "open", sink = "opscenter", risk = "HIGH",
      workload_name = "shop", first_seen = now - 100 * n, last_seen = now }
    for key, value in pairs(changes or {}) do record[key] = value end
    assert(store:commit({ { "put", "finding", record } }))
  end

  it("is each request, with its status or that there was none, and whether AWS throttled it", function()
    made:call({ service = "ssm", operation = "GetOpsItem", status = 200, ms = 40 })
    made:call({ service = "ssm", operation = "GetOpsItem", status = 400, ms = 60, code = "ThrottlingException" })
    made:call({ service = "ssm", operation = "GetOpsItem", ms = 5000, code = "Timeout", kind = "connection" })
    has('plumb_aws_requests_total{service="ssm",operation="GetOpsItem",status="200"} 1')
    has('plumb_aws_requests_total{service="ssm",operation="GetOpsItem",status="none"} 1')
    has('plumb_aws_throttles_total{service="ssm"} 1')
    has('plumb_aws_request_seconds_bucket{service="ssm",le="0.05"} 1')
    has('plumb_aws_request_seconds_count{service="ssm"} 3')
  end)

  it("is each run: what it changed, what failed, and when one last went well", function()
    local good = { command = "scan", exit = 0, document = { summary = { created = 3, failed = 0 }, items = {} } }
    made:run(good, 1.5)
    now = now + 100
    made:run({ command = "scan", exit = 5, document = { summary = { created = 1, failed = 2 }, problems = { {
      code = "E411" } }, items = { { status = "failed", error = { code = "AccessDeniedException" } } } } }, 2)
    made:run({ command = "scan", problem = problem.new({ id = "E320", what = "no network" }) }, 3)
    made:run({ command = "resolve", interrupted = true }, 1)
    has('plumb_changes_total{command="scan",kind="created"} 4')
    has('plumb_errors_total{command="scan",code="AccessDeniedException"} 1')
    has('plumb_errors_total{command="scan",code="E411"} 1')
    has('plumb_errors_total{command="scan",code="E320"} 1')
    has('plumb_runs_total{command="scan",result="done"} 1')
    has('plumb_runs_total{command="scan",result="partly"} 1')
    has('plumb_runs_total{command="scan",result="failed"} 1')
    has('plumb_runs_total{command="resolve",result="interrupted"} 1')
    has('plumb_run_duration_seconds{command="scan"} 3')
    has(('plumb_last_success_timestamp_seconds{command="scan"} %d'):format(now - 100))
    assert.is_nil(text():find('plumb_last_success_timestamp_seconds{command="resolve"}', 1, true))
  end)

  it("is what stands open: findings, questions behind them, and how old they are", function()
    for n = 1, 4 do finding(n) end
    finding(5, { status = "parked", risk = "MEDIUM" })
    finding(6, { status = "settled" })
    has('plumb_items{status="open",risk="HIGH"} 4')
    has('plumb_items{status="parked",risk="MEDIUM"} 1')
    has('plumb_risks{workload="shop",risk="HIGH"} 3')
    has('plumb_item_age_seconds{risk="HIGH",stat="max"} 400')
    has('plumb_item_age_seconds{risk="HIGH",stat="median"} 200')
    assert.is_nil(text():find("settled", 1, true))
  end)

  it("is counted again after a run, and keeps its numbers while the state cannot be read", function()
    finding(1)
    has('plumb_items{status="open",risk="HIGH"} 1')
    finding(2)
    has('plumb_items{status="open",risk="HIGH"} 1')
    made:run({ command = "scan", exit = 0 }, 1)
    has('plumb_items{status="open",risk="HIGH"} 2')
    made:run({ command = "scan", exit = 0 }, 1)
    local each = store.each
    store.each = function() error("a bad disk") end
    require("plumb.log").configure({ write = function() end })
    has('plumb_items{status="open",risk="HIGH"} 2')
    require("plumb.log").configure({ write = function(line) io.stderr:write(line) end })
    store.each = each
  end)

  it("is what triggers have counted, and which policy is in force", function()
    local trigger = { name = "webhook", counts = { accepted = 3 }, gate = { refused = { OtherTopic = 2 } } }
    has('plumb_trigger_events_total{trigger="webhook",kind="accepted"} 3', { trigger })
    has('plumb_sns_refused_total{code="OtherTopic"} 2', { trigger })
    made:policy({ text = "return {}" })
    made:reload(false)
    has("plumb_policy_reload_success 0")
    assert.truthy(text():find('plumb_policy_info{sha256="%x+",version="[%d.]+"} 1'))
    assert.equal(64, #text():match('sha256="(%x+)"'))
  end)
end)
