-- Somebody who sends SNS messages: keys and certificates made by openssl(1), a root to trust, and messages signed as
-- the service signs them. Everything is in a folder that `remove` takes away.

local json = require("plumb.json")
local process = require("support.process")

local M = {}

M.TOPIC = "arn:aws:sns:eu-west-1:111122223333:plumb"
M.ISSUER = "http://crt.r2m01.amazontrust.com/r2m01.cer"
M.URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"

local KEYS = {
  Notification = { "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type" },
  SubscriptionConfirmation = { "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type" },
}
KEYS.UnsubscribeConfirmation = KEYS.SubscriptionConfirmation

---@class spec.SnsSender
---@field folder string
---@field roots string  PEM
---@field pem table<string, string>  certificates by name
---@field now integer  the time at which the certificates are young
local Sender = {}
Sender.__index = Sender

local function shell(self, command)
  local full = ("cd %s && (%s) >log 2>&1"):format(process.quote(self.folder), command)
  if not os.execute(full) then error(command .. "\n" .. (process.read(self.folder .. "/log") or ""), 2) end
end

local function root(self, name)
  shell(self, ("openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=Root' -keyout %s.key -out %s.pem"):format(
    name, name))
end

-- A certificate under another one. key: what -newkey takes; extension: a line of openssl's extension file.
local function issue(self, name, subject, ca, key, extension)
  shell(self, ("openssl req -new -newkey %s -nodes -subj '/CN=%s' -keyout %s.key -out %s.csr"):format(key or "rsa:2048",
    subject, name, name))
  if extension then process.write(self.folder .. "/extension", extension .. "\n") end
  shell(self, ("openssl x509 -req -days 20 -in %s.csr -CA %s.pem -CAkey %s.key -CAcreateserial %s -out %s.pem"):format(
    name, ca, ca, extension and "-extfile extension" or "", name))
  self.pem[name] = process.read(self.folder .. "/" .. name .. ".pem")
end

---Makes keys and certificates: "good", and the bad ones "other" (another root of the same name), "self", "ec",
---"short", "wrong" and "sub". "middle" is an authority below the root; "deep" and "astray" were issued by it and say
---that its certificate is at ISSUER, and somewhere else.
---@return spec.SnsSender
function M.new()
  local self = setmetatable({ folder = process.folder(), pem = {}, now = os.time() + 60 }, Sender)
  root(self, "root")
  root(self, "elsewhere")
  self.roots = process.read(self.folder .. "/root.pem")
  issue(self, "good", "sns.amazonaws.com", "root")
  issue(self, "other", "sns.amazonaws.com", "elsewhere")
  issue(self, "ec", "sns.amazonaws.com", "root", "ec -pkeyopt ec_paramgen_curve:P-256")
  issue(self, "short", "sns.amazonaws.com", "root", "rsa:1024")
  issue(self, "wrong", "sqs.amazonaws.com", "root")
  issue(self, "sub", "x.sns.amazonaws.com", "root")
  issue(self, "middle", "Middle", "root", nil, "basicConstraints=critical,CA:TRUE")
  issue(self, "deep", "sns.amazonaws.com", "middle", nil, "authorityInfoAccess=caIssuers;URI:" .. M.ISSUER)
  issue(self, "astray", "sns.amazonaws.com", "middle", nil,
    "authorityInfoAccess=caIssuers;URI:http://169.254.169.254/r2m01.cer")
  shell(self, "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=sns.amazonaws.com -keyout self.key "
    .. "-out self.pem")
  self.pem.self = process.read(self.folder .. "/self.pem")
  return self
end

function Sender:remove() process.remove(self.folder) end

---What is signed of a message.
---@param message table
---@return string
function M.text(message)
  local lines = {}
  for _, key in ipairs(KEYS[message.Type]) do
    if message[key] then lines[#lines + 1] = key .. "\n" .. message[key] .. "\n" end
  end
  return table.concat(lines)
end

local cache = {} -- signing takes a process; equal texts have equal signatures

---The signature of a text, in base64.
---@param text string
---@param version "1"|"2"
---@param key? string  of which certificate, "good" unless told
---@return string
function Sender:signature(text, version, key)
  key = key or "good"
  local id = table.concat({ self.folder, key, version, text }, "\0")
  if not cache[id] then
    process.write(self.folder .. "/text", text)
    shell(self, ("openssl dgst -sha%s -sign %s.key -out signature text"):format(version == "1" and "1" or "256", key))
    cache[id] = require("plumb.digest").base64(process.read(self.folder .. "/signature"))
  end
  return cache[id]
end

---A message as SNS sends it.
---@param changes? table  fields to change before it is signed; false takes one away
---@param options? { version: string?, key: string? }
---@return table
function Sender:message(changes, options)
  local version = options and options.version or "2"
  local message = { Type = "Notification", MessageId = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", TopicArn = M.TOPIC,
    Subject = "oi-0123456789ab", Message = "An OpsItem\nwas upd\u{e9}ted.\tx",
    Timestamp = os.date("!%Y-%m-%dT%H:%M:%S.678Z", self.now), SigningCertURL = M.URL,
    UnsubscribeURL = "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe" }
  if changes and changes.Type and changes.Type ~= "Notification" then
    message.Subject, message.UnsubscribeURL = nil, nil
    message.Token = ("2336412f37"):rep(10)
    message.SubscribeURL = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=" .. message.Token
  end
  for key, value in pairs(changes or {}) do message[key] = value or nil end
  message.SignatureVersion = version
  message.Signature = self:signature(M.text(message), version, options and options.key)
  return message
end

---@param message table
---@return string
function M.body(message) return json.encode(message) end

return M
