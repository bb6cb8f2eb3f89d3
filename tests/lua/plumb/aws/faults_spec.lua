-- What AWS, or something between, answers when it should not: one row for each fault, through whole calls and whole
-- listings. "Guarded by" names the line whose removal makes a row fail. The state that such a fault may leave behind is
-- a matter of tests/e2e; faults of lengths, heads, time and proxies are in tests/c/test_http_faults.c.

local aws = require "plumb.aws"
local aws_client = require "tests.support.aws_client"
local credentials = require "plumb.aws.credentials"
local err = require "plumb.err"
local json = require "plumb.json"
local protocol = require "plumb.aws.protocol"
local secret = require "plumb.secret"
local task = require "plumb.task"
local virtual_time = require "tests.support.virtual_time"
local wellarchitected = require "plumb.aws.service.wellarchitected"

local response, failure = aws_client.response, aws_client.failure

local ITEM = { Title = "t", Description = "d", Source = "Well-Architected" }
local CREATED = response(200, '{"OpsItemId":"oi-0123456789ab"}')

local function summary(name)
  return ('{"WorkloadId":"%s","WorkloadName":"%s"}'):format(("0"):rep(32), name)
end

local function page(names, token)
  local list = {}
  for i, name in ipairs(names) do list[i] = summary(name) end
  return response(200, ('{"WorkloadSummaries":[%s]%s}'):format(table.concat(list, ","),
    token and (',"NextToken":"%s"'):format(token) or ""))
end

local function names_of(items)
  local names = {}
  for i, item in ipairs(items) do names[i] = item.WorkloadName end
  return names
end

-- Listings: what comes of them, and how many requests it took. `names` nil: an error with that code.
local LISTINGS = {
  -- Guarded by is_empty in pages.lua being about the token and not about the items.
  ["an empty page with a token goes on"] = { { page({}, "1"), page({ "a" }) }, names = { "a" } },
  -- Guarded by `seen` in pages.lua; without it the listing never ends.
  ["the same token for ever is an error"] = { { again = page({ "a" }, "1") }, code = "PageLoop", requests = 2 },
  ["a token that comes back later is an error"] = {
    { page({ "a" }, "1"), page({ "b" }, "2"), page({ "c" }, "1") }, code = "PageLoop", requests = 3 },
  -- Guarded by `return nil, e` in pages.all.
  ["a second page that is refused is an error"] = { { page({ "a" }, "1"), failure(400, "ValidationException") },
    code = "ValidationException" },
  ["a second page that never comes is an error"] = { { page({ "a" }, "1"),
    again = err.new { kind = "connection", code = "ConnectionLost", message = "gone", executed = "maybe" } },
    code = "ConnectionLost", requests = 4 },
  ["a second page that makes no sense is an error"] = { { page({ "a" }, "1"), again = response(200, "<html>") },
    code = "BadResponse", requests = 4 },
  ["a page that fails once is asked for again, by the same token"] = {
    { page({ "a" }, "1"), failure(500, "InternalServerException"), page({ "b" }) }, names = { "a", "b" } },
  ["items of a page that comes twice are all there"] = { { page({ "a" }, "1"), page({ "a", "b" }) },
    names = { "a", "a", "b" } },
  ["a list that is null is empty"] = { { response(200, '{"WorkloadSummaries":null}') }, names = {} },
}

