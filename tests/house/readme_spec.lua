-- The README tells the truth: its commands run, what they print is what it shows, its Lua is a policy, its links lead
-- somewhere.

local process = require("support.process")
local simulator = require("support.simulator_process")
local tree = require("support.tree")

-- Fenced blocks: { language, { line, ... }, first line's number }.
local function blocks(path)
  local list, current = {}, nil
  for line, number in tree.lines(path) do
    local fence = line:match("^```(%w*)")
    if fence and not current then
      current = { language = fence, lines = {}, at = number + 1 }
    elseif fence then
      list[#list + 1], current = current, nil
    elseif current then
      table.insert(current.lines, line)
    end
  end
  return list
end

-- The words of a command line, with single quotes and without a pipe.
local function words_of(line)
  local words = {}
  local text = line:gsub("%s+#.*$", "")
  for word in text:gsub("'([^']*)'", function(quoted) return (quoted:gsub(" ", "\1")) end):gmatch("%S+") do
    words[#words + 1] = (word:gsub("\1", " "))
  end
  return words
end

-- A block's commands, each with the output that follows it.
local function commands(block)
  local list = {}
  for i, line in ipairs(block.lines) do
    local command = line:match("^%$ plumb (.+)$")
    if command then
      list[#list + 1] = { text = command, output = {}, at = block.at + i - 1 }
    elseif #list > 0 and not line:find("^%$ ") then
      table.insert(list[#list].output, line)
    end
  end
  return list
end

describe("README.md", function()
  local stage, all = nil, blocks("README.md")

  setup(function() stage = simulator.start() end)
  teardown(function() stage:stop() end)

  -- What the text says has happened between the two looks at an answer.
  local function work_and_resolve()
    stage:document("scan --yes --json")
    for _, item in ipairs(stage:document("item list --json").items) do
      local taken = item.choice == "rel_recovery_targets" or item.choice == "rel_recovery_strategy"
      if item.workload == "billing" and taken then
        stage:person({ id = item.id, status = "Resolved" })
      end
    end
    assert.equal(2, stage:document("resolve --yes --json").summary.updated)
  end

  it("shows what its commands print", function()
    local seen, count = {}, 0
    for _, block in ipairs(all) do
      for _, command in ipairs(commands(block)) do
        if seen[command.text] then work_and_resolve() end
        seen[command.text], count = true, count + 1
        local result = stage:plumb(words_of(command.text), { input = "" })
        assert.equal(0, result.code, ("README.md:%d: %s\n%s"):format(command.at, command.text, result.all))
        if #command.output > 0 then
          assert.equal(table.concat(command.output, "\n") .. "\n", result.out, "README.md:" .. command.at)
        end
      end
    end
    assert.is_true(count >= 5)
  end)

  it("has command lines that can be read", function()
    local count = 0
    for _, block in ipairs(all) do
      for i, line in ipairs(block.lines) do
        local command = line:match("^plumb (.+)$")
        if command then
          count = count + 1
          local ok, failure = pcall(require("plumb.cli").parse, words_of(command))
          assert.is_true(ok, ("README.md:%d: %s"):format(block.at + i - 1, tostring(failure)))
        end
      end
    end
    assert.is_true(count >= 5)
  end)

  it("has words of ./dev that there are", function()
    local dev = process.read("dev")
    for word in process.read("README.md"):gmatch("%./dev (%l+)") do
      assert.truthy(dev:find("\n  " .. word .. ")", 1, true), word)
    end
  end)

  it("has a policy that check approves", function()
    local count = 0
    for _, block in ipairs(all) do
      if block.language == "lua" then
        count = count + 1
        local file = process.write(stage.folder .. "/readme.lua", table.concat(block.lines, "\n"))
        local result = stage:plumb({ "check", file })
        assert.equal(0, result.code, result.all)
        assert.equal(0, stage:plumb({ "scan", "-n", "--policy", file }).code)
      end
    end
    assert.is_true(count > 0)
  end)

  it("has links to what there is", function()
    for target in process.read("README.md"):gmatch("%]%(([^)]+)%)") do
      if not target:find("^https?://") and not target:find("^#") then
        assert.is_true(process.exists(target), target)
      end
    end
  end)

  it("names the permissions that scan and resolve use, and no others", function()
    local used = {}
    for name in pairs(stage:calls()) do used[name] = true end
    for _, name in ipairs({ "wellarchitected.UpdateAnswer", "wellarchitected.GetAnswer", "ssm.GetOpsItem",
      "ssm.UpdateOpsItem" }) do
      used[name] = true
    end
    local text = process.read("README.md"):match("The permissions it needs: (.-)\n\n")
    local named, service = {}, nil
    for word in text:gmatch("`([%w:]+)`") do
      service = word:match("^(%l+):") or service
      named[service .. "." .. (word:match(":(.+)$") or word)] = true
    end
    for name in pairs(used) do
      -- Nobody needs a permission to ask who they are; the example of a call reads what it likes.
      if name ~= "sts.GetCallerIdentity" then assert.is_true(named[name] or false, name) end
    end
  end)

  it("lists exit codes that the help has", function()
    local help = stage:plumb("help exit-codes").out
    for code in process.read("README.md"):gmatch("\n| (%d+) | ") do
      assert.is_truthy(help:find("\n%s*" .. code .. "[%s,]"), code)
    end
  end)
end)
