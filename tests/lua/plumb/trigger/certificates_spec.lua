local certificates = require("plumb.trigger.certificates")
local err = require("plumb.err")
local sender_of = require("support.sns_sender")

local NAMES = { "sns.amazonaws.com" }

describe("certificates", function()
  local sender, fetched, at
  setup(function() sender = sender_of.new() end)
  teardown(function() sender:remove() end)
  before_each(function() fetched, at = {}, {} end)

  local function open(options)
    return certificates.new({ roots = options and options.roots or sender.roots,
      now = function() return sender.now + 0.5 end, fetch = function(url, max)
        fetched[#fetched + 1] = url
        assert.equal(16384, max)
        if at[url] then return at[url] end
        return nil, err.new({ kind = "connection", code = "Timeout", message = "?" })
      end })
  end

  it("come with those that lead to a root", function()
    at[sender_of.URL] = sender.pem.deep .. sender.pem.middle
    local certificate = assert(open():get(sender_of.URL, NAMES))
    assert.is_nil((certificate:signed("sha256", "text", "signature")))
    assert.same({ sender_of.URL }, fetched)
  end)

  it("without them are completed from where Amazon's authorities hand theirs out", function()
    at[sender_of.URL], at[sender_of.ISSUER] = sender.pem.deep, sender.pem.middle
    local made = open()
    assert(made:get(sender_of.URL, NAMES))
    assert(made:get(sender_of.URL, NAMES))
    assert.same({ sender_of.URL, sender_of.ISSUER }, fetched)
  end)

  it("are refused when what was handed out leads nowhere", function()
    at[sender_of.URL] = sender.pem.deep
    for _, text in ipairs({ sender.pem.good, "", "<html>", sender.pem.other }) do
      fetched, at[sender_of.ISSUER] = {}, text
      local certificate, failure = open():get(sender_of.URL, NAMES)
      assert.is_nil(certificate)
      assert.truthy(failure.code == "IssuerMissing" or failure.code == "BadCertificate", failure.code)
      assert.equal(2, #fetched)
    end
    at[sender_of.ISSUER] = nil
    local _, failure = open():get(sender_of.URL, NAMES)
    assert.equal("CertificateNotFetched", failure.code)
    assert.is_true(failure.again)
  end)

  it("are never completed from anywhere else", function()
    at[sender_of.URL] = sender.pem.astray
    local _, failure = open():get(sender_of.URL, NAMES)
    assert.equal("IssuerMissing", failure.code)
    assert.same({ sender_of.URL }, fetched)
  end)

  it("count for any of the names", function()
    at[sender_of.URL] = sender.pem.wrong
    assert(open():get(sender_of.URL, { "sns.amazonaws.com", "sqs.amazonaws.com" }))
    local _, failure = open():get(sender_of.URL, { "sns.amazonaws.com", "ssm.amazonaws.com" })
    assert.equal("WrongSubject", failure.code)
    assert.truthy(failure.message:find("sns.amazonaws.com", 1, true))
  end)

  it("need a root of the system's when none is given", function()
    at[sender_of.URL] = sender.pem.good
    local made = certificates.new({ now = function() return sender.now end, fetch = function(url) return at[url] end })
    local certificate, failure = made:get(sender_of.URL, NAMES)
    assert.is_nil(certificate)
    assert.equal("IssuerMissing", failure.code)
  end)
end)
