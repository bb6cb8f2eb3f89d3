-- The gate for SNS messages that come over HTTP(S), where anybody can knock: only what a configured topic
-- has sent within the last hour gets through. Checks go from cheap to dear, and nothing is fetched for a
-- message whose words are wrong.
--
-- The signed text is lines without escapes, so a message of somebody's own topic can be cut into other
-- fields and keep its signature. What prevents it: every field but Message holds no control byte, and Type
-- is one of three words. Where the certificate comes from is written out and compared, not matched: a
-- pattern such as sns.*.amazonaws.com also fits buckets of S3.
-- https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html

local certificates = require "plumb.trigger.certificates"
local digest = require "plumb.digest"
local err = require "plumb.err"
local json = require "plumb.json"
local partition = require "plumb.aws.partition"
local time = require "plumb.time"

local sns = {}

local MAX_BYTES = 256 * 1024
local MAX_DEPTH = 8
local MAX_AGE = 3600 -- seconds; SNS tries for an hour
local MAX_FIELD = 2048 -- bytes of any field but Message and Token

-- What is signed, in this order, as "Key\nValue\n"; Subject only when there is one.
local SIGNED = {
  Notification = { "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type" },
  SubscriptionConfirmation = { "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type" },
}
SIGNED.UnsubscribeConfirmation = SIGNED.SubscriptionConfirmation

local DIGESTS = { ["1"] = "sha1", ["2"] = "sha256" }

---@class plumb.SnsMessage
---@field Type "Notification"|"SubscriptionConfirmation"|"UnsubscribeConfirmation"
---@field MessageId string
---@field TopicArn string
---@field Subject? string
---@field Message string
---@field Timestamp string
---@field Token? string

---@class plumb.SnsGate
---@field refused table<string, integer>  how many were refused, by code
---@field version_1 integer  how many of those let through were signed with SHA-1
---@field package topics table<string, table>
local Gate = {}
Gate.__index = Gate

-- Raised inside check only.
local function refuse(code, message, ...)
  error(err.new { kind = "garbage", code = code, message = message:format(...) }, 0)
end

-- ---- what a topic's name says ----

local function topic_of(arn)
  local id, region, account, name = tostring(arn):match("^arn:([%l-]+):sns:([%l%d-]+):(%d+):([%w_.-]+)$")
  if not name or #account ~= 12 or not partition.is_region(region) then return nil end
  if name:gsub("%.fifo$", ""):find(".", 1, true) then return nil end
  local place = partition.of(region)
  if place.id ~= id then return nil end
  local host = ("sns.%s.%s"):format(region, place.suffix)
  local names = { "sns.amazonaws.com" }
  if place.suffix ~= "amazonaws.com" then names[2] = host end
  return { arn = arn, region = region, account = account, certificates_at = "https://" .. host ..
    "/SimpleNotificationService-", names = names }
end

---Whether a text is the ARN of a topic in a Region that belongs to its partition.
---@param arn any
---@return boolean
function sns.is_topic(arn) return topic_of(arn) ~= nil end

-- ---- the checks, in order ----

local function read(body)
  if #body > MAX_BYTES then refuse("TooLarge", "%d bytes; at most %d are read", #body, MAX_BYTES) end
  local message, reason = json.decode(body, { max_bytes = MAX_BYTES, max_depth = MAX_DEPTH, unique_keys = true })
  if reason then refuse("NotJson", "not JSON: %s", reason) end
  if type(message) ~= "table" or json.is_list(message) then refuse("NotJson", "not a JSON object") end
  return message
end

local function check_type(message)
  if type(message.Type) ~= "string" or not SIGNED[message.Type] then
    refuse("UnknownType", "Type is none of Notification, SubscriptionConfirmation and UnsubscribeConfirmation")
  end
end

-- Every field that is signed or used is a text; all texts but Message are free of control bytes.
local function check_fields(message)
  for _, key in ipairs(SIGNED[message.Type]) do
    if type(message[key]) ~= "string" and not (key == "Subject" and message[key] == nil) then
      refuse("BadField", "%s is missing or no text", key)
    end
  end
  for _, key in ipairs { "SignatureVersion", "Signature", "SigningCertURL" } do
    if type(message[key]) ~= "string" then refuse("BadField", "%s is missing or no text", key) end
  end
  for key, value in pairs(message) do
    if key ~= "Message" and type(value) == "string" then
      if value:find("[%c\127]") then refuse("ControlByte", "%s has a control byte", key:gsub("[^%w]", "?")) end
      if #value > MAX_FIELD then refuse("BadField", "%s is longer than %d bytes", key:gsub("[^%w]", "?"), MAX_FIELD) end
    end
  end
end

local function check_topic(self, message)
  local topic = self.topics[message.TopicArn]
  if not topic then refuse("OtherTopic", "the topic is not one of those configured") end
  return topic
end

