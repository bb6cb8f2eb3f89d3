-- What lies about in an environment and a home and makes other programs do something else: plumb heeds none of it.

local certificates = require("support.certificates")
local credential_stage = require("support.credential_stage")
local process = require("support.process")

describe("an environment", function()
  local stage

  before_each(function() stage = credential_stage.start() end)
  after_each(function() stage:stop() end)

  -- Guarded by CURLOPT_NETRC in http_set_up.c (whose own keys would go out with a request that is not signed), by
  -- package.path in engine.c, and by the proxies and certificates that transport.lua knows.
  it("of other programs changes nothing", function()
    process.write(stage.folder .. "/.netrc", "machine 127.0.0.1 login somebody password sesame\n")
    process.write(stage.folder .. "/.curlrc", "proxy = \"http://127.0.0.1:1\"\n")
    local container = stage:container()
    local nowhere = "/nowhere/at/all"
    assert.equal(credential_stage.HANDED_OUT, stage:identity({}, {
      AWS_CONTAINER_CREDENTIALS_FULL_URI = container.url .. "/c", CURL_HOME = stage.folder, CURL_CA_BUNDLE = nowhere,
      NETRC = stage.folder .. "/.netrc", SSL_CERT_FILE = nowhere, OPENSSL_CONF = nowhere, SQLITE_TMPDIR = nowhere,
      FTP_PROXY = "http://127.0.0.1:1", ALL_PROXY = "http://127.0.0.1:1", all_proxy = "http://127.0.0.1:1",
      LUA_INIT = "os.exit(99)", LUA_INIT_5_4 = "os.exit(99)", LUA_PATH = nowhere .. "/?.lua",
      LUA_CPATH = nowhere .. "/?.so", LUA_PATH_5_4 = nowhere .. "/?.lua",
    }))
    assert.equal(1, #container.asked)
    assert.is_nil(container.asked[1].headers.authorization)
  end)

  -- Guarded by harden in main.c: whoever has that file can read every connection that was recorded.
  it("cannot make it write down the keys of its connections", function()
    if not certificates.possible() then return pending("openssl is not installed") end
    local folder = stage.folder
    certificates.authority(folder, "ca")
    certificates.server(folder, { names = "DNS:localhost" })
    local server = process.start({ "sh", "-c", ("cd %s && exec openssl s_server -accept 127.0.0.1:0 -cert s.pem "
      .. "-key s.key -www"):format(process.quote(folder)) })
    local line = server.first
    while line and not line:find("^ACCEPT") do line = server.pipe:read("l") end
    local script = process.write(folder .. "/fetch.lua", [[
      local transport = require("plumb.transport")
      transport.configure({ ca_bundle = arg[2] })
      print(assert(transport.send({ method = "GET", scheme = "https", host = "localhost:" .. arg[1], path = "/",
        query = "", headers = {}, body = "" })).status)]])
    local result = stage:run({ credential_stage.BINARY, "run", script, line:match(":(%d+)$"), folder .. "/ca.pem" },
      { SSLKEYLOGFILE = folder .. "/keys" })
    server:stop()
    assert.equal("200\n", result.output)
    assert.is_false(process.exists(folder .. "/keys"))
  end)
end)
