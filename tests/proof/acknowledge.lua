-- Kills around acknowledgement: plumb serve is killed before and after each request that messages of the queue lead
-- to, and at system calls while messages come to the webhook and are dealt with. Then it is started again. SQS shows
-- again what was not deleted, and SNS sends again what got no 2xx, and nothing else: so whatever was acknowledged has
-- to be in the state. Each resolution ends in its answer.
--
--   plumb run tests/proof/acknowledge.lua [--every N] [--only queue|webhook]
--
-- --every N takes every Nth point of the webhook's.

package.path = "./tests/?.lua;" .. package.path

local json = require "plumb.json"
local options_of = require "proof.options"
local people = require "proof.people"
local sender_of = require "support.sns_sender"
local server = require "plumb.server"
local sqs_world = require "sim.sqs"
local stage_of = require "proof.stage"
local stories = require "proof.stories"
local support = require "support.process"
local task = require "plumb.task"
local transport = require "plumb.transport"

local options = options_of.read(arg, { every = 40, only = "" })

local KILLED, TERMINATED = 128 + 9, 128 + 15
local PATIENCE = 60          -- seconds until something that must come counts as not coming
local SHOWN_AGAIN = 200      -- seconds; a message that was received is hidden for two minutes
local RESOLVED = 3

local failed, points = 0, 0

local function report(name, wrong)
  points = points + 1
  if not wrong[1] then return end
  failed = failed + 1
  print(("%s: %s"):format(name, table.concat(wrong, "\n  ")))
end

local function eventually(what, fn)
  for _ = 1, PATIENCE * 50 do
    if fn() then return true end
    task.sleep(0.02)
  end
  error("it never came: " .. what, 0)
end

-- ---- the daemon ----

-- A program that was only just started has not said yet which process it is.
local function signal(stage, name, folder)
  local pid
  eventually("a process", function()
    pid = (support.read((folder or stage.folder) .. "/pid") or ""):match "(%d+)\n"
    return pid
  end)
  os.execute(("kill -%s %s 2>/dev/null"):format(name, pid))
end

-- What the instrument killed may hold its lock a moment longer than the instrument lives. A zombie holds nothing.
local function wait_for_end(folder)
  local pid = (support.read(folder .. "/pid") or ""):match "(%d+)\n"
  eventually("the end of a process", function()
    local stat = pid and support.read("/proc/" .. pid .. "/stat")
    return not stat or stat:find(") Z ", 1, true)
  end)
end

-- Runs a program in a task until it ends; its pid is in the folder meanwhile.
local function start(stage, words)
  os.remove(stage.folder .. "/pid")
  local run = {}
  run.task = task.spawn(function()
    run.code = stage:shell(("echo $$ > '%s/pid'; exec \"$0\" \"$@\""):format(stage.folder), words)
  end)
  return run
end

local COMMON = { "--http", "off", "--schedule", "rate(30 days)", "--set", "serve.poll=false" }

