-- Runs specs with busted inside plumb and collects what came of each test. busted is Debian's; plumb brings none
-- of its own, so a plumb without it says how to get it.

local problem = require "plumb.problem"

local M = {}

local INSTALL = "apt install lua-busted     (Debian, Ubuntu)\n"
  .. "luarocks --lua-version 5.4 install busted     (elsewhere)"

-- busted prepares the tests in files, runs them, and tells of each by events.
local function engine()
  local found, core = pcall(require, "busted.core")
  if not found then
    problem.raise { id = "E130", what = "plumb test needs busted, which is not installed",
      because = tostring(core):match "^[^\n]+", fix = INSTALL }
  end
  local busted = core()
  require "busted"(busted)
  return busted
end

---@class plumb.test.Result
---@field file string      the spec
---@field name string      describe and it, joined by spaces
---@field status "passed"|"failed"|"skipped"
---@field seconds number
---@field message string|nil  what failed, or why it was skipped
---@field line integer|nil    where the test stands

local function full_name(busted, element)
  local names, parent = { element.name or element.descriptor }, busted.context.parent(element)
  while parent and parent.descriptor ~= "file" and (parent.name or parent.descriptor) do
    table.insert(names, 1, parent.name or parent.descriptor)
    parent = busted.context.parent(parent)
  end
  return table.concat(names, " ")
end

local function file_name(busted, element)
  while element and element.descriptor ~= "file" do element = busted.context.parent(element) end
  return element and element.name or "?"
end

local STATUS = { success = "passed", failure = "failed", error = "failed", pending = "skipped" }

-- Listens to busted: every test, and everything that fails outside of one, becomes a result.
local function collect(busted, on_result)
  local results, said = {}, {}
  local function add(result)
    results[#results + 1] = result
    on_result(result)
  end
  local function remember(element, _, message)
    if element.descriptor == "it" or element.descriptor == "pending" then said[element] = said[element] or message end
    return nil, true
  end
  busted.subscribe({ "test", "end" }, function(element, _, status)
    add { file = file_name(busted, element), name = full_name(busted, element), status = STATUS[status] or "failed",
      seconds = element.duration or 0, message = said[element], line = element.trace and element.trace.currentline }
    return nil, true
  end)
  busted.subscribe({ "pending" }, remember)
  for _, kind in ipairs { "failure", "error" } do
    busted.subscribe({ kind }, function(element, parent, message)
      if element.descriptor == "it" then return remember(element, parent, message) end
      add { file = element.descriptor == "file" and element.name or file_name(busted, element),
        name = element.descriptor == "file" and "the file itself" or full_name(busted, element), status = "failed",
        seconds = 0, message = message }
      return nil, true
    end)
  end
  return results
end

-- What specs find beside busted's own names.
local function offer()
  rawset(_G, "plumb", { test = require "plumb.test" })
end

---Runs spec files. Waits.
---@param paths string[]
---@param opts { filter: string[]?, tags: string[]?, seed: integer?, on_result: fun(result: plumb.test.Result)? }
---  filter: Lua patterns on the names; seed: shuffle the tests by it
---@return plumb.test.Result[]
function M.run(paths, opts)
  local busted = engine()
  local results = collect(busted, opts.on_result or function() end)
  busted.randomize, busted.randomseed = opts.seed ~= nil, opts.seed or 0
  require "busted.modules.filter_loader"()(busted, { tags = opts.tags or {}, excludeTags = {},
    filter = opts.filter or {}, filterOut = {} })
  offer()
  require "busted.modules.test_file_loader"(busted, { "lua" })(paths, { "_spec%.lua$" },
    { excludes = {}, recursive = false })
  require "busted.execute"(busted)(1, { seed = opts.seed, shuffle = opts.seed ~= nil })
  busted.publish { "exit" }
  return results
end

return M
