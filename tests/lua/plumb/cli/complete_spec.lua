local cli = require("plumb.cli")
local complete = require("plumb.cli.complete")
local flags = require("plumb.cli.flags")
local sources = require("plumb.cli.complete.sources")

-- What is offered behind a line whose last word is the one at the cursor.
local function offered(...)
  local words = { ... }
  local current = table.remove(words)
  local list, way = complete.at(words, current)
  local names = {}
  for i, candidate in ipairs(list) do names[i] = candidate[1] end
  return names, way
end

local function has(list, word)
  for _, one in ipairs(list) do
    if one == word then return true end
  end
  return false
end

describe("completion", function()
  it("offers every command with its summary, and those that begin like the word", function()
    local list = complete.at({}, "")
    assert.equal(#cli.names, #list)
    for i, command in ipairs(cli.commands()) do
      assert.same({ command.name, command.summary }, list[i])
    end
    assert.same({ "scan", "schedule", "schema" }, offered("sc"))
    assert.same({}, offered("zzz"))
  end)

  it("offers every flag of every command, and no other", function()
    for _, command in ipairs(cli.commands()) do
      local words, expected = offered(command.name, "-"), {}
      for _, flag in ipairs(flags.of(command)) do
        expected[flags.long(flag)] = true
        assert.is_true(has(words, flags.long(flag)), command.name .. " " .. flags.long(flag))
      end
      for _, word in ipairs(words) do assert.is_true(expected[word], command.name .. " " .. word) end
    end
  end)

  it("offers every word from a list, for flags and arguments alike", function()
    local lists = 0
    for _, command in ipairs(cli.commands()) do
      for _, flag in ipairs(flags.of(command)) do
        if flag.choices then
          lists = lists + 1
          assert.same(flag.choices, offered(command.name, flags.long(flag), ""))
        end
      end
      local first = command.arguments and command.arguments[1]
      if first and first.choices then
        lists = lists + 1
        assert.same(first.choices, offered(command.name, ""))
      end
    end
    assert.is_true(lists > 10)
  end)

  it("knows where to look for every word that a table promises", function()
    for _, command in ipairs(cli.commands()) do
      local things = table.move(command.arguments or {}, 1, 20, 1, {})
      table.move(flags.of(command), 1, 99, #things + 1, things)
      for _, thing in ipairs(things) do
        local kind = thing.completes
        assert.is_true(kind == nil or kind == "files" or kind == "folders" or sources[kind] ~= nil,
          command.name .. ": " .. tostring(kind))
      end
    end
  end)

  it("offers a flag once, unless it may be given again", function()
    assert.is_false(has(offered("scan", "--dry-run", "-"), "--dry-run"))
    assert.is_true(has(offered("scan", "--workload", "a", "-"), "--workload"))
  end)

  it("takes flags in front of the command, and their values", function()
    assert.is_true(has(offered("--pro"), "--profile"))
    assert.same({ "eu-west-1", "eu-west-2", "eu-west-3" }, offered("--region", "eu-west"))
    assert.is_true(has(offered("--region", "eu-west-1", "sca"), "scan"))
  end)

  it("leaves paths to the shell", function()
    assert.equal("files", select(2, offered("scan", "--policy", "")))
    assert.equal("files", select(2, offered("scan", "--policy=exa")))
    assert.equal("folders", select(2, offered("init", "")))
    assert.equal("files", select(2, offered("run", "script.lua", "")))
  end)

  it("keeps the flag in front of a value behind =", function()
    assert.same({ "--output=table", "--output=tsv" }, offered("status", "--output=t"))
    assert.same({}, offered("status", "--quiet=x"))
    assert.same({}, offered("status", "--nothing=x"))
  end)

  it("offers services, operations, their members and the words these can have", function()
    assert.is_true(has(offered("call", ""), "wa."))
    assert.same({ "wa.ListAnswers" }, offered("call", "wa.ListAns"))
    local members, way = offered("call", "wa.ListAnswers", "")
    assert.equal("LensAlias=", members[1])
    assert.equal("WorkloadId=", members[2])
    assert.equal("nospace", way)
    assert.is_false(has(offered("call", "wa.ListAnswers", "WorkloadId=1", ""), "WorkloadId="))
    assert.is_true(has(offered("call", "wa.UpdateAnswer", "Reason="), "Reason=OUT_OF_SCOPE"))
    assert.same({ "IsApplicable=true", "IsApplicable=false" }, offered("call", "wa.UpdateAnswer", "IsApplicable="))
    assert.same({}, offered("call", "wa.NoSuchThing", "Wo"))
    assert.same({}, offered("call", "nothing", "Wo"))
  end)

  it("offers settings for --set, and the words they can have", function()
    assert.same({ "budget.run=", "budget.workload=", "budget.month=" }, offered("scan", "--set", "budget"))
    assert.same({ "ambiguous=wait", "ambiguous=retry" }, offered("scan", "--set", "ambiguous="))
    assert.same({ "shared=true", "shared=false" }, offered("scan", "--set", "shared="))
  end)

  it("offers topics, commands, operations and error ids to help", function()
    assert.is_true(has(offered("help", "e"), "exit-codes"))
    assert.is_true(has(offered("help", "sca"), "scan"))
    assert.is_true(has(offered("help", "E2"), "E201"))
    assert.same({ "wa.GetAnswer" }, offered("help", "wa.GetAns"))
  end)

  it("says nothing behind a command that there is not", function()
    assert.same({}, offered("scna", ""))
  end)
end)
