-- Shows that each mechanism is necessary, and that the proof would notice if it went: a copy of one file of plumb
-- with one thing changed, and the check that must then go red. A mutant that nobody notices fails this script, and
-- so does one whose line is no longer there to be changed.
--
--   plumb run tests/proof/mutants.lua [--only NAME]

package.path = "./tests/?.lua;" .. package.path

local options_of = require "proof.options"
local scripts = require "plumb.scripts"
local support = require "support.process"

local options = options_of.read(arg, { only = "" })
local binary = support.shell("realpath " .. support.quote(os.getenv("PLUMB_BINARY") or "build/plumb"))

-- { name, file, from, to, check, what the check must say }. Fresh connections are guarded in tests/c/test_http.c.
local MUTANTS = {
  { "quarantine", "plumb/diff.lua", 'action.kind = (record.ambiguous_until or 0) > now and "wait" or "create"',
    'action.kind = "create"', { "seeds.lua", "--seeds", "120" }, "I[134]:" },
  { "intent", "plumb/open.lua", "\n  intend(self, record)\n", "\n", { "seeds.lua", "--seeds", "200" }, "I[1234]:" },
  { "applying", "plumb/settle.lua", "local earlier = note_applying(self, job)", "local earlier = false",
    { "seeds.lua", "--seeds", "400" }, "I3:" },
  { "used up", "plumb/inbox.lua", "if item.processed or", "if", { "seeds.lua", "--seeds", "300" }, "I3:" },
  { "echo", "plumb/inbox.lua", "if item.processed or found.fields[item_of.CLOSED_FIELD] then",
    "if item.processed then", { "seeds.lua", "--seeds", "200" }, "I3:" },
  { "all statuses", "plumb/open.lua", "resolved = is_recent(self, candidate, record) and candidate or resolved", "",
    { "seeds.lua", "--seeds", "200" }, "I2:" },
  { "lock", nil, nil, nil, { "instances.lua", "--rounds", "1", "--without-lock" }, "one state, round" },
}

local function replaced(text, from, to)
  local at, stop = text:find(from, 1, true)
  if not at then return nil end
  return text:sub(1, at - 1) .. to .. text:sub(stop + 1)
end

-- A folder with the changed file alone; plumb takes the others from itself.
local function folder_of(mutant)
  local folder = support.folder()
  local name, file, from, to = table.unpack(mutant, 1, 4)
  if not file then return folder end
  local text = replaced(scripts.source(file), from, to) or error(("%s: %s has no such line"):format(name, file), 0)
  support.shell(("mkdir -p %s/%s"):format(support.quote(folder), support.quote(file:match("^(.*)/"))))
  support.write(folder .. "/" .. file, text)
  return folder
end

-- What the check says of the mutant, and whether it went red.
local function outcome(mutant)
  local folder = folder_of(mutant)
  local check = mutant[5]
  local words = table.move(check, 2, #check, 4, { binary, "run", "tests/proof/" .. check[1] })
  local result = support.run(words, { env = { PLUMB_SCRIPTS = folder, PLUMB_BINARY = binary, HOME = "/nonexistent",
    PLUMB_TRACER = os.getenv("PLUMB_TRACER") } })
  support.remove(folder)
  return result.code ~= 0 and result.out:find(mutant[6]) ~= nil, result
end

local alive = 0
for _, mutant in ipairs(MUTANTS) do
  if options.only == "" or options.only == mutant[1] then
    local noticed, result = outcome(mutant)
    local first = result.out:match("[^\n]*" .. mutant[6] .. "[^\n]*")
    print(("%-14s %s"):format(mutant[1], noticed and first:match("^%s*(.*)$") or "NOT NOTICED\n" .. result.all))
    if not noticed then alive = alive + 1 end
  end
end
print(("%d mutants not noticed"):format(alive))
return alive == 0
