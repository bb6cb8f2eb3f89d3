-- Requests to the services on this machine that hand out credentials. Their
-- addresses come from the environment, so a URL is taken apart and checked before
-- it is used, and plain http goes to local addresses only: what its host resolves to
-- is checked by the connection itself. Never through a proxy, no redirects.

local place = {}

local MOST_BYTES = 10000 -- of an answer; a real one is a tenth of that
local PATH = "^/[%w%-%._~%%!$&'()*+,;=:@/]*$"

local function is_host(host)
  if host:find("^%[[%x:%.]+%]$") then return true end
  return #host <= 253 and host:find("^%w[%w%.%-]*$") ~= nil and not host:find("..", 1, true)
end

---Takes a URL apart. What comes before the first slash is the host and nothing else.
---@param url string
---@return { scheme: string, host: string, path: string, query: string }|nil
---@return string? why  never holds the URL
function place.parse(url)
  if #url > 2048 then return nil, "is too long" end
  local scheme, authority, rest = url:match("^(%a+)://([^/?#\\]*)(.*)$")
  scheme = scheme and scheme:lower()
  if scheme ~= "http" and scheme ~= "https" then return nil, "is not an http or https URL" end
  if authority:find("@", 1, true) then return nil, "must not hold a user name" end
  local host, port = authority:match("^(%[[^%]]*%])(.*)$")
  if not host then host, port = authority:match("^([^:]*)(.*)$") end
  if not is_host(host) then return nil, "has no valid host" end
  local number = tonumber(port:match("^:(%d%d?%d?%d?%d?)$"))
  if port ~= "" and (not number or number < 1 or number > 65535) then return nil, "has no valid port" end
  local path, query = rest:match("^([^?]*)%??(.*)$")
  if path == "" then path = "/" end
  if not path:find(PATH) or query:find("[^%w%-%._~%%!$&'()*+,;=:@/?]") then
    return nil, "has a path that cannot be used"
  end
  return { scheme = scheme, host = host:lower() .. port, path = path, query = query }
end

---Sends a request there. Waits.
---@param tools plumb.aws.CredentialTools
---@param target { scheme: string, host: string, path: string, query: string }
---@param options { method: string?, headers: table?, timeout: number, anywhere: boolean? }  anywhere: the user has
---  allowed plain http to other hosts
---@return plumb.Response|nil
---@return plumb.Error? err  kind "connection"
function place.send(tools, target, options)
  return tools.send {
    method = options.method or "GET", scheme = target.scheme, host = target.host, path = target.path,
    query = target.query, headers = options.headers or {}, body = "", timeout = options.timeout,
    connect_timeout = options.timeout, max_body = MOST_BYTES, no_proxy = true, fresh = true,
    -- https proves whom it speaks to by its certificate.
    only_local = target.scheme == "http" and not options.anywhere,
  }
end

-- Why there was no answer, for a person.
local WORDS = {
  ConnectionRefused = "nobody listens there",
  NameNotResolved = "its name is not known",
  TlsFailed = "TLS failed",
  BodyTooLarge = "the answer is too large",
  AddressRefused = "its address is neither this machine's nor one where AWS hands out credentials",
}

---@param e plumb.Error
---@param seconds number  the time-out
---@return string
function place.why(e, seconds)
  if e.code == "Timeout" then return ("no answer in %.1f s"):format(seconds) end
  return WORDS[e.code] or "no usable answer"
end

return place
