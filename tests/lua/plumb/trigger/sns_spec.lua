local err = require("plumb.err")
local json = require("plumb.json")
local sender_of = require("support.sns_sender")
local sns = require("plumb.trigger.sns")
local task = require("plumb.task")

local TOPIC, URL, OTHER_TOPIC = sender_of.TOPIC, sender_of.URL, sender_of.TOPIC .. "-2"
local body_of = sender_of.body

describe("the SNS gate", function()
  local sender, fetched, served

  setup(function() sender = sender_of.new() end)
  teardown(function() sender:remove() end)
  before_each(function() fetched, served = {}, sender.pem.good end)

  local function gate(options)
    local given = { topics = { TOPIC, OTHER_TOPIC }, roots = sender.roots, now = function() return sender.now end,
      fetch = function(url)
        fetched[#fetched + 1] = url
        if type(served) == "string" then return served end
        return nil, served
      end }
    for key, value in pairs(options or {}) do given[key] = value end
    return assert(sns.new(given))
  end

  local function refused(body, options)
    local made = gate(options)
    local message, failure = made:check(body)
    assert.is_nil(message)
    assert.is_true(err.is(failure))
    assert.equal(1, made.refused[failure.code])
    return failure
  end

  describe("lets through", function()
    for _, version in ipairs({ "1", "2" }) do
      it("a Notification with and without Subject, version " .. version, function()
        for _, subject in ipairs({ "oi-0123456789ab", false }) do
          local message = sender:message({ Subject = subject }, { version = version })
          local made = gate()
          local checked = assert(made:check(body_of(message)))
          assert.same(message, checked)
          assert.same({ URL }, fetched)
          fetched = {}
          assert.equal(version == "1" and 1 or 0, made.version_1)
          assert.same({}, made.refused)
        end
      end)

      for _, kind in ipairs({ "SubscriptionConfirmation", "UnsubscribeConfirmation" }) do
        it(("a %s, version %s"):format(kind, version), function()
          assert.equal(kind, assert(gate():check(body_of(sender:message({ Type = kind }, { version = version })))).Type)
        end)
      end
    end

    it("messages with any text, and with fields that it does not know", function()
      for _, text in ipairs({ "", "a", "\n\n", "Type\nNotification\n", ("x"):rep(200000), "\0\1\127", "\u{1f600}" }) do
        assert(gate():check(body_of(sender:message({ Message = text }))))
      end
      local message = sender:message()
      message.MessageAttributes = { a = { Type = "String", Value = "1\n2" } }
      message.SequenceNumber = "10000000000000000000"
      assert(gate():check(body_of(message)))
    end)

    it("messages from an hour ago to an hour ahead", function()
      for _, age in ipairs({ 3599, 0, -3600 }) do
        local stamp = os.date("!%Y-%m-%dT%H:%M:%SZ", sender.now - age)
        assert(gate():check(body_of(sender:message({ Timestamp = stamp }))))
      end
    end)

    it("topics of China and GovCloud with their own addresses", function()
      local topic = "arn:aws-us-gov:sns:us-gov-west-1:111122223333:t.fifo"
      local url = "https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-ab.pem"
      assert(gate({ topics = { topic } }):check(body_of(sender:message({ TopicArn = topic, SigningCertURL = url }))))
      topic = "arn:aws-cn:sns:cn-north-1:111122223333:t"
      url = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-ab.pem"
      assert(gate({ topics = { topic } }):check(body_of(sender:message({ TopicArn = topic, SigningCertURL = url }))))
      assert.equal("WrongCertificateAddress", refused(body_of(sender:message({ TopicArn = topic,
        SigningCertURL = url:gsub("%.cn/", "/") })), { topics = { topic } }).code)
    end)
  end)

  it("fetches a certificate once, while it is valid", function()
    local made, body = gate(), body_of(sender:message())
    for _ = 1, 3 do assert(made:check(body)) end
    assert.equal(1, #fetched)
    assert(task.map({ 1, 2, 3 }, function() return made:check(body) end)[3])
    assert.equal(1, #fetched)
  end)

  it("fetches it once for many who come at the same time", function()
    local body, calls = body_of(sender:message()), 0
    local made = gate({ fetch = function()
      calls = calls + 1
      task.sleep(0)
      return served
    end })
    local results = task.map({ 1, 2, 3, 4 }, function() return made:check(body) ~= nil end)
    assert.same({ true, true, true, true }, results)
    assert.equal(1, calls)
  end)

  it("refuses a message that took its certificate's last day, kept or not", function()
    local clock = sender.now
    local made = gate({ now = function() return clock end })
    assert(made:check(body_of(sender:message())))
    clock = sender.now + 25 * 86400
    local stamp = os.date("!%Y-%m-%dT%H:%M:%SZ", clock)
    local _, failure = made:check(body_of(sender:message({ Timestamp = stamp })))
    assert.equal("CertificateExpired", failure.code)
    assert.equal(2, #fetched)
  end)

  it("asks again for a certificate that could not be fetched, but not at once", function()
    local clock, body = sender.now, body_of(sender:message())
    local made = gate({ now = function() return clock end })
    served = err.new({ kind = "connection", code = "Timeout", message = "slow" })
    for _ = 1, 5 do
      local _, failure = made:check(body)
      assert.equal("CertificateNotFetched", failure.code)
      assert.is_true(failure.again)
    end
    assert.equal(1, #fetched)
    served, clock = sender.pem.good, clock + 31
    assert(made:check(body))
  end)

  it("does not ask for ever new addresses on behalf of strangers", function()
    local made = gate()
    served = err.new({ kind = "connection", code = "BadResponse", status = 404, message = "?" })
    local last, _
    for i = 1, 50 do
      local message = sender:message()
      message.SigningCertURL = URL:gsub("0123456789abcdef0", ("%016x1"):format(i))
      _, last = made:check(body_of(message))
    end
    assert.equal(8, #fetched)
    assert.equal("TooManyCertificates", last.code)
    assert.is_true(last.again)
  end)

  it("does not let strangers push a good certificate out", function()
    local made = gate()
    assert(made:check(body_of(sender:message())))
    served = "<html>"
    for i = 1, 20 do
      local message = sender:message()
      message.SigningCertURL = URL:gsub("0123456789abcdef0", ("%016x1"):format(i))
      made:check(body_of(message))
    end
    assert(made:check(body_of(sender:message())))
  end)

  it("is made for topics only", function()
    for _, topics in ipairs({ {}, { "x" }, { "arn:aws:sqs:eu-west-1:111122223333:q" },
      { TOPIC, "arn:aws:sns:eu-west-1:1:x" },
      { "arn:aws-cn:sns:eu-west-1:111122223333:x" }, { "arn:aws:sns:evil.test/:111122223333:x" },
      { TOPIC .. ":sub" }, { TOPIC .. "\n" }, { "arn:aws:sns:eu-west-1:111122223333:a.b" } }) do
      local made, failure = sns.new({ topics = topics })
      assert.is_nil(made)
      assert.truthy(failure.code == "NoTopic" or failure.code == "BadTopic")
    end
  end)

  -- ---- what is refused ----

  -- Each case: name, code, and how the body (or the message that becomes it) is made of a good message. `quiet` cases
  -- must be refused before anything is fetched.
  local cases = {}
  local function case(name, code, make, more)
    local entry = { name = name, code = code, make = make, quiet = true }
    for key, value in pairs(more or {}) do entry[key] = value end
    cases[#cases + 1] = entry
  end
  local ASKS = { quiet = false }

  local function set(key, value)
    return function(message) message[key] = value end
  end

  local function edit(key, fn)
    return function(message) message[key] = fn(message[key]) end
  end

  local function flip(at)
    return function(text)
      local k = at == "first" and 1 or at == "last" and #text or #text // 2
      local byte = text:byte(k)
      return text:sub(1, k - 1) .. string.char(byte == 0x31 and 0x32 or 0x31) .. text:sub(k + 1)
    end
  end

  -- the signed fields
  for _, key in ipairs({ "Message", "MessageId", "Subject" }) do
    for _, at in ipairs({ "first", "middle", "last" }) do
      case(("%s byte of %s changed"):format(at, key), "BadSignature", edit(key, flip(at)), ASKS)
    end
    case(key .. " cut", "BadSignature", edit(key, function(text) return text:sub(1, -2) end), ASKS)
    case(key .. " grown", "BadSignature", edit(key, function(text) return text .. " " end), ASKS)
    case(key .. " emptied", "BadSignature", set(key, ""), ASKS)
    case(key .. " in capitals", "BadSignature", edit(key, string.upper), ASKS)
  end
  case("Timestamp changed by a millisecond", "BadSignature", edit("Timestamp", function(t)
    return (t:gsub("678Z", "679Z"))
  end), ASKS)
  case("Timestamp without its fraction", "BadSignature", edit("Timestamp", function(t)
    return (t:gsub("%.678", ""))
  end), ASKS)
  case("TopicArn of another topic of ours", "BadSignature", set("TopicArn", OTHER_TOPIC), ASKS)
  case("Subject removed", "BadSignature", set("Subject", nil), ASKS)
  case("Subject added", "BadSignature", set("Subject", "oi-0123456789ab"),
    { quiet = false, signed = { Subject = false } })
  case("Subject added, empty", "BadSignature", set("Subject", ""), { quiet = false, signed = { Subject = false } })
  case("version 2 told as 1", "BadSignature", set("SignatureVersion", "1"), ASKS)
  case("version 1 told as 2", "BadSignature", set("SignatureVersion", "2"), { quiet = false, version = "1" })
  case("a subscription told as a cancellation", "BadSignature", set("Type", "UnsubscribeConfirmation"),
    { quiet = false, signed = { Type = "SubscriptionConfirmation" } })
  case("another token", "BadSignature", edit("Token", flip("middle")),
    { quiet = false, signed = { Type = "SubscriptionConfirmation" } })
  case("another SubscribeURL", "BadSignature", set("SubscribeURL", "http://169.254.169.254/latest/meta-data/"),
    { quiet = false, signed = { Type = "SubscriptionConfirmation" } })
  case("a confirmation told as a notification", "BadSignature", set("Type", "Notification"),
    { quiet = false, signed = { Type = "SubscriptionConfirmation" } })
  case("a notification told as a confirmation", "BadField", set("Type", "SubscriptionConfirmation"))

  -- the signature
  for _, at in ipairs({ "first", "middle" }) do
    case(("%s letter of Signature changed"):format(at), "BadSignature", edit("Signature", flip(at)), ASKS)
  end
  case("Signature empty", "BadSignature", set("Signature", ""))
  case("Signature that is no base64", "BadSignature", set("Signature", "!!!!"))
  case("Signature without its padding", "BadSignature", edit("Signature", function(t) return (t:gsub("=+$", "")) end))
  case("Signature with a blank", "BadSignature", edit("Signature", function(t) return t .. " " end))
  case("Signature with a line end", "ControlByte", edit("Signature", function(t) return t .. "\n" end))
  case("Signature cut", "BadSignature", edit("Signature", function(t) return t:sub(1, 40) end), ASKS)
  case("Signature grown", "BadSignature", edit("Signature", function(t) return "AAAA" .. t end), ASKS)
  case("Signature of zeros", "BadSignature", set("Signature", ("A"):rep(340) .. "AA=="), ASKS)
  case("Signature of another message", "BadSignature", function(message)
    message.Signature = sender:message({ Message = "something else" }).Signature
  end, ASKS)
  case("Signature by another key", "BadSignature", function(message)
    message.Signature = sender:signature(sender_of.text(message), "2", "wrong")
  end, ASKS)
  case("Signature of 10 kB", "BadField", set("Signature", ("A"):rep(10240)))

  -- the version
  for _, version in ipairs({ "0", "3", "", "01", "1.0", "2 ", "two" }) do
    case(("SignatureVersion %q"):format(version), "UnknownSignatureVersion", set("SignatureVersion", version))
  end
  case("SignatureVersion as a number", "BadField", set("SignatureVersion", 2))

  -- missing, null and of another type
  for _, key in ipairs({ "Message", "MessageId", "Timestamp", "TopicArn", "Signature", "SignatureVersion",
    "SigningCertURL" }) do
    case(key .. " missing", "BadField", set(key, nil))
    case(key .. " null", "BadField", set(key, json.null))
    case(key .. " a list", "BadField", set(key, json.list({ "x" })))
  end
  case("Subject null", "BadField", set("Subject", json.null))
  case("Subject a number", "BadField", set("Subject", 1))
  case("Type missing", "UnknownType", set("Type", nil))
  case("Token missing", "BadField", set("Token", nil), { signed = { Type = "SubscriptionConfirmation" } })
  for _, kind in ipairs({ "", "notification", "Notification ", "Notification\n", "Subscription", 3 }) do
    case(("Type %q"):format(kind), "UnknownType", set("Type", kind))
  end

  -- the topic and the time
  for _, arn in ipairs({ TOPIC .. "x", "arn:aws:sns:eu-west-1:444455556666:plumb",
    "arn:aws:sns:eu-west-2:111122223333:plumb", TOPIC:upper(), TOPIC .. " ", "", "*" }) do
    case(("TopicArn %q"):format(arn), "OtherTopic", set("TopicArn", arn), { signed = { TopicArn = arn } })
  end
  for name, seconds in pairs({ ["two hours old"] = -7200, ["an hour and a second old"] = -3601, ["a day ahead"] = 86400,
    ["an hour and two seconds ahead"] = 3602 }) do
    case("a message " .. name, "WrongTime", nil, { stamp = seconds })
  end
  for _, stamp in ipairs({ "1767323045", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04:05+00:00",
    "2026-02-30T03:04:05Z", "yesterday", "", "2026-01-02 03:04:05Z" }) do
    case(("Timestamp %q"):format(stamp), "BadTimestamp", set("Timestamp", stamp), { signed = { Timestamp = stamp } })
  end

  -- the address of the certificate
  local PATH = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
  for _, url in ipairs({
    "http://sns.eu-west-1.amazonaws.com" .. PATH, "https://sns.s3-us-west-2.amazonaws.com" .. PATH,
    "https://sns.s3.amazonaws.com" .. PATH, "https://s3.amazonaws.com/sns" .. PATH,
    "https://sns.execute-api.eu-west-1.amazonaws.com" .. PATH, "https://sns.us-east-1.amazonaws.com" .. PATH,
    "https://sns.eu-west-1.amazonaws.com.cn" .. PATH, "https://sns.eu-west-1.amazonaws.com.evil.test" .. PATH,
    "https://sns.eu-west-1.amazonaws.com:443" .. PATH, "https://sns.eu-west-1.amazonaws.com:8443" .. PATH,
    "https://user@sns.eu-west-1.amazonaws.com" .. PATH, "https://sns.eu-west-1.amazonaws.com@evil.test" .. PATH,
    "https://evil.test/https://sns.eu-west-1.amazonaws.com" .. PATH, "https://evil.test" .. PATH,
    "https://sns.eu-west-1.amazonaws.com/.." .. PATH, "https://sns.eu-west-1.amazonaws.com/x/.." .. PATH,
    "https://sns.eu-west-1.amazonaws.com/x" .. PATH, "https://sns.eu-west-1.amazonaws.com/" .. PATH,
    URL .. "?x=1", URL .. "#x", URL .. "?.pem", URL .. "/", URL .. "%00", URL .. " ", " " .. URL,
    URL:gsub("%.pem", ""), URL:gsub("%.pem", ".cer"), URL:gsub("%.pem", "..pem"), URL:gsub("%.pem", "%%2epem"),
    URL:upper(), URL:gsub("sns%.", "SNS."), URL:gsub("https", "HTTPS"), URL:gsub("com/", "com./"),
    URL:gsub("0123", "ABCD", 1), URL:gsub("0123", "%%30"), URL:gsub("0123", "xyzw"),
    URL:gsub("0123456789abcdef", ""), URL:gsub("0123", ("0"):rep(100)), URL:gsub("amazonaws", "amaz\u{43e}naws"),
    URL:gsub("eu%-west%-1", "eu\u{2010}west-1"), URL:gsub("amazonaws", "xn--amaznaws-g5g"),
    URL:gsub("%.com/", ".com\\"),
    "https:" .. URL:sub(9), "//" .. URL:sub(9), "file:///etc/ssl/certs/ca-certificates.crt", "", "x",
    "https://127.0.0.1" .. PATH, "https://[::1]" .. PATH, "https://sns.eu-west-1.amazonaws.com" .. PATH:lower(),
  }) do
    case(("SigningCertURL %s"):format(url), "WrongCertificateAddress", set("SigningCertURL", url))
  end
  case("SigningCertURL of 10 kB", "BadField", set("SigningCertURL", URL .. "?" .. ("x"):rep(10240)))

  -- control bytes anywhere but in Message
  for _, key in ipairs({ "MessageId", "Subject", "Timestamp", "TopicArn", "SigningCertURL", "UnsubscribeURL" }) do
    for _, byte in ipairs({ "\n", "\r", "\0", "\127" }) do
      case(("%q in %s"):format(byte, key), "ControlByte", edit(key, function(text) return text .. byte end))
    end
  end
  case("a line end in an unknown field", "ControlByte", set("Extra", "a\nb"))

  -- the body
  case("a key twice", "NotJson", function(message) return (body_of(message):gsub("^{", '{"Type":"Notification",')) end)
  case("a key twice, escaped", "NotJson", function(message)
    return (body_of(message):gsub("^{", '{"\\u0054opicArn":"x",'))
  end)
  case("a key twice, deep inside", "NotJson", function(message)
    return (body_of(message):gsub("^{", '{"MessageAttributes":{"a":1,"a":1},'))
  end)
  case("a byte order mark", "NotJson", function(message) return "\u{feff}" .. body_of(message) end)
  case("something behind it", "NotJson", function(message) return body_of(message) .. "x" end)
  case("two of them", "NotJson", function(message) return body_of(message):rep(2) end)
  case("not UTF-8", "NotJson", function(message) return (body_of(message):gsub("OpsItem", "Ops\xffItem")) end)
  case("a comment", "NotJson", function(message) return "/**/" .. body_of(message) end)
  case("wrapped in a list", "NotJson", function(message) return "[" .. body_of(message) .. "]" end)
  case("a text of it", "NotJson", function(message) return json.encode(body_of(message)) end)
  case("nested too deeply", "NotJson", function(message)
    return (body_of(message):gsub("^{", '{"a":' .. ("["):rep(20) .. ("]"):rep(20) .. ","))
  end)
  for _, body in ipairs({ "", "null", "{", "NaN", "\0", "Type=Notification", "<html></html>" }) do
    case(("body %q"):format(body), "NotJson", function() return body end)
  end
  case("body {}", "UnknownType", function() return "{}" end)
  case("more than 256 kB", "TooLarge", function(message)
    message.Message = ("x"):rep(256 * 1024)
    return body_of(message)
  end)
  case("1 MB of blanks", "TooLarge", function(message) return body_of(message) .. (" "):rep(1 << 20) end)

  -- the certificate
  local function serves(name, code, fn, more)
    local entry = { quiet = false, serve = fn }
    for key, value in pairs(more or {}) do entry[key] = value end
    case("a certificate " .. name, code, nil, entry)
  end
  local function pem(name) return function() return sender.pem[name] end end
  serves("under another root of the same name", "UntrustedCertificate", pem("other"), { key = "other" })
  serves("that signed itself", "UntrustedCertificate", pem("self"), { key = "self" })
  serves("of an elliptic curve", "WeakKey", pem("ec"), { key = "ec" })
  serves("of 1024 bits", "WeakKey", pem("short"), { key = "short" })
  serves("for another service", "WrongSubject", pem("wrong"), { key = "wrong" })
  serves("for a name below", "WrongSubject", pem("sub"), { key = "sub" })
  serves("of another key", "BadSignature", pem("good"), { key = "wrong" })
  serves("long expired", "CertificateExpired", pem("good"), { clock = 25 * 86400 })
  serves("not yet valid", "CertificateNotYetValid", pem("good"), { clock = -25 * 86400 })
  serves("that is a page", "BadCertificate", function() return "<html>moved</html>" end)
  serves("that is nothing", "BadCertificate", function() return "" end)
  serves("that is damaged", "BadCertificate", function() return (sender.pem.good:gsub("MII", "MIX", 1)) end)
  serves("that is cut", "BadCertificate", function() return sender.pem.good:sub(1, 400) end)
  serves("of 1 MB", "BadCertificate", function() return sender.pem.good .. ("x"):rep(1 << 20) end)
  serves("of 16 kB and a byte", "BadCertificate", function()
    return sender.pem.good .. ("\n"):rep(16 * 1024 + 1 - #sender.pem.good)
  end)
  serves("larger than the transport allows", "BadCertificate", function()
    return err.new({ kind = "connection", code = "BodyTooLarge", message = "too large" })
  end)
  serves("that is not there", "CertificateNotFetched", function()
    return err.new({ kind = "connection", code = "BadResponse", status = 404, message = "?" })
  end, { again = false })
  serves("moved elsewhere", "CertificateNotFetched", function()
    return err.new({ kind = "connection", code = "BadResponse", status = 302, message = "?" })
  end, { again = false })
  serves("behind a broken network", "CertificateNotFetched", function()
    return err.new({ kind = "connection", code = "TlsFailed", message = "?" })
  end, { again = true })

  it("has more than 120 ways to refuse", function() assert.is_true(#cases >= 120) end)

  for _, entry in ipairs(cases) do
    it("refuses: " .. entry.name:sub(1, 90):gsub("[%c]", "?"), function()
      local clock, signed = sender.now + (entry.clock or 0), {}
      for key, value in pairs(entry.signed or {}) do signed[key] = value end
      if entry.stamp or entry.clock then
        signed.Timestamp = os.date("!%Y-%m-%dT%H:%M:%SZ", clock + (entry.stamp or 0))
      end
      local message = sender:message(signed, { version = entry.version, key = entry.key })
      if entry.serve then served = entry.serve() end
      local body = entry.make and entry.make(message)
      local failure = refused(body or body_of(message), { now = function() return clock end })
      assert.equal(entry.code, failure.code, tostring(failure))
      assert.equal(entry.quiet and 0 or 1, #fetched)
      if entry.again ~= nil then assert.equal(entry.again, failure.again) end
    end)
  end

  it("refuses every single changed byte of every signed field, and of the signature", function()
    local made = gate()
    assert(made:check(body_of(sender:message())))
    for _, key in ipairs({ "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type", "Signature" }) do
      local original = sender:message()
      for at = 1, #original[key] do
        local message = sender:message()
        local byte = original[key]:byte(at)
        local changed = byte >= 0x80 and "a" or string.char(byte ~ (byte == 0x7e and 2 or 1))
        message[key] = original[key]:sub(1, at - 1) .. changed .. original[key]:sub(at + 1)
        local ok, body = pcall(body_of, message) -- half a character is no JSON, and refused as such
        assert.is_nil((made:check(ok and body or "x")), ("%s, byte %d"):format(key, at))
      end
    end
  end)

  -- A message of the attacker's own topic, and the same signed bytes cut into other fields.
  describe("refuses a newline re-split that", function()
    local EVIL = "arn:aws:sns:eu-west-1:666677778888:evil"
    local STAMP

    local function forge(own, fields)
      STAMP = os.date("!%Y-%m-%dT%H:%M:%SZ", sender.now)
      own.TopicArn, own.Timestamp = EVIL, STAMP
      local source = sender:message(own)
      local forged = { Type = "Notification", SignatureVersion = source.SignatureVersion, Signature = source.Signature,
        SigningCertURL = URL, TopicArn = TOPIC, Timestamp = STAMP }
      for key, value in pairs(fields(source)) do forged[key] = value end
      local order, lines = { "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type" }, {}
      for _, key in ipairs(order) do
        if forged[key] then lines[#lines + 1] = key .. "\n" .. forged[key] .. "\n" end
      end
      assert.equal(sender_of.text(source), table.concat(lines)) -- the same bytes under the signature
      local failure = refused(body_of(forged))
      assert.equal(0, #fetched)
      return failure.code
    end

    -- What the attacker writes into the text of the own message: the victim's fields, in the order of the signature.
    local function script(rest)
      return function()
        return ("x\nMessageId\n1\nSubject\noi-0123456789ab\nTimestamp\n%s\nTopicArn\n%s\nType\n%s"):format(
          os.date("!%Y-%m-%dT%H:%M:%SZ", sender.now), TOPIC, rest)
      end
    end

    it("hides the rest in Type", function()
      assert.equal("UnknownType", forge({ Message = script("Notification")(), Subject = false }, function(source)
        return { Message = "x", MessageId = "1", Subject = "oi-0123456789ab",
          Type = "Notification\nMessageId\n" .. source.MessageId .. "\nTimestamp\n" .. STAMP .. "\nTopicArn\n" .. EVIL
            .. "\nType\nNotification" }
      end))
    end)

    it("hides the rest in Subject", function()
      assert.equal("OtherTopic", forge({ Message = "x", Subject = false }, function(source)
        return { Message = "x", MessageId = source.MessageId, TopicArn = EVIL }
      end))
      assert.equal("ControlByte", forge({ Message = "x\nMessageId\n1\nSubject\noi-0123456789ab", Subject = "s" },
        function(source)
          return { Message = "x", MessageId = "1", TopicArn = EVIL,
            Subject = "oi-0123456789ab\nMessageId\n" .. source.MessageId .. "\nSubject\ns" }
        end))
    end)

    it("hides the rest in Timestamp or TopicArn", function()
      assert.equal("ControlByte", forge({ Message = "x\nMessageId\n1\nTimestamp\nt", Subject = false }, function(source)
        return { Message = "x", MessageId = "1", TopicArn = EVIL,
          Timestamp = "t\nMessageId\n" .. source.MessageId .. "\nTimestamp\n" .. STAMP }
      end))
      assert.equal("ControlByte", forge({ Message = ("x\nMessageId\n1\nTimestamp\n%s\nTopicArn\n%s"):format(
        os.date("!%Y-%m-%dT%H:%M:%SZ", sender.now), TOPIC), Subject = false }, function(source)
        return { Message = "x", MessageId = "1",
          TopicArn = TOPIC .. "\nMessageId\n" .. source.MessageId .. "\nTimestamp\n" .. STAMP .. "\nTopicArn\n"
            .. EVIL }
      end))
    end)

    it("hides the rest in MessageId", function()
      assert.equal("ControlByte", forge({ Message = "x\nMessageId\n1", Subject = false }, function(source)
        return { Message = "x", MessageId = "1\nMessageId\n" .. source.MessageId, TopicArn = EVIL }
      end))
    end)

    it("moves fields into the text, where they are missing", function()
      assert.equal("BadField", forge({ Message = "x", Subject = "oi-0123456789ab" }, function(source)
        return { Message = "x\nMessageId\n" .. source.MessageId .. "\nSubject\noi-0123456789ab", MessageId = nil,
          TopicArn = EVIL }
      end))
    end)
  end)

  describe("confirms a subscription", function()
    local function client(answer)
      local calls = {}
      return { sns = { ConfirmSubscription = function(_, input)
        calls[#calls + 1] = input
        return table.unpack(answer, 1, 2)
      end } }, calls
    end

    it("through the API, whatever its SubscribeURL says, and fetches nothing", function()
      for _, url in ipairs({ "http://169.254.169.254/", "file:///etc/passwd", "http://localhost/" }) do
        fetched = {}
        local made = gate()
        local message = assert(made:check(body_of(sender:message({ Type = "SubscriptionConfirmation",
          SubscribeURL = url }))))
        local aws, calls = client({ { SubscriptionArn = TOPIC .. ":1" } })
        assert.equal(TOPIC .. ":1", made:confirm(message, aws))
        assert.same({ { TopicArn = TOPIC, Token = message.Token } }, calls)
        assert.same({ URL }, fetched)
      end
    end)

    it("and passes on why AWS would not", function()
      local made = gate()
      local message = assert(made:check(body_of(sender:message({ Type = "SubscriptionConfirmation" }))))
      local said = err.new({ kind = "aws", code = "InvalidParameterException", message = "Invalid token" })
      local subscription, failure = made:confirm(message, (client({ nil, said })))
      assert.is_nil(subscription)
      assert.equal(said, failure)
    end)

    it("only for a confirmation that was checked", function()
      local made, aws = gate(), client({ {} })
      assert.has_error(function() made:confirm(sender:message(), aws) end)
      assert.has_error(function()
        made:confirm({ Type = "SubscriptionConfirmation", TopicArn = "arn:aws:sns:eu-west-1:1:x", Token = "x" }, aws)
      end)
    end)
  end)
end)
