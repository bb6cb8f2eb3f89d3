local err = require "plumb.err"
local local_service = require "tests.support.local_service"
local profiles = require "tests.support.profiles"
local task = require "plumb.task"
local transport = require "plumb.transport"

local GOOD = '{"AccessKeyId":"AKIACONTAINER","SecretAccessKey":"HUSH","Token":"HUSHTOKEN",'
  .. '"Expiration":"2999-01-01T00:00:00Z","RoleArn":"arn:aws:iam::1:role/x"}'
local RELATIVE, FULL = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"
local TOKEN, TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"

describe("container credentials", function()
  local service
  local slept = {}

  local function start(answers) service = local_service.start(answers) end

  local function ask(env, replace)
    local tools = { send = transport.send, container_host = service and service.host,
      sleep = function(seconds) slept[#slept + 1] = seconds end, read = require("plumb.files").read }
    for name, value in pairs(replace or {}) do tools[name] = value end
    return profiles.try("container", { env = env }, tools)
  end

  after_each(function()
    if service then service.close() end
    service, slept = nil, {}
  end)

  it("are asked for only where a variable says so", function()
    local found, reason = ask({}, { send = false })
    assert.is_nil(found)
    assert.equal("AWS_CONTAINER_CREDENTIALS_* are not set", reason)
  end)

  it("come from a relative address", function()
    start { ["GET /v2/credentials/abc"] = GOOD }
    local found = assert(ask { [RELATIVE] = "/v2/credentials/abc?id=7", [FULL] = "http://127.0.0.1:1/other" })
    assert.equal("AKIACONTAINER", found.access_key_id)
    assert.equal(32472144000, found.expires_at)
    assert.equal("id=7", service.asked[1].query)
    assert.is_nil(service.asked[1].headers.authorization)
  end)

  it("come from a full address, by number or by name", function()
    start { ["GET /creds"] = GOOD }
    for _, host in ipairs { "127.0.0.1", "localhost" } do
      assert(ask { [FULL] = ("http://%s:%s/creds"):format(host, service.host:match("%d+$")) })
    end
  end)

  it("are asked for with the token, the file's before the variable's, read anew each time", function()
    start { ["GET /c"] = GOOD }
    local path = os.tmpname()
    for _, token in ipairs { "one", "two" } do
      assert(require("plumb.files").write_atomic(path, token))
      assert(ask { [RELATIVE] = "/c", [TOKEN] = "variable", [TOKEN_FILE] = path })
    end
    os.remove(path)
    assert(ask { [RELATIVE] = "/c", [TOKEN] = "Bearer variable" })
    local seen = {}
    for i, request in ipairs(service.asked) do seen[i] = request.headers.authorization end
    assert.same({ "one", "two", "Bearer variable" }, seen)
  end)

  it("are asked for three times with a pause", function()
    start { ["GET /c"] = function(_, n) return n < 3 and { status = 500, body = "HUSH" } or GOOD end }
    assert(ask { [RELATIVE] = "/c" })
    assert.same({ 1, 1 }, slept)
    service.close()
    slept = {}
    start { ["GET /c"] = { status = 503, body = "HUSH" } }
    local found, e = ask { [RELATIVE] = "/c" }
    profiles.refused("ContainerCredentialsFailed", found, e, { "HUSH" })
    assert.equal(3, #service.asked)
  end)

  it("wait no longer than two seconds each time", function()
    local timeouts = {}
    ask({ [RELATIVE] = "/c" }, { container_host = "127.0.0.1:1", send = function(request)
      timeouts[#timeouts + 1] = request.timeout
      return nil, err.new { code = "Timeout", kind = "connection" }
    end })
    assert.same({ 2, 2, 2 }, timeouts)
  end)

  it("are asked for in a run that may change nothing", function()
    start { ["GET /c"] = GOOD }
    assert(ask { [RELATIVE] = "/c" })
    assert.equal("GET", service.asked[1].method)
  end)

  -- Guards no_proxy and only_local in place.lua; only an address on loopback can be tried here.
  it("never go through a proxy and stay on this machine", function()
    local sent
    ask({ [RELATIVE] = "/c" }, { container_host = "169.254.170.2", send = function(request)
      sent = request
      return nil, err.new { code = "TlsFailed", kind = "connection" }
    end })
    assert.is_true(sent.no_proxy and sent.only_local and sent.fresh)
    assert.equal("http://169.254.170.2/c", sent.scheme .. "://" .. sent.host .. sent.path)
    ask({ [FULL] = "https://agent.example.com/c" }, { send = function(request)
      sent = request
      return nil, err.new { code = "TlsFailed", kind = "connection" }
    end })
    assert.is_true(sent.no_proxy)
    assert.is_false(sent.only_local)
  end)

  it("are not fetched from where a redirect leads", function()
    start { ["GET /c"] = { status = 302, headers = { location = "/elsewhere" }, body = "" }, ["GET /elsewhere"] = GOOD }
    profiles.refused("ContainerCredentialsFailed", ask { [RELATIVE] = "/c" })
    assert.same({ "GET /c" }, local_service.keys(service))
  end)

  describe("refuse an address such as", function()
    local BAD = {
      [RELATIVE] = { "@evil.example/", ".evil.example/x", ":80@evil.example/", "//evil.example/x", "/\\evil.example",
        "evil", "http://evil.example/", "/a b", "/a\r\nX: y", "/a#b", "/\0" },
      [FULL] = { "ftp://127.0.0.1/x", "127.0.0.1/x", "http://", "http:///x", "http://user@127.0.0.1/x",
        "http://127.0.0.1@evil.example/", "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://127.0.0.1:x/",
        "http://a..b/", "http://-a/", "http://127.0.0.1\\@evil.example/", "http://127.0.0.1/\r\nX: y", "http://[::1/x",
        "http://" .. ("a"):rep(300) .. "/", "http://h/" .. ("a"):rep(3000), "file:///etc/passwd" },
    }
    for variable, addresses in pairs(BAD) do
      for _, address in ipairs(addresses) do
        it(("%s=%q"):format(variable:match("%u+_URI"), address:sub(1, 40)), function()
          local found, e = ask({ [variable] = address }, { container_host = "127.0.0.1:1",
            send = function() error("nothing may be sent") end })
          profiles.refused("BadContainerAddress", found, e, { "evil.example", "passwd" })
        end)
      end
    end
  end)

  -- Guards CURLOPT_OPENSOCKETFUNCTION: the addresses are looked at when they are about to be connected to.
  it("refuse hosts that are not this machine, by number at once and by name once resolved", function()
    for _, host in ipairs { "192.0.2.1", "10.0.0.1", "169.254.0.1", "[2001:db8::1]", "0.0.0.0", "3221225985" } do
      local found, e = ask { [FULL] = "http://" .. host .. "/c" }
      profiles.refused("ContainerCredentialsFailed", found, e)
      assert.truthy(e.message:find("its address is neither", 1, true), e.message)
    end
    assert.same({}, slept)
  end)

  it("refuse tokens that would be more than one header, and files that hold none", function()
    local path = os.tmpname()
    local function refused(env)
      local found, e = ask(env, { container_host = "127.0.0.1:1", send = function() error("nothing may be sent") end })
      profiles.refused("BadContainerToken", found, e, { "HUSH" })
    end
    for _, token in ipairs { "HUSH\r\nX: y", "HUSH\n", "HUSH\r", "HUSH\0", "HUSHé", ("HUSH"):rep(5000) } do
      assert(require("plumb.files").write_atomic(path, token))
      refused { [RELATIVE] = "/c", [TOKEN_FILE] = path }
      if not token:find("\0") then refused { [RELATIVE] = "/c", [TOKEN] = token } end
    end
    assert(require("plumb.files").write_atomic(path, ""))
    refused { [RELATIVE] = "/c", [TOKEN_FILE] = path, [TOKEN] = "fallback" }
    os.remove(path)
    refused { [RELATIVE] = "/c", [TOKEN_FILE] = path, [TOKEN] = "fallback" }
  end)

  -- What the service may answer wrongly, and how often it is asked then.
  local ANSWERS = {
    ["forbidden"] = { { status = 403, body = "HUSH" }, 1 },
    ["HTML"] = { "<html>HUSH</html>", 3 },
    ["nothing"] = { "", 3 },
    ["no keys"] = { '{"Message":"HUSH"}', 3 },
    ["too much"] = { ("HUSH"):rep(5000), 1 },
    ["half of it"] = { { status = 200, body = GOOD, fault = "short" }, 3 },
    ["a closed connection"] = { { status = 200, body = GOOD, fault = "reset" }, 3 },
    ["a key that is a header"] = { GOOD:gsub("AKIACONTAINER", [[A\r\nHUSH: x]]), 3 },
    ["a date that is none"] = { GOOD:gsub("2999%-01%-01T", "HUSH"), 3 },
  }
  for name, case in pairs(ANSWERS) do
    it("refuse an answer that is " .. name, function()
      start { ["GET /c"] = type(case[1]) == "string" and { status = 200, body = case[1] } or case[1] }
      local found, e = ask { [RELATIVE] = "/c" }
      profiles.refused("ContainerCredentialsFailed", found, e, { "HUSH" })
      assert.equal(case[2] or 3, #service.asked)
    end)
  end

  it("do not keep others waiting", function()
    local release
    start { ["GET /c"] = function()
      while not release do task.sleep(0.001) end
      return GOOD
    end }
    local asking = task.spawn(function() return assert(ask { [RELATIVE] = "/c" }) end)
    while #service.asked == 0 do task.sleep(0.001) end
    release = true
    assert.equal("AKIACONTAINER", task.join(asking).access_key_id)
  end)
end)
