-- AWS's own signing suite: 38 requests, signed by header and as a presigned query, stage by stage.

local conformance = require("support.conformance")
local files = require("plumb.files")
local json = require("plumb.json")
local signer = require("engine.sign")
local time = require("plumb.time")

local ROOT = (os.getenv("PLUMB_CONFORMANCE") or "../shared/conformance") .. "/sigv4-aws-c-auth/v4"
local EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

local function read(case, name)
  local text = assert(conformance.read("sigv4-aws-c-auth/v4/" .. case .. "/" .. name))
  return (text:gsub("\n$", ""))
end

-- "Name:value" lines as name -> list of values; a line that begins with white space goes on.
local function parse_headers(lines)
  local headers, current = {}, nil
  for line in (lines .. "\n"):gmatch("(.-)\n") do
    local name, value = line:match("^([^%s:]+):(.*)$")
    if name then
      current = name:lower()
      headers[current] = headers[current] or {}
      table.insert(headers[current], value)
    elseif line ~= "" then
      local values = headers[current]
      values[#values] = values[#values] .. "\n" .. line
    end
  end
  return headers
end

-- By hand: these requests hold raw blanks and UTF-8, which no HTTP parser would take.
local function parse_request(text)
  text = text:gsub("\r\n", "\n")
  local head, body = text:match("^(.-)\n\n(.*)$")
  head = head or text
  local line, rest = head:match("^([^\n]*)\n?(.*)$")
  local method, target = line:match("^(%S+) (.*) HTTP/1%.1$")
  local path, query = target:match("^([^?]*)%??(.*)$")
  return { method = method, path = path, query = query, headers = parse_headers(rest), body = body or "" }
end

local function options_of(context)
  return {
    access_key_id = context.credentials.access_key_id,
    secret = context.credentials.secret_access_key,
    session_token = context.credentials.token,
    region = context.region,
    service = context.service,
    time = time.parse(context.timestamp),
    keep_path = not context.normalize,
    token_unsigned = context.omit_session_token or false,
    sign_payload_hash = context.sign_body,
    payload_hash = not context.sign_body and EMPTY_HASH or nil,
  }
end

-- The parameters of a query as a sorted list.
local function parameters(query)
  local list = {}
  for piece in query:gmatch("[^&]+") do
    list[#list + 1] = piece:find("=") and piece or piece .. "="
  end
  table.sort(list)
  return list
end

local function check_stages(case, form, request, options)
  assert.equal(read(case, form .. "-canonical-request.txt"), signer.canonical_request(request, options))
  assert.equal(read(case, form .. "-string-to-sign.txt"), signer.string_to_sign(request, options))
  assert.equal(read(case, form .. "-signature.txt"), signer.signature(request, options))
end

local function check_header(case, request, options)
  check_stages(case, "header", request, options)
  local expected = parse_request(read(case, "header-signed-request.txt") .. "\n\n").headers
  local added = assert(signer.sign(request, options))
  assert.equal(expected.authorization[1], added.authorization)
  assert.equal(expected["x-amz-date"][1], added["x-amz-date"])
  assert.equal((expected["x-amz-security-token"] or {})[1], added["x-amz-security-token"])
  assert.equal((expected["x-amz-content-sha256"] or {})[1], added["x-amz-content-sha256"])
end

local function check_query(case, request, options)
  check_stages(case, "query", request, options)
  local expected = parse_request(read(case, "query-signed-request.txt") .. "\n\n")
  assert.same(parameters(expected.query), parameters(assert(signer.presign(request, options))))
end

describe("the SigV4 suite", function()
  local cases = files.list(ROOT)
  if not cases then
    pending("its data is not at " .. ROOT)
    return
  end
  for _, case in ipairs(cases) do
    it("signs " .. case .. " by header", function()
      local context = assert(json.decode(read(case, "context.json")))
      check_header(case, parse_request(read(case, "request.txt")), options_of(context))
    end)
    it("signs " .. case .. " as a query", function()
      local context = assert(json.decode(read(case, "context.json")))
      local options = options_of(context)
      options.presign_expires = context.expiration_in_seconds
      check_query(case, parse_request(read(case, "request.txt")), options)
    end)
  end
  it("is complete", function() assert.equal(38, #cases) end)
end)
