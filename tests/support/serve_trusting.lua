-- plumb serve that takes a certificate and a root of a spec's for those of SNS, since no spec may ask the real one.
-- Run as `plumb run tests/support/serve_trusting.lua FOLDER [serve's arguments]`; FOLDER holds good.pem and root.pem,
-- and gets the number of the process in the file pid.

local folder = ...

local cli = require "plumb.cli"
local sns = require "plumb.trigger.sns"

local function read(name)
  local file = assert(io.open(folder .. "/" .. name, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

local new = sns.new
function sns.new(options)
  return new { topics = options.topics, roots = read "root.pem", fetch = function() return read "good.pem" end }
end

local pid = assert(io.open("/proc/self/stat")):read "n"
assert(io.open(folder .. "/pid", "w")):write(pid, "\n"):close()

local parsed = cli.parse { "serve", table.unpack({ ... }, 2) }
return parsed.command.run(parsed.args, cli.console { args = parsed.args })
