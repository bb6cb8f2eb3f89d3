-- What the mutants change. Each names one line of plumb by a Lua pattern, without its indentation: enough of it to be
-- that line alone, and no more, so that what is of no account here may be edited.

local mutations = {}

---@class proof.Mutation
---@field name string
---@field file string?     below scripts; none for a mutant that leaves plumb as it is
---@field line string?     the pattern of the one line
---@field becomes string?  what takes its place, as string.gsub has it
---@field check string[]   the proof and its arguments
---@field says string      what the check must say then, a pattern

-- Lives until one goes wrong. Which one that is changes with whatever changes plumb, so there is room for bad luck.
local MANY = "4000"

---Fresh connections are guarded in tests/c/test_http.c.
---@type proof.Mutation[]
mutations.all = {
  { name = "quarantine", file = "plumb/diff.lua",
    line = '^action%.kind = .* and "wait" or "create"$', becomes = 'action.kind = "create"',
    check = { "seeds.lua", "--seeds", MANY }, says = "I[134]:" },
  { name = "intent", file = "plumb/open.lua", line = "^intend%(.*%)$", becomes = "",
    check = { "seeds.lua", "--seeds", MANY }, says = "I[1234]:" },
  { name = "applying", file = "plumb/settle.lua",
    line = "^local earlier = note_applying%(.*%)$", becomes = "local earlier = false",
    check = { "seeds.lua", "--seeds", MANY }, says = "I3:" },
  { name = "used up", file = "plumb/inbox.lua", line = "^if item%.processed or (.*)$", becomes = "if %1",
    check = { "seeds.lua", "--seeds", MANY }, says = "I3:" },
  { name = "echo", file = "plumb/inbox.lua",
    line = "^if item%.processed or found%.fields%[item_of%.CLOSED_FIELD%] then$", becomes = "if item.processed then",
    check = { "seeds.lua", "--seeds", MANY }, says = "I3:" },
  { name = "all statuses", file = "plumb/open.lua", line = "^resolved = is_recent%(.*$", becomes = "",
    check = { "seeds.lua", "--seeds", MANY }, says = "I2:" },
  { name = "lease", file = "plumb/store/lease.lua",
    line = "^if earlier and earlier%.owner ~= NOBODY and .* then$", becomes = "if false then",
    check = { "instances.lua", "--rounds", "1", "--only", "table" }, says = "one table, round" },
  { name = "lock", check = { "instances.lua", "--rounds", "1", "--without-lock" }, says = "one state, round" },
}

---A file with one line changed; raises a string unless there is exactly one such line.
---@param mutation proof.Mutation
---@param text string
---@return string changed
function mutations.applied(mutation, text)
  local found = 0
  local changed = text:gsub("([ \t]*)([^\n]*)", function(indent, line)
    local new, n = line:gsub(mutation.line, mutation.becomes)
    found = found + n
    return indent .. new
  end)
  if found == 1 then return changed end
  error(("mutant '%s': %s has %d lines like %s, not one"):format(mutation.name, mutation.file, found, mutation.line), 0)
end

return mutations
