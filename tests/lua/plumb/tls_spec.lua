-- Certificates: the right one is taken, every wrong one is refused before a byte of the request is sent. A throw-away
-- authority and `openssl s_server` on loopback; skipped where there is no openssl.

local certificates = require "tests.support.certificates"
local process = require "tests.support.process"
local transport = require "plumb.transport"

local NAME = "DNS:localhost"
local WEAK = "-cipher DEFAULT@SECLEVEL=0" -- lets the server itself use what the client has to refuse

-- Guarded by libcurl's defaults for peer and host, which http_set_up.c must not switch off, by its
-- CURLOPT_SSLVERSION, and by tls.c for the name. `server` is more of s_server's command line.
local SERVERS = {
  ["a good certificate"] = { names = NAME, ok = true },
  ["one for its address"] = { names = "IP:127.0.0.1", host = "127.0.0.1", ok = true },
  ["one for another host"] = { names = "DNS:elsewhere.example.com", common_name = "localhost" },
  ["one that names the host as its subject only"] = { common_name = "localhost" },
  ["one that names the host as its subject and as a mail address"] = { common_name = "localhost",
    names = "email:root@localhost" },
  ["one that has expired"] = { names = NAME, days = -1 },
  ["one that is not valid yet"] = { names = NAME, days = 30, made = "+60d" },
  ["one of an authority that nobody knows"] = { names = NAME, authority = "other" },
  ["one that it signed itself"] = { names = NAME, authority = false },
  ["one that is not for servers"] = { names = NAME, usage = "clientAuth" },
  ["one signed with SHA-1"] = { names = NAME, digest = "-sha1", server = WEAK },
  ["one with a short key"] = { names = NAME, key = "-newkey rsa:1024 -nodes", server = WEAK },
  ["TLS 1.1 and nothing newer"] = { names = NAME, server = "-tls1_1 " .. WEAK },
}

describe("a server with", function()
  local folder, server

  setup(function() folder = process.folder() end)
  teardown(function()
    process.remove(folder)
    transport.configure {}
  end)
  after_each(function()
    if server then server:stop() end
    server = nil
  end)

  local function make_certificate(row)
    for _, authority in ipairs { "ca", row.authority or nil } do
      if not process.exists(folder .. "/" .. authority .. ".pem") then certificates.authority(folder, authority) end
    end
    certificates.server(folder, row)
  end

  -- Its port; it prints where it listens and what it was sent.
  local function serve(row)
    local command = "cd %s && exec openssl s_server -accept 127.0.0.1:0 -cert s.pem -key s.key -www %s"
    server = process.start({ "sh", "-c", command:format(process.quote(folder), row.server or "") })
    local line = server.first
    while line and not line:find("^ACCEPT") do line = server.pipe:read("l") end
    return assert(line:match(":(%d+)$"), line)
  end

  -- Guarded by the first cases of plumb_http_sent: a change that never left may be sent again.
  it("no patience goes away in the handshake, wherever, and has executed nothing", function()
    if not certificates.possible() then return pending("openssl is not installed") end
    make_certificate { names = NAME }
    transport.configure { ca_bundle = folder .. "/ca.pem" }
    server = process.start { "python3", "tests/support/cut_handshake.py", folder .. "/s.pem", folder .. "/s.key", "60" }
    local cut = 0
    while true do
      local response, e = transport.send { method = "POST", scheme = "https", host = "localhost:" .. server.first,
        path = "/", query = "", headers = {}, body = "a change", fresh = true, timeout = 20 }
      if response then
        assert.equal("well", response.body)
        break
      end
      assert.equal("no", e.executed, e.code)
      assert.is_true(e.code == "TlsFailed" or e.code == "ConnectionLost", e.code)
      cut = cut + 1
      assert.is_true(cut < 200)
    end
    assert.is_true(cut >= 10)
  end)

  for name, row in pairs(SERVERS) do
    it(name .. (row.ok and " is answered" or " is refused"), function()
      if not certificates.possible() then return pending("openssl is not installed") end
      if row.made and not process.has_program("faketime") then return pending("faketime is not installed") end
      make_certificate(row)
      transport.configure { ca_bundle = folder .. "/ca.pem" }
      local response, e = transport.send { method = "GET", scheme = "https",
        host = (row.host or "localhost") .. ":" .. serve(row),
        path = "/", query = "", headers = {}, body = "", fresh = true, timeout = 20 }
      if row.ok then
        assert.equal(200, assert(response, e).status)
      else
        assert.is_nil(response and response.status)
        assert.same({ "TlsFailed", "no" }, { e.code, e.executed })
      end
    end)
  end
end)