local function check_age(self, message)
  local text = message.Timestamp
  local t = text:find("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.?%d*Z$") and time.parse(text)
  if not t then refuse("BadTimestamp", "Timestamp is no moment in UTC") end
  local age = self.now() - t
  if age > MAX_AGE or age < -MAX_AGE then
    refuse("WrongTime", "it was sent %.0f seconds %s; the limit is %d", math.abs(age), age < 0 and "ahead" or "ago",
      MAX_AGE)
  end
end

local function check_address(message, topic)
  local url, start = message.SigningCertURL, topic.certificates_at
  local name = url:sub(1, #start) == start and url:sub(#start + 1):match("^([%da-f]+)%.pem$")
  if not name or #name > 64 then
    refuse("WrongCertificateAddress", "SigningCertURL is not the address of SNS in %s", topic.region)
  end
end

-- Cheap, so it comes before anything is fetched.
local function check_signature_form(message)
  local name = DIGESTS[message.SignatureVersion]
  if not name then refuse("UnknownSignatureVersion", "SignatureVersion is neither 1 nor 2") end
  local signature = digest.unbase64(message.Signature)
  if not signature or #signature == 0 then refuse("BadSignature", "Signature is not base64, or empty") end
  return name, signature
end

local function signed_text(message)
  local lines = {}
  for _, key in ipairs(SIGNED[message.Type]) do
    if message[key] then
      lines[#lines + 1] = key
      lines[#lines + 1] = message[key]
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

local function check_signature(self, message, topic)
  local name, signature = check_signature_form(message)
  local certificate, failure = self.certificates:get(message.SigningCertURL, topic.names)
  if not certificate then error(failure, 0) end
  if not certificate:signed(name, signed_text(message), signature) then
    refuse("BadSignature", "the signature does not fit the message")
  end
end

local function check(self, body)
  local message = read(body)
  check_type(message)
  check_fields(message)
  local topic = check_topic(self, message)
  check_age(self, message)
  check_address(message, topic)
  check_signature(self, message, topic)
  return message
end

---Lets a message through, or not. May wait, for a certificate that is not known yet.
---@param body string  as it came
---@return plumb.SnsMessage|nil message
---@return plumb.Error? err  code TooLarge, NotJson, UnknownType, ControlByte, BadField, OtherTopic, BadTimestamp,
---  WrongTime, WrongCertificateAddress, UnknownSignatureVersion, BadSignature, those of plumb.x509,
---  CertificateNotFetched or TooManyCertificates; `again` is true when the fault is not the message's, and it may be
---  let through next time
function Gate:check(body)
  local ok, result = pcall(check, self, body)
  if ok then
    if result.SignatureVersion == "1" then self.version_1 = self.version_1 + 1 end
    return result
  end
  if not err.is(result) then error(result, 0) end
  self.refused[result.code] = (self.refused[result.code] or 0) + 1
  return nil, result
end

---Confirms the subscription that a checked SubscriptionConfirmation is about, by the API: its SubscribeURL
---is never fetched. Waits.
---@param message plumb.SnsMessage  from check
---@param client table  an AWS client
---@return string|nil subscription  its ARN
---@return plumb.Error? err
---@see https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
function Gate:confirm(message, client)
  if message.Type ~= "SubscriptionConfirmation" or not self.topics[message.TopicArn] then
    error("only a checked SubscriptionConfirmation can be confirmed", 2)
  end
  local region = self.topics[message.TopicArn].region
  if client.region and client.region ~= region then client = client:with { region = region } end
  local reply, failure = client.sns:ConfirmSubscription { TopicArn = message.TopicArn, Token = message.Token }
  if not reply then return nil, failure end
  return reply.SubscriptionArn or ""
end

---Makes a gate.
---@param options { topics: string[], fetch: (fun(url: string, max_bytes: integer): string|nil, plumb.Error?)?,
---  roots: string?, now: (fun(): number)? }  topics: ARNs of those that may speak; fetch: gets the bytes behind an
---  address, over TLS, plumb's own unless told; roots: trusted certificates in PEM, the system's unless told
---@return plumb.SnsGate|nil
---@return plumb.Error? err  NoTopic, BadTopic
function sns.new(options)
  local topics = {}
  for _, arn in ipairs(options.topics) do
    topics[arn] = topic_of(arn)
    if not topics[arn] then
      return nil, err.new { kind = "input", code = "BadTopic", message = ("%q is not the ARN of a topic; one looks "
        .. "like arn:aws:sns:eu-west-1:111122223333:NAME"):format(tostring(arn)) }
    end
  end
  if not next(topics) then
    return nil, err.new { kind = "input", code = "NoTopic", message = "no topic is named that may send messages" }
  end
  local now = options.now or time.now
  return setmetatable({ topics = topics, now = now, refused = {}, version_1 = 0,
    certificates = certificates.new { fetch = options.fetch, roots = options.roots, now = now } }, Gate)
end

return sns
