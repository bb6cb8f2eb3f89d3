-- A user's script that replaces time, sleep and chance, and uses the parts of plumb one by one without sending
-- anything. Run by tests/e2e/seams_spec.lua as `plumb run tests/support/seams_script.lua FOLDER`; prints one line
-- for each thing it did.

local folder = ...

local aws = require "plumb.aws"
local endpoint = require "plumb.aws.endpoint"
local profile = require "plumb.aws.profile"
local protocol = require "plumb.aws.protocol"
local random = require "plumb.random"
local signer = require "plumb.aws.signer"
local task = require "plumb.task"
local time = require "plumb.time"

-- Time, sleep and chance.
local now, slept = 1767323045, {}
time.set(function() return now end)
random.set(function(n) return ("\0"):rep(n) end)
task.set_sleep(function(seconds)
  slept[#slept + 1] = seconds
  now = now + seconds
end)
local before = time.now()
task.sleep(3600)
print("slept", time.now() - before, slept[1], random.number(), random.uuid())

-- A profile file as a table.
local parsed = assert(profile.parse("[profile x]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/r\n"))
print("profile", parsed.profiles.x.region, parsed.profiles.x.role_arn)
local bad, why = profile.parse("[profile x\n")
print("profile", bad, why.code, why.line)

-- Endpoints, without a client.
local sqs = require "plumb.aws.service.sqs"
print("endpoint", assert(endpoint.resolve(sqs, "cn-north-1")).host)

-- Credentials as the run would use them; what is secret in them stays so.
local keys = assert(plumb.session.credentials())
print("credentials", keys.source, #keys.access_key_id, tostring(keys.secret))

-- A raw request, signed at the time that was set.
local signed = assert(signer.sign({ method = "GET", scheme = "https", host = "example.amazonaws.com", path = "/",
  query = "", headers = {}, body = "" },
  { access_key_id = "AKIDEXAMPLE", secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  { service = "service", region = "us-east-1", time = 1440938160 }))
print("signature", signed.headers["x-amz-date"], signed.headers.authorization:match("Signature=(%x+)"))

-- A message by a published model, there and back, without sending it.
local service = assert(aws.load_model(folder .. "/service-2.json"))
local parts = protocol.build(service, "PutThing", { Name = "a b", Size = 3, At = 0 })
print("built", parts.method, parts.path, parts.query, parts.body)
local output = assert(protocol.parse(service, "PutThing", { status = 200,
  headers = { ["content-type"] = "application/json" }, body = '{"Thing":{"Name":"a b","At":1767323045}}' }))
print("parsed", output.Thing.Name, output.Thing.At)
local none, failure = protocol.parse(service, "PutThing", { status = 409,
  headers = { ["x-amzn-errortype"] = "ThingExists:http://x/" }, body = '{"Message":"there is one"}' })
print("refused", none, failure.code, failure.message)
