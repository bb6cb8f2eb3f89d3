-- Certificates: the right one is taken, every wrong one is refused before a byte of the request is sent. A throw-away
-- authority and `openssl s_server` on loopback; skipped where there is no openssl.

local process = require "tests.support.process"
local transport = require "plumb.transport"

-- Guarded by libcurl's defaults for peer and host, which http_set_up.c must not switch off, and by its
-- CURLOPT_SSLVERSION. `make` is the rest of an `openssl x509 -req` command line, `server` more of s_server's.
local SERVERS = {
  ["a good certificate"] = { make = "-days 1", names = "DNS:localhost", ok = true },
  ["one for another host"] = { make = "-days 1", names = "DNS:elsewhere.example.com" },
  ["one that has expired"] = { make = "-days -1", names = "DNS:localhost" },
  ["one of an authority that nobody knows"] = { make = "-days 1", names = "DNS:localhost", unknown = true },
  ["one that is not for servers"] = { make = "-days 1", names = "DNS:localhost", usage = "clientAuth" },
  ["TLS 1.1 and nothing newer"] = { make = "-days 1", names = "DNS:localhost",
    server = "-tls1_1 -cipher DEFAULT@SECLEVEL=0" },
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

  local function openssl(arguments)
    return process.run({ "sh", "-c", "cd " .. process.quote(folder) .. " && openssl " .. arguments })
  end

  local function make_authority(name)
    assert.equal(0, openssl(("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=%s -keyout %s.key -out %s.pem")
      :format(name, name, name)).code)
  end

  local function make_certificate(row)
    local authority = row.unknown and "other" or "ca"
    if not process.exists(folder .. "/" .. authority .. ".pem") then make_authority(authority) end
    process.write(folder .. "/ext", ("subjectAltName=%s\nextendedKeyUsage=%s\n"):format(row.names,
      row.usage or "serverAuth"))
    assert.equal(0, openssl("req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout s.key -out s.csr").code)
    local result = openssl(("x509 -req -in s.csr -CA %s.pem -CAkey %s.key -CAcreateserial -extfile ext %s -out s.pem")
      :format(authority, authority, row.make))
    assert.equal(0, result.code, result.all)
  end

  -- Its port; it prints where it listens and what it was sent.
  local function serve(row)
    local command = "cd %s && exec openssl s_server -accept 127.0.0.1:0 -cert s.pem -key s.key -www %s"
    server = process.start({ "sh", "-c", command:format(process.quote(folder), row.server or "") })
    local line = server.first
    while line and not line:find("^ACCEPT") do line = server.pipe:read("l") end
    return assert(line:match(":(%d+)$"), line)
  end

  for name, row in pairs(SERVERS) do
    it(name .. (row.ok and " is answered" or " is refused"), function()
      if not process.has_program("openssl") then return pending("openssl is not installed") end
      if not process.exists(folder .. "/ca.pem") then make_authority("ca") end
      make_certificate(row)
      transport.configure { ca_bundle = folder .. "/ca.pem" }
      local response, e = transport.send { method = "GET", scheme = "https", host = "localhost:" .. serve(row),
        path = "/", query = "", headers = {}, body = "", fresh = true, timeout = 20 }
      if row.ok then
        assert.equal(200, assert(response).status)
      else
        assert.is_nil(response)
        assert.same({ "TlsFailed", "no" }, { e.code, e.executed })
      end
    end)
  end
end)