local function serve(more)
  return table.move(more, 1, #more, #COMMON + 2, table.move(COMMON, 1, #COMMON, 2, { "serve" }))
end

-- ---- the end ----

-- How many findings are settled, by the state.
local function settled(stage)
  local code, out = stage:plumb { "status", "--json" }
  return code == 0 and assert(json.decode(out)).findings.settled or 0
end

-- What is wrong when it is over: with the promises, or with what the state says.
local function judge(stage, ids)
  stage.oracle:check()
  local wrong = stage.oracle:none_lost(function() return false end)
  local n = settled(stage)
  if n ~= #ids then
    wrong[#wrong + 1] = ("%d of %d resolved items are settled, and nobody tells of them any more"):format(n, #ids)
  end
  return wrong
end

local function prepare()
  local stage = stage_of.new { world = stories.world() }
  assert(stage:plumb { "scan", "--yes" } == 0)
  local ids = people.items(stage.sim, { Open = true })
  local resolved = table.move(ids, 1, RESOLVED, 1, {})
  for _, id in ipairs(resolved) do people.change_item(stage.sim, id, { status = "Resolved" }) end
  return stage, resolved
end

-- ---- the queue ----

local OPERATIONS = { "AmazonSQS.ReceiveMessage", "AmazonSSM.GetOpsItem", "UpdateAnswer",
  "AmazonSQS.DeleteMessageBatch" }

local function is_call(request, operation)
  if operation == "UpdateAnswer" then return request.method == "PATCH" end
  return request.headers["x-amz-target"] == operation
end

-- Kills the daemon as the nth request of an operation arrives, or when it was carried out and not answered.
local function kill_at(stage, point)
  local seen = 0
  stage.hook = function(request, execute)
    if not is_call(request, point.operation) then return execute() end
    seen = seen + 1
    if seen ~= point.n then return execute() end
    point.struck = true
    if point.after then execute() end
    signal(stage, "KILL")
    return { status = 500, headers = {}, body = "", fault = "reset" }
  end
end

local function queue_point(stage, moment, url, ids, point)
  stage:go_back(moment)
  kill_at(stage, point)
  local run = start(stage, serve { "--set", "serve.queue=" .. url })
  eventually("the kill", function() return run.code ~= nil or stage.sim.world.queues.hints.messages[1] == nil end)
  if run.code == nil then signal(stage, "TERM") end
  task.join(run.task)
  stage.hook, stage.offset = nil, SHOWN_AGAIN
  stage.oracle:begin_run()
  local again = start(stage, serve { "--set", "serve.queue=" .. url })
  eventually("an empty queue", function() return stage.sim.world.queues.hints.messages[1] == nil end)
  signal(stage, "TERM")
  task.join(again.task)
  local wrong = {}
  if point.struck and run.code ~= KILLED then wrong[1] = ("it ended with %d"):format(run.code) end
  if again.code ~= TERMINATED then wrong[#wrong + 1] = ("started again it ended with %d"):format(again.code) end
  for _, more in ipairs(judge(stage, ids)) do wrong[#wrong + 1] = more end
  report(("%s %s %d"):format(point.after and "after" or "before", point.operation, point.n), wrong)
  return point.struck
end

local function queue()
  local stage, ids = prepare()
  local _ <close> = setmetatable({}, { __close = function() stage:close() end })
  local url = sqs_world.create(stage.sim.world, "hints", {}).url
  for _, id in ipairs(ids) do sqs_world.deliver(stage.sim.world, "hints", id) end
  sqs_world.deliver(stage.sim.world, "hints", ids[1])
  local moment = stage:remember()
  for _, operation in ipairs(OPERATIONS) do
    for _, after in ipairs { false, true } do
      local n = 0
      repeat n = n + 1 until not queue_point(stage, moment, url, ids, { operation = operation, after = after, n = n })
        or operation == "AmazonSQS.ReceiveMessage"
    end
  end
end

-- ---- the webhook ----

local function free_port()
  local listening = assert(server.serve { handler = function() return {} end })
  listening.close()
  return listening.port
end

-- What SNS does: it sends until somebody says 2xx, and then never again.
local function send(port, sender, id)
  local response = transport.send { method = "POST", scheme = "http", host = "127.0.0.1:" .. port, path = "/",
    query = "", headers = {}, body = json.encode(sender:message { Subject = id, MessageId = "m-" .. id }) }
  return response ~= nil and response.status == 200
end

local function deliver(port, sender, waiting, until_)
  while next(waiting) and not until_() do
    for id in pairs(waiting) do
      if send(port, sender, id) then waiting[id] = nil end
    end
    task.sleep(0.02)
  end
end

local function webhook_words(sender, port)
  return table.move(COMMON, 1, #COMMON, 4, { "run", "tests/support/serve_trusting.lua", sender.folder }),
    { "--set", "serve.webhook.listen=127.0.0.1:" .. port, "--set", "serve.webhook.topics=" .. sender_of.TOPIC,
      "--set", "serve.webhook.confirm=false" }
end

local function words_for(sender, port)
  local first, second = webhook_words(sender, port)
  return table.move(second, 1, #second, #first + 1, first)
end

-- One life: all messages are sent while it lives; what was not acknowledged is still in `waiting` at its end.
local function undisturbed(stage, sender, waiting, ids)
  local port = free_port()
  local run = start(stage, words_for(sender, port))
  deliver(port, sender, waiting, function() return run.code ~= nil end)
  pcall(eventually, "the answers", function() return run.code ~= nil or settled(stage) == #ids end)
  signal(stage, "TERM")
  task.join(run.task)
  return run.code
end

local function traced(stage, sender, waiting, order, ids)
  local port, told = free_port(), nil
  os.remove(sender.folder .. "/pid")
  local life = task.spawn(function() told = stage:trace(order, words_for(sender, port)) end)
  deliver(port, sender, waiting, function() return told ~= nil end)
  eventually("its end", function() return told ~= nil or settled(stage) == #ids end)
  if not told then signal(stage, "TERM", sender.folder) end
  task.join(life)
  wait_for_end(sender.folder)
  return told
end

local function all_of(ids)
  local set = {}
  for _, id in ipairs(ids) do set[id] = true end
  return set
end

local function webhook_point(stage, moment, sender, ids, n)
  stage:go_back(moment)
  local waiting = all_of(ids)
  local told = traced(stage, sender, waiting, { "kill", tostring(n) }, ids)
  stage.oracle:begin_run()
  local code = undisturbed(stage, sender, waiting, ids)
  local wrong = {}
  if code ~= TERMINATED then wrong[1] = ("started again it ended with %d"):format(code) end
  for _, more in ipairs(judge(stage, ids)) do wrong[#wrong + 1] = more end
  report(("system call %d"):format(n), wrong)
  return told.signal == 9
end

local function webhook()
  local stage, ids = prepare()
  local sender = sender_of.new()
  local _ <close> = setmetatable({}, { __close = function()
    stage:close()
    sender:remove()
  end })
  local moment = stage:remember()
  local told = traced(stage, sender, all_of(ids), { "count" }, ids)
  local killed = 0
  for n = told.first, told.calls, options.every do
    if webhook_point(stage, moment, sender, ids, n) then killed = killed + 1 end
  end
  return killed
end

if options.only ~= "webhook" then queue() end
local killed = options.only ~= "queue" and webhook() or nil
print(("%d points%s, %d failed"):format(points, killed and (", killed at %d system calls"):format(killed) or "",
  failed))
return failed == 0 and (killed == nil or killed > 0)
