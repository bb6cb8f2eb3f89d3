local catalogue = require("plumb.problem.catalogue")
local err = require("plumb.err")
local problem = require("plumb.problem")

describe("a problem", function()
  it("cuts a value that nobody could read, and no secret in two", function()
    local token = ("t0k3n"):rep(300)
    require("plumb.secret").hide(token, "***")
    local p = problem.new({ id = "E202", what = "no " .. ("ä"):rep(50000) .. " here", because = "x" .. token })
    for _, text in ipairs({ problem.render(p), problem.json(p) }) do
      assert.is_true(#text < 3000)
      assert.truthy(text:find("ä… (100000 bytes) here", 1, true))
      assert.truthy(text:find("x***", 1, true))
      assert.is_nil(text:find("t0k3n", 1, true))
      assert.is_truthy(utf8.len(text))
    end
  end)

  -- A hook may raise a name that it cut in the middle of a character.
  it("is text that every program can read, whatever somebody said", function()
    local p = problem.new({ id = "E411", what = "it failed", because = "no Z\xc3" })
    assert.equal("no Z\\xc3", p.because)
  end)

  it("is shown as what, where, because, tried, fix, whatever order it was made in", function()
    local text = problem.render(problem.new({
      fix = "do that", id = "E402", because = "of this", what = "unknown policy field 'titel'",
      tried = "nothing", where = "policy.lua:4    titel = 1\n                ^^^^^",
    }))
    assert.equal(table.concat({
      "error: unknown policy field 'titel'" .. (" "):rep(42) .. "[E402]",
      "  where    policy.lua:4    titel = 1",
      "                           ^^^^^",
      "  because  of this",
      "  tried    nothing",
      "  fix      do that",
      "",
    }, "\n"), text)
  end)

  it("leaves out what it does not have", function()
    assert.equal("error: x" .. (" "):rep(69) .. "[E101]\n  fix      y\n",
      problem.render(problem.new({ id = "E101", what = "x", fix = "y" })))
  end)

  it("keeps the id apart from a long headline", function()
    local text = problem.render(problem.new({ id = "E101", what = ("w"):rep(90) }))
    assert.truthy(text:find("w  [E101]\n", 1, true))
  end)

  it("wraps prose and nothing else", function()
    local long = ("word "):rep(40) .. "end"
    local text = problem.render(problem.new({ id = "E300", what = "x", because = long, fix = long }))
    for line in text:gmatch("[^\n]+") do
      assert.is_true(#line <= 100 or line:find("^  fix") ~= nil)
    end
    assert.truthy(text:find("  fix      " .. long .. "\n", 1, true))
  end)

  it("does not obey control characters that came from elsewhere", function()
    local text = problem.render(problem.new({ id = "E300", what = "a\27[2Jb", because = "\7c\nsecond" }))
    assert.falsy(text:find("[\27\7]"))
    assert.truthy(text:find("\\x07c\n           second", 1, true))
  end)

  it("colours only its first word", function()
    local text = problem.render(problem.new({ id = "E101", what = "x" }), {
      color = function(name, s) return "<" .. name .. ">" .. s .. "</>" end,
    })
    assert.equal("<red>error:</> x", text:match("^[^ ]+ x"))
  end)

  it("is one line of JSON for programs", function()
    local json = require("plumb.json")
    local text = problem.json(problem.new({ id = "E310", what = "not allowed", because = "a\nb", fix = "do",
      aws = { code = "AccessDeniedException", request_id = "r-1" } }))
    assert.falsy(text:find("\n"))
    local decoded = json.decode(text)
    assert.equal("E310", decoded.error.code)
    assert.equal("not allowed", decoded.error.message)
    assert.equal("a\nb", decoded.error.because)
    assert.equal("r-1", decoded.error.aws.request_id)
    assert.equal(4, decoded.error.exit)
  end)

  it("is told from other errors when raised", function()
    local ok, failure = pcall(problem.raise, { id = "E108", what = "nobody to ask" })
    assert.is_false(ok)
    assert.is_true(problem.is(failure))
    assert.is_false(problem.is({ id = "E108", what = "x" }))
    assert.is_false(problem.is("text"))
    assert.equal("nobody to ask [E108]", tostring(failure))
  end)

  it("refuses to be made without an id", function()
    assert.has_error(function() problem.new({ what = "x" }) end)
  end)
end)

describe("the catalogue", function()
  it("has an exit code, a title and a help text for every id", function()
    for id, entry in pairs(catalogue) do
      assert.truthy(id:find("^E[1-9]%d%d$"), id)
      assert.equal("integer", math.type(entry.exit), id)
      assert.is_true(#entry.title > 5, id)
      assert.is_true(#entry.help > 20, id)
    end
  end)

  it("exits by kind of trouble", function()
    local function exit_of(id) return problem.exit_code(problem.new({ id = id, what = "x" })) end
    assert.equal(2, exit_of("E101"))
    assert.equal(4, exit_of("E201"))
    assert.equal(1, exit_of("E300"))
    assert.equal(4, exit_of("E310"))
    assert.equal(9, exit_of("E320"))
    assert.equal(9, exit_of("E321"))
    assert.equal(1, exit_of("E322"))
    assert.equal(5, exit_of("E331"))
    assert.equal(7, exit_of("E402"))
    assert.equal(1, exit_of("E410"))
    assert.equal(7, exit_of("E411"))
    assert.equal(1, exit_of("E501"))
    assert.equal(8, exit_of("E502"))
    assert.equal(70, exit_of("E901"))
  end)

  it("does not lose a message over an id it does not know", function()
    assert.equal(7, problem.exit_code(problem.new({ id = "E499", what = "x" })))
    assert.equal(70, problem.exit_code(problem.new({ id = "E999", what = "x" })))
  end)
end)

describe("a problem made from an error", function()
  local function from(fields)
    return problem.from(err.new(fields))
  end

  local function id_of(fields)
    return from(fields).id
  end

  it("keeps AWS's own words and the request id", function()
    local p = from({ kind = "aws", code = "AccessDeniedException", service = "wellarchitected", status = 403,
      operation = "ListWorkloads", message = "User: ana is not authorized", request_id = "5f0c", region = "eu-west-1" })
    assert.equal("E310", p.id)
    assert.equal("not allowed to call wellarchitected.ListWorkloads in eu-west-1", p.what)
    assert.equal("AccessDeniedException: User: ana is not authorized (HTTP 403, request id 5f0c)", p.because)
    assert.truthy(p.fix:find("wellarchitected:ListWorkloads", 1, true))
    assert.equal("5f0c", p.aws.request_id)
  end)

  it("lists where credentials were looked for", function()
    local p = from({ kind = "credentials", code = "NoCredentials", message = "none", tried = {
      { source = "environment", why = "AWS_ACCESS_KEY_ID is not set" }, "instance metadata    no answer" } })
    assert.equal("E201", p.id)
    assert.equal("environment          AWS_ACCESS_KEY_ID is not set\ninstance metadata    no answer", p.tried)
  end)

  it("tells the kinds of trouble with credentials apart", function()
    assert.equal("E202", id_of({ kind = "credentials", code = "NoSuchProfile", message = "no profile 'x'" }))
    assert.equal("E205", id_of({ kind = "credentials", code = "BadProfile", message = "half a profile" }))
    for _, code in ipairs({ "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch",
      "InvalidClientTokenId" }) do
      assert.equal("E203", id_of({ kind = "aws", code = code, status = 403, message = "x" }))
    end
    assert.equal("E204", id_of({ kind = "aws", code = "ExpiredTokenException", status = 403, message = "x" }))
    assert.equal("E105", id_of({ kind = "credentials", code = "NoRegion", message = "x" }))
  end)

  it("does not repeat the signed request that services send back, which holds the session token", function()
    local p = from({ kind = "aws", code = "SignatureDoesNotMatch", status = 403,
      message = "The signature does not match.\n\nThe Canonical String\n'x-amz-security-token:TOKEN'" })
    assert.equal("SignatureDoesNotMatch: The signature does not match. (HTTP 403)", p.because)
    assert.falsy(problem.json(p):find("TOKEN", 1, true))
  end)

  it("says which host could not be reached", function()
    local p = from({ kind = "connection", code = "ConnectionRefused", message = "refused", host = "127.0.0.1:9" })
    assert.equal("E320", p.id)
    assert.equal("could not reach 127.0.0.1:9", p.what)
  end)

  it("knows the other answers", function()
    assert.equal("E321", id_of({ kind = "aws", code = "ThrottlingException", status = 429, message = "x" }))
    assert.equal("E322", id_of({ kind = "garbage", code = "BadReply", status = 200, message = "x" }))
    assert.equal("E322", id_of({ code = "PageLoop", message = "x" }))
    assert.equal("E323", id_of({ kind = "aws", code = "InternalServerException", status = 500, message = "x" }))
    assert.equal("E324", id_of({ kind = "aws", code = "ResourceNotFoundException", status = 404, message = "x" }))
    assert.equal("E300", id_of({ kind = "aws", code = "ValidationException", status = 400, message = "x" }))
    assert.equal("E312", id_of({ kind = "aws", code = "RequestTimeTooSkewed", status = 403, message = "x" }))
    assert.equal("E107", id_of({ kind = "readonly", code = "ReadOnly", message = "x" }))
    assert.equal("E110", id_of({ kind = "input", code = "InvalidInput", operation = "GetAnswer", message = "x" }))
    assert.equal("E103", id_of({ kind = "input", code = "BadEndpoint", message = "x" }))
    assert.equal("E501", id_of({ code = "NotPlumbState", message = "x" }))
    assert.equal("E502", id_of({ code = "StateLocked", message = "x" }))
    assert.equal("E503", id_of({ code = "StateReadOnly", message = "x" }))
  end)

  it("passes a problem through", function()
    local p = problem.new({ id = "E101", what = "x" })
    assert.equal(p, problem.from(p))
  end)
end)
