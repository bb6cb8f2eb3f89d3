-- Loaded, not required: describe and it are known to a spec alone.
local contract = assert(loadfile("tests/contract/trigger.lua", "t", _ENV))()
local triggers = require("support.triggers")

contract({ name = "poll", open = triggers.poll })
contract({ name = "sqs", open = triggers.sqs })
contract({ name = "webhook", open = triggers.webhook, needs_listener = true })
