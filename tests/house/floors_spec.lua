-- Floors and doors, read from the sources: who may require and include whom.

local process = require("support.process")
local tree = require("support.tree")

local SCRIPTS = tree.files("*.lua", "scripts/main.lua", "scripts/commands", "scripts/workflows", "scripts/policy",
  "scripts/plumb", "scripts/sim")

describe("a door", function()
  local users = {}
  for _, path in ipairs(SCRIPTS) do
    for name in pairs(tree.requires(path)) do
      if name:find("^engine%.") or name:find("^cjson") then
        users[name] = users[name] or {}
        table.insert(users[name], path)
      end
    end
  end

  for name, paths in pairs(users) do
    it("leads to " .. name .. " and is the only one", function()
      assert.equal(1, #paths, table.concat(paths, " "))
    end)
  end

  it("is there for every module of the engine", function()
    for name in process.read("engine/engine.c"):gmatch('{ "(engine%.%w+)", ') do
      assert.truthy(users[name], name)
    end
  end)
end)

-- The highest number that a file may require from is its own. `sim` stands beside the floors: it uses the lowest ones.
local FLOORS = {
  { "^plumb%.err$", 0 }, { "^plumb%.problem", 1 }, { "^plumb%.aws", 2 }, { "^plumb%.cli", 9 },
  { "^plumb%.sink", 4 }, { "^plumb%.store", 4 }, { "^plumb%.policy", 3 },
  { "^plumb%.context$", 7 }, { "^plumb%.session$", 6 }, { "^plumb%.runner$", 8 },
  { "^commands%.", 9 }, { "^main$", 10 },
}

local function floor_of(name)
  for _, entry in ipairs(FLOORS) do
    if name:find(entry[1]) then return entry[2] end
  end
end

-- Leaves are used by everybody, so they may use each other and nothing else of ours.
local LEAVES = {}
for name in ([[err json time random digest secret files term scripts log xml strict suggest task transport server
  build gzip process]]):gmatch("%w+") do
  LEAVES["plumb." .. name] = true
end

local PRINTABLE = "plumb.cli.printable" -- text for people, which errors and logs are as well

describe("a Lua floor", function()
  it("is kept: nothing requires from above", function()
    local wrong = {}
    for _, path in ipairs(SCRIPTS) do
      local own = floor_of(tree.module(path))
      for name in pairs(tree.requires(path)) do
        local other = floor_of(name)
        -- How a problem is shown and printable text are for everybody; they know no command.
        local shown = name == PRINTABLE or name:find("^plumb%.problem")
        if own and other and other > own and not shown then wrong[#wrong + 1] = path .. " requires " .. name end
      end
    end
    assert.same({}, wrong)
  end)

  it("at the bottom is made of leaves alone", function()
    local wrong = {}
    for _, path in ipairs(SCRIPTS) do
      if LEAVES[tree.module(path)] then
        for name in pairs(tree.requires(path)) do
          if name:find("^plumb%.") and not LEAVES[name] and name ~= PRINTABLE then
            wrong[#wrong + 1] = path .. " requires " .. name
          end
        end
      end
    end
    assert.same({}, wrong)
  end)

  it("has no circle", function()
    local graph = {}
    for _, path in ipairs(SCRIPTS) do
      local own = tree.module(path)
      graph[own] = {}
      -- Only what is required while the file loads can go round in a circle.
      for line in tree.lines(path) do
        local name = line:match('^local [%w_, ]+ = require%s*%(?"([%w_%.]+)"')
        if name then table.insert(graph[own], name) end
      end
    end
    local state, trail = {}, {}
    local function visit(name)
      if state[name] == "done" or not graph[name] then return end
      assert.is_nil(state[name], "a circle: " .. table.concat(trail, " -> ") .. " -> " .. name)
      state[name] = "open"
      trail[#trail + 1] = name
      for _, other in ipairs(graph[name]) do visit(other) end
      trail[#trail] = nil
      state[name] = "done"
    end
    for name in pairs(graph) do visit(name) end
  end)

  it("of the simulator shares neither parsing nor signing with the client", function()
    for _, path in ipairs(tree.files("*.lua", "scripts/sim")) do
      for name in pairs(tree.requires(path)) do
        assert.is_nil(name:match("^plumb%.aws%.protocol") or name:match("^plumb%.aws%.signer")
          or name:match("^plumb%.aws%.call") or name:match("^plumb%.aws%.shape") or name:match("^plumb%.transport"),
          path .. " requires " .. name)
      end
    end
  end)

  it("of the simulator is entered by commands and the session alone", function()
    for _, path in ipairs(SCRIPTS) do
      for name in pairs(tree.requires(path)) do
        if name == "sim" or name:find("^sim%.") then
          local may = path:find("^scripts/commands/") or path:find("^scripts/sim/")
          assert.truthy(may or path == "scripts/plumb/session.lua", path .. " requires " .. name)
        end
      end
    end
  end)

  it("on top, the workflows, require nothing", function()
    for _, folder in ipairs({ "scripts/workflows" }) do
      for _, path in ipairs(tree.files("*.lua", folder)) do
        assert.is_nil(next(tree.requires(path)), path)
        assert.is_nil(process.read(path):find("require", 1, true), path)
      end
    end
  end)

  it("requires only what is there", function()
    local known = {}
    for _, path in ipairs(SCRIPTS) do known[tree.module(path)] = true end
    for _, path in ipairs(SCRIPTS) do
      for name in pairs(tree.requires(path)) do
        local ours = name:find("^plumb%.") or name:find("^sim") or name:find("^commands%.")
        if ours and name:sub(-1) ~= "." then -- such a one is put together at run time
          assert.is_true(known[name] or false, path .. " requires " .. name)
        end
      end
    end
  end)
end)

-- 0 libc only; 1 pure; 2 sockets and disk; 3 Lua; 4 the engine; 5 the program.
local C_FLOORS = { base = 0, sign = 1, net = 2, store = 2, lua = 3 }

local HEADER_FLOORS = { ["plumb/plumb.h"] = 4 }
for _, folder in ipairs({ "base", "sign", "net", "store" }) do
  for _, path in ipairs(tree.files("*.c", "engine/" .. folder)) do
    for line in tree.lines(path) do
      local header = line:match('^#include "(plumb/[%w_]+%.h)"')
      -- A part's own header has its file's name.
      if header and header:match("plumb/([%w_]+)%.h") == path:match("([%w_]+)%.c$") then
        HEADER_FLOORS[header] = C_FLOORS[folder]
      end
    end
  end
end

local SYSTEM = {
  ["lua.h"] = 3, ["lauxlib.h"] = 3, ["lualib.h"] = 3, ["curl/curl.h"] = 2, ["microhttpd.h"] = 2, ["sqlite3.h"] = 2,
  ["openssl/evp.h"] = 1, ["openssl/hmac.h"] = 1, ["openssl/crypto.h"] = 1, ["openssl/rand.h"] = 1,
}

describe("a C floor", function()
  for folder, floor in pairs(C_FLOORS) do
    it(("%d, %s, includes only its own and those below"):format(floor, folder), function()
      for _, path in ipairs(tree.files("*.[ch]", "engine/" .. folder)) do
        for line in tree.lines(path) do
          local ours, system = line:match('^#include "([^"]+)"'), line:match("^#include <([^>]+)>")
          local other = ours and HEADER_FLOORS[ours] or system and SYSTEM[system] or 0
          local glue = folder == "lua" and (ours == "../engine.h") -- the binding finds the engine through it
          assert.is_true(glue or other <= floor, path .. ": " .. line)
          assert.is_nil(ours and not glue and ours:match("^%.%./") or nil, path .. ": " .. line)
        end
      end
    end)
  end

  it("3 is the only one, with the engine, that knows Lua", function()
    for _, path in ipairs(tree.files("*.[ch]", "engine", "include")) do
      local text = process.read(path)
      if text:find("#include <lua", 1, true) or text:find("#include <lauxlib", 1, true) then
        assert.truthy(path:find("^engine/lua/") or path == "engine/engine.c" or path == "engine/engine.h", path)
      end
    end
  end)

  it("5 knows plumb.h and nothing else of ours", function()
    for line in tree.lines("engine/main.c") do
      local ours = line:match('^#include "([^"]+)"')
      assert.is_true(not ours or ours == "plumb/plumb.h", line)
    end
  end)

  it("keeps the clock, the environment and files out of the signer", function()
    for _, path in ipairs(tree.files("*.c", "engine/sign")) do
      local text = process.read(path):gsub("/%*.-%*/", "")
      for _, name in ipairs({ "getenv", "fopen", "open", "time", "clock_gettime", "gettimeofday", "printf" }) do
        assert.is_nil(text:find("[^%w_]" .. name .. "%s*%("), path .. ": " .. name)
      end
    end
  end)

  it("has no mutable globals", function()
    for _, path in ipairs(tree.files("*.c", "engine")) do
      for line, number in tree.lines(path) do
        local declared = line:match("^static ([^=(]+[=;])") or line:match("^(%l[%w_ %*]+ [%w_]+ ?[=;])$")
        if declared and not declared:find("const") and path ~= "engine/main.c" then
          error(("%s:%d: %s"):format(path, number, line))
        end
      end
    end
  end)
end)