describe("a listing in which", function()
  after_each(aws_client.restore)

  for name, row in pairs(LISTINGS) do
    it(name, function()
      local client, log = aws_client.new(row[1])
      local items, e = client.wellarchitected:all("ListWorkloads")
      if row.names then
        assert.same(row.names, names_of(assert(items)))
      else
        assert.is_nil(items)
        assert.equal(row.code, e.code)
        -- The iterator raises, so that a loop cannot take the beginning for all of it.
        client = aws_client.new(row[1])
        local ok, raised = pcall(function()
          for _ in client.wellarchitected:each("ListWorkloads") do end
        end)
        assert.is_false(ok)
        assert.equal(row.code, raised.code)
      end
      if row.requests then assert.equal(row.requests, #log.sent) end
    end)
  end

  -- Guarded by MOST_PAGES in pages.lua.
  it("ten thousand pages have new tokens without end is given up", function()
    local n = 0
    local client = aws_client.new(function()
      n = n + 1
      return response(200, ('{"WorkloadSummaries":[],"NextToken":"%d"}'):format(n))
    end)
    local items, e = client.wellarchitected:all("ListWorkloads")
    assert.is_nil(items)
    assert.equal("TooManyPages", e.code)
    assert.equal(10000, n)
  end)
end)

-- Answers to a create. `executed`: what is known of it; `again`: whether it is sent again by itself.
local ANSWERS = {
  ["a 500"] = { failure(500, "InternalServerError"), "maybe" },
  ["a 503 without a body"] = { response(503, ""), "maybe" },
  ["a 200 without a body"] = { response(200, ""), "maybe" },
  ["a 200 with an error in it"] = { response(200, '{"__type":"InternalServerError","message":"oh"}'), "yes",
    output = true }, -- it parses; OpsItemId is what a caller has to look for
  ["a 200 with a web page"] = { response(200, "<html>hello</html>", { ["content-type"] = "text/html" }), "maybe" },
  ["a 403 with a web page"] = { response(403, "<html>no</html>", { ["content-type"] = "text/html" }), "maybe" },
  ["XML where JSON is due"] = { response(400, "<ErrorResponse><Error><Code>X</Code></Error></ErrorResponse>"),
    "maybe" },
  ["a redirect"] = { response(307, "", { location = "https://elsewhere.example.com/" }), "maybe" },
  ["a 429 without a body"] = { response(429, ""), "maybe" },
  ["a 429"] = { failure(429, "ThrottlingException"), "no", again = true },
  ["a type with namespace and URL"] = { response(400,
    '{"__type":"com.amazon.ssm#OpsItemInvalidParameterException:http://x/"}'), "no",
    code = "OpsItemInvalidParameterException" },
  ["an error in the header only"] = { response(400, "", { ["x-amzn-errortype"] = "OpsItemAccessDeniedException:" }),
    "no", code = "OpsItemAccessDeniedException" },
  ["a quota used up"] = { failure(400, "OpsItemLimitExceededException"), "no" },
  ["a quota of the account used up"] = { failure(402, "ServiceQuotaExceededException"), "no" },
  ["no permission"] = { failure(400, "AccessDeniedException"), "no" },
  ["somebody else's change"] = { failure(409, "ConflictException"), "no" },
  ["a body over the limit"] = { err.new { kind = "connection", code = "BodyTooLarge", message = "big",
    executed = "maybe" }, "maybe" },
}

describe("a create that is answered with", function()
  after_each(aws_client.restore)

  -- Guarded by outcome.classify and by `once` in retry.decide.
  for name, row in pairs(ANSWERS) do
    it(name .. (row.again and " is sent again" or " is not sent again"), function()
      local client, log = aws_client.new { row[1], CREATED }
      local output, e = client.ssm:CreateOpsItem(ITEM, { fresh = true })
      assert.equal(row.again and 2 or 1, #log.sent)
      if row.again then return assert.equal("oi-0123456789ab", output.OpsItemId) end
      if row.output then return assert.is_nil(output.OpsItemId) end
      assert.is_nil(output)
      assert.equal(row[2], e.executed)
      if row.code then assert.equal(row.code, e.code) end
    end)
  end
end)

-- Guarded by json_reader's mismatch and by engine.json's scan: nothing that is broken reads as an answer.
describe("a body", function()
  local WHOLE = '{"NextToken":"n","WorkloadSummaries":[' .. summary("a") .. "]}"

  local function parse(body)
    return protocol.parse(wellarchitected, "ListWorkloads", response(200, body))
  end

  it("cut off at any byte is no answer", function()
    assert(parse(WHOLE))
    for n = 0, #WHOLE - 1 do
      local output, e = parse(WHOLE:sub(1, n))
      assert.is_nil(output, WHOLE:sub(1, n))
      assert.equal("garbage", e.kind)
    end
  end)

  it("may begin with white space, and with nothing else", function()
    assert(parse(" \r\n\t" .. WHOLE))
    for _, before in ipairs { "\239\187\191", "\0", "x", "," } do
      assert.is_nil((parse(before .. WHOLE)), ("%q"):format(before))
    end
  end)

  local WRONG = { "7", '"text"', "true", "[]", "{}" }
  for member, right in pairs { WorkloadSummaries = "[]", NextToken = '"text"' } do
    it(("with something else for %s is no answer"):format(member), function()
      for _, value in ipairs(WRONG) do
        local output, e = parse(('{"%s":%s}'):format(member, value))
        local scalar_as_text = member == "NextToken" and not value:find("[%[{]")
        if value == right or scalar_as_text then
          assert.is_table(output)
        else
          assert.is_nil(output, value)
          assert.equal("garbage", e.kind)
        end
      end
      assert.is_table((parse(('{"%s":null}'):format(member))))
    end)
  end

  for name, body in pairs {
    ["is too deep"] = ("["):rep(100000), ["is deep and closed"] = '{"x":' .. ("["):rep(500) .. ("]"):rep(500) .. "}",
    ["has NaN in it"] = '{"x":NaN}', ["has bare words"] = "{x:1}", ["has two documents"] = "{}{}",
    ["is not UTF-8"] = '{"NextToken":"\255\254"}', ["has half a pair"] = '{"NextToken":"\\ud800"}',
    ["has a control byte in a text"] = '{"NextToken":"a\1b"}', ["has a NUL"] = '{"NextToken":"a\0b"}',
  } do
    it("that " .. name .. " is no answer", function()
      local output, e = parse(body)
      assert.is_nil(output)
      assert.equal("garbage", e.kind)
      assert.is_true(#e.message < 400)
    end)
  end

  it("with a huge text or very many members is read in one go", function()
    local output = assert(parse('{"NextToken":"' .. ("x"):rep(4 << 20) .. '"}'))
    assert.equal(4 << 20, #output.NextToken)
    local members = {}
    for i = 1, 50000 do members[i] = ('"m%d":%d'):format(i, i) end
    assert(parse("{" .. table.concat(members, ",") .. "}"))
  end)
end)

describe("credentials that expire in the middle", function()
  after_each(aws_client.restore)

  -- A provider whose keys AWS calls expired from the nth request on, until they are renewed.
  local function expiring(nth, answer)
    local made, sent = 0, {}
    local provider = { name = "spec", try = function()
      made = made + 1
      return { access_key_id = "AKIDEXPIRING" .. made, secret = secret.new("spec/Expiring/Wc7uYtR2qLz0pXbN" .. made),
        expires_at = aws_client.NOW + 36000, source = "spec" }
    end }
    local client = aws_client.new(function(request, n)
      sent[n] = request
      for _ = 1, n do task.sleep(0) end -- the others send theirs meanwhile, and each has its answer later
      local first = request.headers.authorization:find("AKIDEXPIRING1/", 1, true)
      if first and n >= nth then return failure(400, "ExpiredTokenException") end
      return answer(request)
    end, { credentials = credentials.source({ env = function() end }, { provider }) })
    return client, sent, function() return made end
  end

  -- Guarded by `expired` in call.lua; without it the listing ends with the error.
  it("are renewed once, and the listing goes on at the same page", function()
    local client, sent, made = expiring(2, function(request)
      local token = json.decode(request.body).NextToken
      if not token then return page({ "a" }, "1") end
      return token == "1" and page({ "b" }, "2") or page({ "c" })
    end)
    assert.same({ "a", "b", "c" }, names_of(assert(client.wellarchitected:all("ListWorkloads"))))
    assert.equal(2, made())
    local tokens = {}
    for i, request in ipairs(sent) do tokens[i] = json.decode(request.body).NextToken or "" end
    assert.same({ "", "1", "1", "2" }, tokens)
  end)

  -- Guarded by handing the refused keys to client.credentials: with a mere "renew" each task renews.
  it("are renewed once for all tasks that meet it", function()
    local client, _, made = expiring(1, function() return response(200, '{"OpsItem":{}}') end)
    local list = {}
    for i = 1, 20 do list[i] = i end
    task.map(list, function() assert(client.ssm:GetOpsItem { OpsItemId = "oi-0123456789ab" }) end, { limit = 8 })
    assert.equal(2, made())
  end)
end)

describe("an outage", function()
  after_each(function()
    virtual_time.stop()
    aws_client.restore()
  end)

  local function lost() return nil, err.new { kind = "connection", code = "ConnectionLost", message = "gone",
    executed = "maybe" } end

  local function client_of(send)
    return aws.new { region = "eu-west-1", credentials = function() return aws_client.KEYS end, send = send,
      random = function() return 0.5 end }
  end

  local function read(client, count)
    local list, done = {}, 0
    for i = 1, count do list[i] = i end
    task.map(list, function()
      if client.ssm:GetOpsItem { OpsItemId = "oi-0123456789ab" } then done = done + 1 end
    end, { limit = 10 })
    return done
  end

  it("of ten connections at once costs one repeat each and nothing else", function()
    virtual_time.start()
    local sent = 0
    local client = client_of(function()
      sent = sent + 1
      if sent <= 10 then return lost() end
      return response(200, '{"OpsItem":{}}')
    end)
    assert.equal(100, read(client, 100))
    assert.equal(110, sent)
  end)

  -- Guarded by the token bucket in retry.decide.
  it("is not answered with a storm, and what comes after it works again", function()
    virtual_time.start()
    local sent, down = 0, true
    local client = client_of(function()
      sent = sent + 1
      if down then return failure(503, "ServiceUnavailableException") end
      return response(200, '{"OpsItem":{}}')
    end)
    assert.equal(0, read(client, 500))
    assert.is_true(sent <= 500 + 36, sent)
    down = false
    assert.equal(100, read(client, 100))
  end)
end)
