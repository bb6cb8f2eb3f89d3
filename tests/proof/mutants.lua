-- Shows that each mechanism is necessary, and that the proof would notice if it went: a copy of one file of plumb
-- with one thing changed, and the check that must then go red. A mutant that nobody notices fails this script, and
-- so does one whose line is no longer there to be changed.
--
--   plumb run tests/proof/mutants.lua [--only NAME]

package.path = "./tests/?.lua;" .. package.path

local mutations = require "proof.mutations"
local options_of = require "proof.options"
local scripts = require "plumb.scripts"
local support = require "support.process"

local options = options_of.read(arg, { only = "" })
local binary = support.shell("realpath " .. support.quote(os.getenv("PLUMB_BINARY") or "build/plumb"))

-- A folder with the changed file alone; plumb takes the others from itself.
local function folder_of(mutant)
  local folder = support.folder()
  if not mutant.file then return folder end
  local text = mutations.applied(mutant, scripts.source(mutant.file))
  support.shell(("mkdir -p %s/%s"):format(support.quote(folder), support.quote(mutant.file:match("^(.*)/"))))
  support.write(folder .. "/" .. mutant.file, text)
  return folder
end

-- What the check says of the mutant, and whether it went red.
local function outcome(mutant)
  local folder = folder_of(mutant)
  local words = table.move(mutant.check, 2, #mutant.check, 4, { binary, "run", "tests/proof/" .. mutant.check[1] })
  if mutant.check[1] == "seeds.lua" then table.move({ "--until", mutant.says }, 1, 2, #words + 1, words) end
  local result = support.run(words, { env = { PLUMB_SCRIPTS = folder, PLUMB_BINARY = binary, HOME = "/nonexistent",
    PLUMB_TRACER = os.getenv("PLUMB_TRACER") } })
  support.remove(folder)
  return result.code ~= 0 and result.out:find(mutant.says) ~= nil, result
end

local alive = 0
for _, mutant in ipairs(mutations.all) do
  if options.only == "" or options.only == mutant.name then
    local noticed, result = outcome(mutant)
    local first = result.out:match("[^\n]*" .. mutant.says .. "[^\n]*")
    print(("%-14s %s"):format(mutant.name, noticed and first:match("^%s*(.*)$") or "NOT NOTICED\n" .. result.all))
    if not noticed then alive = alive + 1 end
  end
end
print(("%d mutants not noticed"):format(alive))
return alive == 0
