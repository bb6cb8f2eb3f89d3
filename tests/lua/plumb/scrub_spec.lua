local digest = require "plumb.digest"
local err = require "plumb.err"
local log = require "plumb.log"
local problem = require "plumb.problem"
local scrub = require "plumb.scrub"
local secret = require "plumb.secret"

-- Unique to this spec: secrets stay masked as long as the process runs.
local VALUE = "canary/Kx81+vQz0Wm7RfT2uYd9LbN5cHa3JpE6sGo"
local ECHO = "The request signature we calculated does not match the signature you provided. Check your key.\n\n"
  .. "The Canonical String for this request should have been\n'POST\n/\n\nhost:x\nx-amz-security-token:FwoGZX...'"

describe("plumb.scrub", function()
  setup(function() secret.new(VALUE) end)

  it("cuts what repeats the signed request", function()
    local text = scrub.server_text(ECHO)
    assert.truthy(text:find("^The request signature we calculated does not match"))
    assert.is_nil(text:find("POST", 1, true))
    assert.is_nil(text:find("FwoGZX", 1, true))
  end)

  it("cuts an authorization header that a server thought malformed", function()
    local text = scrub.server_text("'abc' not a valid key=value pair (missing equal-sign) in Authorization header: "
      .. "'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/x, Signature=0123456789abcdef'.")
    assert.is_nil(text:find("0123456789abcdef", 1, true))
    assert.is_nil(text:find("AKIDEXAMPLE", 1, true))
  end)

  it("leaves an ordinary message as it is", function()
    local text = "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: wellarchitected:ListWorkloads"
    assert.equal(text, scrub.server_text(text))
    assert.equal("", scrub.server_text(""))
  end)

  it("finds a secret in every form and in pieces", function()
    local forms = {
      VALUE, VALUE:reverse(), digest.hex(VALUE), digest.hex(VALUE):upper(), digest.base64(VALUE),
      digest.base64("x" .. VALUE), digest.base64("xy" .. VALUE .. "z"), (VALUE:gsub("/", "%%2F"):gsub("+", "%%2B")),
      (VALUE:gsub("/", "\\/")), VALUE:sub(9, 30),
    }
    for i, form in ipairs(forms) do
      local text = scrub.text("before " .. form .. " after")
      for at = 1, #form - 15 do
        assert.is_nil(text:find(form:sub(at, at + 15), 1, true), i .. ": " .. text)
      end
      assert.truthy(text:find("^before .*%*%*%*.* after$"), text)
    end
  end)

  it("scrubs the members of an error at any depth", function()
    local members = scrub.members { Message = ECHO, Fields = { { Name = VALUE, Count = 3 } } }
    assert.is_nil(members.Message:find("POST", 1, true))
    assert.same({ Name = "***", Count = 3 }, members.Fields[1])
  end)

  it("is in the way of every error, problem and line of the log", function()
    assert.equal("it said ***", err.new({ code = "X", message = "it said " .. VALUE }).message)
    local p = problem.new { id = "E300", what = "no", because = "token " .. VALUE, fix = "none" }
    assert.is_nil(problem.render(p):find(VALUE, 1, true))
    assert.is_nil(problem.json(p):find(VALUE:gsub("/", "\\/"), 1, true))
    local lines = {}
    log.configure { level = "warn", write = function(line) lines[#lines + 1] = line end }
    log.warn("reply", { body = "x" .. VALUE })
    log.configure { write = function(line) io.stderr:write(line) end }
    assert.is_nil(lines[1]:find(VALUE, 1, true))
    assert.truthy(lines[1]:find("***", 1, true))
  end)

  it("shows what is no secret as it was told to", function()
    secret.hide("AKIASCRUBSPECEXAMPLE", "AKIA…MPLE")
    assert.equal("key AKIA…MPLE is unknown", scrub.text("key AKIASCRUBSPECEXAMPLE is unknown"))
  end)
end)
