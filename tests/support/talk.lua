-- The console of a command, with what it says kept: cli.said.out and cli.said.err.

local console = require "plumb.cli.console"

local talk = {}

local function stream(said, name)
  local fake = {}
  function fake.write(self, ...)
    said[name] = said[name] .. table.concat({ ... })
    return self
  end
  function fake.flush() end
  return fake
end

---@param args table  the parsed arguments
---@param answer? string  what somebody at a terminal types; nil when nobody is there
---@return plumb.Cli
function talk.new(args, answer)
  local said, there = { out = "", err = "" }, answer ~= nil
  args.verbose = args.verbose or 0
  local cli = console.new { args = args, stdout = stream(said, "out"), stderr = stream(said, "err"),
    env = function(name) return name == "LANG" and "C.UTF-8" or nil end, read_line = function() return answer end,
    tty = { stdin = there, stdout = there, stderr = there }, width = function() return 120 end }
  cli.said = said
  return cli
end

---The same for a run on a world: the context that a command would get.
---@param w tests.World
---@param args table
---@param answer? string
---@return plumb.Context
function talk.context(w, args, answer)
  local plumb = w:begin(args)
  plumb.cli = talk.new(args, answer)
  return plumb
end

return talk
