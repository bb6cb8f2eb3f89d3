-- No secret reaches a stream or a file. Everything is run once more with keys that occur nowhere else, and whatever was
-- said or written is searched for them in each of the forms in which they could leak.

local canary = require("support.canary")
local daemon_of = require("support.daemon")
local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local transport = require("plumb.transport")

local SECRET = "Zx9/qL+7vT3hW5nB8kR2mYcJ4pD6fGsA1eUoI0"
local KEY_ID = "AKIAUNIQUEUNIQUE1234" -- no secret, but nobody else's business: it may appear with its ends only
local TOKEN = "FwoGZXIvYXdzEPlumb//////////wEaDK+Tok3n/7777Unique=="
local CANARY = canary.new({ SECRET, TOKEN })

local function leak(text) return CANARY:find(text) end

describe("secrets", function()
  local stage, said, daemon, lambda

  before_each(function()
    said = {}
    stage = simulator.start({ crooked = { credentials = { [KEY_ID] = { secret = SECRET,
      session_token = TOKEN } } } })
    stage.env.AWS_ACCESS_KEY_ID, stage.env.AWS_SECRET_ACCESS_KEY = KEY_ID, SECRET
    stage.env.AWS_SESSION_TOKEN = TOKEN
  end)

  after_each(function()
    if daemon then daemon:remove() end
    if lambda then lambda:stop() end
    daemon, lambda = nil, nil
    stage:stop()
  end)

  local function run(list, opts)
    local result = stage:plumb(list, opts)
    said[#said + 1] = result.all
    local found = leak(result.all)
    assert.is_nil(found, type(list) == "string" and list or table.concat(list, " "))
    return result
  end

  -- Every file below the home, the state and its log among them.
  local function search_home()
    local leaks, count = CANARY:search(stage.home)
    assert.same({}, leaks)
    return count
  end

  for _, talk in ipairs({ "", "--debug", "-vv", "-v --debug --json" }) do
    it(("are in nothing that is said or kept%s"):format(talk ~= "" and ", with " .. talk or ""), function()
      local function with(text) return text .. " " .. talk end
      assert.equal(0, run(with("scan --yes")).code)
      local id = next(stage:items())
      stage:person({ id = id, status = "Resolved" })
      for _, command in ipairs({ "scan -n", "resolve --yes", "status", "item list", "item show " .. id, "check",
        "call sts.GetCallerIdentity", "call wellarchitected.ListWorkloads", "config show", "doctor" }) do
        assert.equal(0, run(with(command)).code, command)
      end
      for _, text in ipairs(said) do assert.is_nil(text:find(KEY_ID, 1, true), text) end
      assert.is_true(search_home() > 0)
      assert.is_true(#table.concat(said) > 500)
    end)
  end

  -- What the other commands of this list print and keep: plans, events, exports, copies of the state, its history.
  it("are in nothing that any other command says or keeps", function()
    local function file(name) return stage.home .. "/" .. name end
    assert.equal(0, run({ "scan", "--dry-run", "--save", file("plan"), "-vv", "--debug=http" }).code)
    assert.equal(0, run({ "apply", file("plan"), "--yes", "-vv", "--debug=http" }).code)
    local id = next(stage:items())
    stage:person({ id = id, status = "Resolved" })
    assert.equal(0, run("resolve --event - --yes -vv --debug=http", { input = id .. "\n" }).code)
    for _, command in ipairs({ "workload list", "workload show billing", "risk list", "trend", "diff", "audit list",
      "audit verify", "item list", "state show", "state verify", "state export " .. file("export"),
      "state backup " .. file("backup"), "generate iam-policy", "migrate opsitems --dry-run", "cleanup --dry-run",
      "schedule next @daily", "config path", "completion bash", "__complete item show o",
      "state rebuild --yes --state " .. file("again.db") }) do
      local result = run(command .. " -vv --debug=http")
      assert.is_true(result.code < 70, result.all)
    end
    assert.is_true(search_home() >= 4)
  end)

  it("are in no log of plumb serve, nor in what it tells who asks", function()
    daemon = daemon_of.start(stage, { "-vv", "--debug=http" })
    daemon_of.eventually(function() return next(stage:items()) end, "an item")
    for _, path in ipairs({ "/healthz", "/readyz", "/metrics", "/nowhere" }) do
      local _, body = daemon:get(path)
      assert.is_nil(leak(body), path)
    end
    daemon:stop()
    local log = process.read(daemon.err)
    assert.is_true(#log > 1000)
    assert.is_nil(leak(log))
    search_home()
  end)

  it("are in no log of plumb lambda, nor in what it gives back", function()
    local log = stage.folder .. "/lambda.log"
    local env = { PLUMB_STATE = stage.home .. "/state.db", AWS_LAMBDA_RUNTIME_API = stage.url:match("//(.+)$"),
      AWS_LAMBDA_FUNCTION_NAME = "plumb", PLUMB_LOG_LEVEL = "debug" }
    for name, value in pairs(stage.env) do env[name] = value end
    lambda = process.start({ "sh", "-c", 'echo started; exec "$0" lambda -vv --debug=http', simulator.binary },
      { env = env, err = log })
    for _, event in ipairs({ { command = "scan" }, { command = "nonsense" } }) do
      local response = assert(transport.send({ method = "POST", scheme = "http", host = stage.url:match("//(.+)$"),
        path = "/_sim/invoke", query = "", headers = {}, body = json.encode({ event = event }), timeout = 100 }))
      assert.is_nil(leak(response.body))
    end
    lambda:stop()
    assert.is_true(#process.read(log) > 200)
    assert.is_nil(leak(process.read(log)))
    search_home()
  end)

  it("are in no failure", function()
    stage.env.AWS_SECRET_ACCESS_KEY = SECRET:reverse()
    local reversed = stage:plumb("scan --yes --debug")
    assert.equal(4, reversed.code)
    assert.is_nil(canary.new({ SECRET:reverse() }):find(reversed.all))
    assert.is_nil(leak(reversed.all))
    stage.env.AWS_SECRET_ACCESS_KEY = SECRET
    for _, fault in ipairs({ "garbage", "5xx", "expired_token", "reset", "short" }) do
      stage:fault(fault .. "@wellarchitected.*")
      assert.is_true(run("scan --yes --debug").code > 0, fault)
      stage:clear_faults()
    end
    stage.env.AWS_ENDPOINT_URL = "http://127.0.0.1:1"
    run("scan --yes --debug --json")
    search_home()
  end)

  it("are in no refusal that quotes the request", function()
    stage:stop()
    stage = simulator.start({ crooked = { rules = { { path = "^/workloadsSummaries", status = 403,
      code = "SignatureDoesNotMatch", message = "The request signature we calculated does not match.\n\nThe Canonical "
      .. "String for this request should have been\n'POST\n/\n\nx-amz-security-token:" .. TOKEN .. "\n'" } } } })
    assert.equal(4, run("scan --yes").code)
    assert.equal(4, run("scan --yes --json").code)
    assert.equal(4, run("scan --yes --debug").code)
    search_home()
  end)

  it("come out of no script's hands", function()
    local file = process.write(stage.folder .. "/look.lua", [[
      local seen = {}
      local function walk(value, depth)
        if type(value) == "table" and not seen[value] and depth < 12 then
          seen[value] = true
          for k, v in pairs(value) do walk(k, depth + 1) walk(v, depth + 1) end
        else
          print(tostring(value))
        end
      end
      print(plumb.aws.sts:GetCallerIdentity{}.Account)
      walk(plumb.session, 0)
      walk(plumb.aws, 0)
      walk(plumb.session.credentials(), 0)]])
    assert.equal(0, run({ "run", file }).code)
    assert.is_true(#said[1] > 100)
    run("repl", { input = "plumb.session.credentials()\nplumb.session\nplumb.aws\nos.getenv('HOME')\n" })
    search_home()
  end)

  -- Each place that hands out keys; the function sets it up and returns true when a scan cannot go well then.
  local PLACES = {
    ["a profile"] = function(folder, env)
      process.write(folder .. "/credentials", ("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
        .. "aws_session_token = %s\n"):format(KEY_ID, SECRET, TOKEN))
      env.AWS_SHARED_CREDENTIALS_FILE = folder .. "/credentials"
    end,
    ["a process"] = function(folder, env)
      process.write(folder .. "/tool.sh", ([[echo "$0 says %s" >&2
        env > %s/child.env
        echo '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s","SessionToken":"%s"}']]):format(TOKEN, folder,
        KEY_ID, SECRET, TOKEN))
      process.write(folder .. "/config", "[default]\ncredential_process = sh " .. folder .. "/tool.sh\n")
      env.AWS_CONFIG_FILE = folder .. "/config"
    end,
    ["a process that prints nonsense"] = function(folder, env)
      process.write(folder .. "/tool.sh", ([[echo '{"Version":1,"SecretAccessKey":"%s'; echo %s >&2]]):format(SECRET,
        TOKEN))
      process.write(folder .. "/config", "[default]\ncredential_process = sh " .. folder .. "/tool.sh\n")
      env.AWS_CONFIG_FILE = folder .. "/config"
      return true
    end,
    ["a container"] = function(_, env, url)
      env.AWS_CONTAINER_CREDENTIALS_FULL_URI = url .. "/creds"
      env.AWS_CONTAINER_AUTHORIZATION_TOKEN = TOKEN
    end,
    ["a proxy"] = function(_, env)
      env.AWS_ACCESS_KEY_ID, env.AWS_SECRET_ACCESS_KEY, env.AWS_SESSION_TOKEN = KEY_ID, SECRET, TOKEN
      env.HTTPS_PROXY = "http://me:" .. SECRET:gsub("/", "x") .. "@127.0.0.1:1"
      env.AWS_ENDPOINT_URL = "https://aws.invalid"
      return true
    end,
  }

  for name, prepare in pairs(PLACES) do
    it("are in nothing that is said about " .. name, function()
      stage:stop()
      stage = simulator.start({ crooked = {
        credentials = { [KEY_ID] = { secret = SECRET, session_token = TOKEN } },
        rules = { { path = "^/creds", status = 200, type = "application/json", text = json.encode {
          AccessKeyId = KEY_ID, SecretAccessKey = SECRET, Token = TOKEN, Expiration = "2999-01-01T00:00:00Z" } } },
      } })
      stage.env.AWS_ACCESS_KEY_ID, stage.env.AWS_SECRET_ACCESS_KEY, stage.env.AWS_SESSION_TOKEN = "", "", ""
      stage.env.AWS_EC2_METADATA_DISABLED = "true"
      local fails = prepare(stage.folder, stage.env, stage.url)
      for _, command in ipairs({ "scan --yes --debug", "doctor", "config show --json", "status -vv" }) do
        local result = run(command)
        assert.is_nil(result.all:find(KEY_ID, 1, true), result.all)
        if command:find("scan") then assert.equal(not fails, result.code == 0, result.all) end
      end
      search_home()
      assert.is_nil(leak(process.read(stage.folder .. "/child.env") or ""))
    end)
  end

  it("are in no crash report", function()
    -- A workflow of the user's own that fails in a way nobody foresaw.
    os.execute("mkdir -p " .. stage.home .. "/.config/plumb/workflows")
    process.write(stage.home .. "/.config/plumb/workflows/scan.lua",
      "return function(plumb) plumb.account = nil; error({ plumb.session.credentials(), plumb.aws }) end")
    local result = run("scan --yes")
    assert.is_true(result.code > 0)
    search_home()
  end)
end)
