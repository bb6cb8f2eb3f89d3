-- The form of the sources: what is embedded, how long files are, what is documented, what must not be in them.

local process = require("support.process")
local scripts = require("plumb.scripts")
local tree = require("support.tree")

-- Tables that AWS or a person's reading matter made long, not code.
local DATA = { "^scripts/plumb/aws/service/", "^scripts/sim/seed/", "^scripts/problem/catalogue" }

local function is_data(path)
  for _, pattern in ipairs(DATA) do
    if path:find(pattern) then return true end
  end
  return false
end

describe("what is embedded", function()
  local listed = {}
  for _, name in ipairs(scripts.list()) do listed[name] = true end

  -- In a folder of scripts other than the one that was built, the two may differ for a while.
  local function tree_files()
    local list = tree.files("*.lua", "scripts")
    table.move(tree.files("*.json", "scripts"), 1, 1000, #list + 1, list)
    return list
  end

  it("is every script and seed of the tree, byte for byte", function()
    for _, path in ipairs(tree_files()) do
      local name = path:gsub("^scripts/", "")
      if name:find("^meta/") then
        assert.is_nil(listed[name], name)
      else
        assert.is_true(listed[name] or false, name .. " is not embedded: build again")
        assert.is_true(process.read(path) == scripts.source(name), name .. " is not what is embedded: build again")
      end
    end
  end)

  it("is nothing else but the command-line parser", function()
    for _, name in ipairs(scripts.list()) do
      assert.truthy(process.exists("scripts/" .. name) or name == "argparse.lua", name)
    end
  end)
end)

describe("a file", function()
  it("of code has at most 400 lines", function()
    for _, folder in ipairs({ "engine", "include", "scripts" }) do
      for _, pattern in ipairs({ "*.c", "*.h", "*.lua" }) do
        for _, path in ipairs(tree.files(pattern, folder)) do
          local count = select(2, process.read(path):gsub("\n", ""))
          assert.is_true(is_data(path) or count <= 400, ("%s has %d lines"):format(path, count))
        end
      end
    end
  end)

  it("of Lua begins by saying what it is for", function()
    for _, path in ipairs(tree.files("*.lua", "scripts", "tests", "examples")) do
      if not is_data(path) and not path:find("_spec%.lua$") then
        assert.truthy(process.read(path):find("^%-%-"), path)
      end
    end
  end)

  it("ends in one line end and has neither tabs nor trailing blanks", function()
    for _, folder in ipairs({ "engine", "include", "scripts", "tests", "examples" }) do
      for _, pattern in ipairs({ "*.c", "*.h", "*.lua", "*.build" }) do
        for _, path in ipairs(tree.files(pattern, folder)) do
          local text = process.read(path)
          assert.truthy(text:find("[^\n]\n$"), path)
          for line, number in tree.lines(path) do
            assert.is_nil(line:find("[ \t\r]$"), ("%s:%d"):format(path, number))
            assert.is_nil(line:find("^ *\t"), ("%s:%d"):format(path, number))
          end
        end
      end
    end
  end)

  it("is free of marks for later and of traces of debugging", function()
    local mark = "%f[%w](T" .. "ODO)%f[%W]"
    local others = { "%f[%w](FI" .. "XME)%f[%W]", "%f[%w](XX" .. "X)%f[%W]", "%f[%w](HA" .. "CK)%f[%W]" }
    for _, folder in ipairs({ "engine", "include", "scripts", "tests", "examples" }) do
      for _, pattern in ipairs({ "*.c", "*.h", "*.lua" }) do
        for _, path in ipairs(tree.files(pattern, folder)) do
          local text = process.read(path)
          for _, found in ipairs({ mark, table.unpack(others) }) do
            assert.is_nil(text:match(found), path)
          end
        end
      end
    end
  end)
end)

-- Functions that the file hands out: `function M.name(` or `function Class:name(` where M or Class is what it returns.
local function public_functions(path)
  local text = process.read(path)
  local returned = text:match("\nreturn ([%w_]+)%s*$")
  local list, previous = {}, ""
  for line, number in tree.lines(path) do
    local owner, name = line:match("^function ([%w_]+)[%.:]([%w_]+)%(")
    if owner and not name:find("^__") and (owner == returned or owner:find("^%u%l")) then
      list[#list + 1] = { name = owner .. "." .. name, line = number, documented = previous:find("^%-%-%-") ~= nil,
        public = owner == returned }
    end
    previous = line
  end
  return list
end

describe("documentation", function()
  it("is there for every function that a module hands out", function()
    local bare = {}
    for _, path in ipairs(tree.files("*.lua", "scripts/plumb", "scripts/sim")) do
      for _, entry in ipairs(public_functions(path)) do
        if entry.public and not entry.documented then
          bare[#bare + 1] = ("%s:%d %s"):format(path, entry.line, entry.name)
        end
      end
    end
    assert.same({}, bare)
  end)

  it("is there for every function of the C API", function()
    local bare = {}
    for _, path in ipairs(tree.files("*.h", "include/plumb")) do
      local before = ""
      for line, number in tree.lines(path) do
        local name = line:match("^%l[%w_ %*]*[ %*](plumb_[%w_]+)%(")
        -- Functions that belong together may share the comment above the first.
        if name and not before:find("%*/%s*$") and not before:find(";%s*$") then
          bare[#bare + 1] = ("%s:%d %s"):format(path, number, name)
        end
        before = line
      end
    end
    assert.same({}, bare)
  end)

  it("for editors names what each engine module really has", function()
    for name in process.read("engine/engine.c"):gmatch('{ "engine%.(%w+)", ') do
      local path = "scripts/meta/engine/" .. name .. ".lua"
      assert.is_true(process.exists(path), path)
      local text = process.read(path)
      assert.truthy(text:find("^%-%-%-@meta engine%." .. name .. "\n"), path)
      local class = text:match("%-%-%-@class engine%." .. name .. "\n(.-)\nlocal ") or ""
      local described = {}
      for field in class:gmatch("%-%-%-@field ([%w_]+)") do described[#described + 1] = field end
      for field in text:gmatch("\nfunction " .. name .. "%.([%w_]+)%(") do described[#described + 1] = field end
      local real = {}
      for field in pairs(require("engine." .. name)) do real[#real + 1] = field end
      table.sort(described)
      table.sort(real)
      assert.same(real, described, path)
    end
  end)

  it("of every command has a summary and an example that names it", function()
    for _, name in ipairs(require("plumb.cli").names) do
      local command = require("commands." .. name)
      assert.truthy(command.summary and #command.summary > 10, name)
      assert.is_nil(command.summary:find("%.$"), name)
      assert.is_true(#command.examples > 0, name)
      local named = false
      for _, example in ipairs(command.examples) do
        named = named or example[1]:find("plumb " .. name, 1, true) ~= nil
      end
      assert.is_true(named, name)
    end
  end)

  it("of every example is a command line that can be read", function()
    for _, name in ipairs(require("plumb.cli").names) do
      for _, example in ipairs(require("commands." .. name).examples) do
        local line = example[1]
        local words, rest = {}, line:gsub("^%S+ ", ""):gsub("%s*[|>&<].*$", "")
        for quoted, word in rest:gsub("'([^']*)'", function(text) return "\1" .. text:gsub(" ", "\2") .. "\1" end)
          :gmatch("(\1?)([^ ]+)") do
          words[#words + 1] = quoted and word:gsub("\1", ""):gsub("\2", " ")
        end
        local ok, failure = pcall(require("plumb.cli").parse, words)
        assert.is_true(ok, line .. "\n" .. tostring(failure))
      end
    end
  end)
end)

describe("the tree", function()
  it("names no machine, no account and no key of anybody's", function()
    local tracked = process.shell("git ls-files 2>/dev/null || find . -type f -not -path './build*'")
    local forbidden = { "/w" .. "ork/", "/ro" .. "ot/", "%f[%w]AKIA" .. ("[%u%d]"):rep(16) .. "%f[%W]" }
    -- Keys that everybody may know: AWS's own examples and those of the simulator.
    local known = { "EXAMPLE", "SIMULATOR", "UNIQUE", "NOBODY" }
    for path in tracked:gmatch("[^\n]+") do
      local text = path:find("%.%l+$") and not path:find("^tests/golden/") and process.read(path) or ""
      for _, pattern in ipairs(forbidden) do
        for found in text:gmatch(pattern) do
          local fine = false
          for _, word in ipairs(known) do fine = fine or found:find(word, 1, true) ~= nil end
          assert.is_true(fine, path .. ": " .. found)
        end
      end
    end
  end)
end)
