-- What --debug shows of the wire: one block for each request and one line for its answer. Everything is
-- shown by allow-list: a header or a body that nobody has thought about is named and not printed, so a new
-- secret somewhere cannot leak here. Bodies of answers are never printed.

local printable = require "plumb.cli.printable"
local secret = require "plumb.secret"

local trace = {}

local LONGEST_BODY = 4096 -- bytes shown

local HEADERS = {
  ["accept"] = true, ["amz-sdk-request"] = true, ["content-encoding"] = true, ["content-length"] = true,
  ["content-type"] = true, ["host"] = true, ["user-agent"] = true, ["x-amz-date"] = true, ["x-amz-target"] = true,
  ["x-amzn-query-mode"] = true,
}

-- Requests whose query and body hold nothing that is secret; an operation has to match the pattern.
local BODIES = { wellarchitected = "", ssm = "OpsItem", sqs = "^ReceiveMessage$" }

---@class plumb.aws.Trace
---@field sent fun(plan: table, request: plumb.Request, attempt: integer): any  the ticket for answered
---@field answered fun(ticket: any, response: plumb.Response?, lost: plumb.Error?)

local function shows_content(plan)
  local pattern = BODIES[plan.service.name]
  return pattern ~= nil and plan.operation:find(pattern) ~= nil
end

---An access key id as people may see it: enough to tell keys apart.
---@param id string
---@param dots string
---@return string
function trace.short_id(id, dots)
  return #id > 8 and id:sub(1, 4) .. dots .. id:sub(-4) or dots
end

local function authorization(value, dots)
  local algorithm, id, scope = value:match("^(%S+) Credential=([^/]+)/([^,]+),")
  if not algorithm then return secret.redacted(value) end
  return ("%s Credential=%s/%s, Signature=[redacted]"):format(algorithm, trace.short_id(id, dots), scope)
end

local function header_lines(request, dots)
  local names, lines = {}, {}
  for name in pairs(request.headers) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local value = request.headers[name]
    if name == "authorization" and type(value) == "string" then
      value = authorization(value, dots)
    elseif not HEADERS[name] or type(value) ~= "string" then
      value = secret.redacted(value)
    end
    lines[i] = ("    %s: %s\n"):format(name, value)
  end
  return table.concat(lines)
end

local function target(plan, request)
  local text = ("%s://%s%s"):format(request.scheme, request.host, request.path)
  if request.query == "" then return text end
  return text .. "?" .. (shows_content(plan) and request.query or secret.redacted(request.query))
end

local function body(plan, request)
  local text = request.body
  if text == "" then return "" end
  if not shows_content(plan) or request.headers["content-encoding"] then
    return ("    %s\n"):format(secret.redacted(text))
  end
  local rest = #text - LONGEST_BODY
  return rest > 0 and ("    %s (and %d bytes more)\n"):format(text:sub(1, LONGEST_BODY), rest)
    or ("    %s\n"):format(text)
end

-- 1204 -> "1,204"
local function grouped(n)
  local text = ("%d"):format(n)
  repeat
    local before = text
    text = text:gsub("^(%d+)(%d%d%d)", "%1,%2")
  until text == before
  return text
end

---Makes what a client calls around each request.
---@param options { write: fun(text: string), ascii?: boolean }
---@return plumb.aws.Trace
function trace.new(options)
  local out, back, dots = "→", "←", "…"
  if options.ascii then out, back, dots = "->", "<-", "..." end
  local count = 0

  -- Masked as a whole: allow-lists say what may be shown, this what may not be anywhere.
  local function write(text) options.write(printable.lines(secret.mask(text))) end

  local function sent(plan, request, attempt)
    count = count + 1
    write(("%s %s %s   #%d %s.%s attempt %d\n%s%s"):format(out, request.method, target(plan, request), count,
      plan.service.name, plan.operation, attempt, header_lines(request, dots), body(plan, request)))
    return count
  end

  local function answered(number, response, lost)
    if not response then
      return write(("%s #%d %s: %s\n"):format(back, number, lost.code, lost.message))
    end
    local headers = response.headers
    local id = headers["x-amzn-requestid"] or headers["x-amz-request-id"] or headers["x-amzn-request-id"]
    write(("%s #%d %d in %.0f ms%s   %s bytes\n"):format(back, number, response.status, response.ms or 0,
      id and "   request id " .. id or "", grouped(#response.body)))
  end

  return { sent = sent, answered = answered }
end

return trace
