local cli = require("plumb.cli")
local flags = require("plumb.cli.flags")
local help = require("plumb.cli.help")

local function lines(text)
  return select(2, text:gsub("\n", "\n"))
end

describe("help", function()
  it("lists every command once, under a known heading", function()
    local text = help.top(cli.commands())
    assert.is_true(lines(text) < 60)
    for _, command in ipairs(cli.commands()) do
      local _, count = text:gsub("\n  " .. command.name .. " +%u", "")
      assert.equal(1, count, command.name)
      assert.truthy(("\n" .. text):find("\n" .. command.group .. "\n", 1, true), command.group)
    end
  end)

  it("fits a screen for each command and shows examples first in the long form", function()
    for _, command in ipairs(cli.commands()) do
      local short, long = help.command(command, false), help.command(command, true)
      assert.is_true(lines(short) < 60, command.name)
      assert.is_true(lines(long) < 70, command.name .. ": " .. lines(long))
      assert.truthy(command.examples and command.examples[1], command.name .. " has no example")
      assert.is_true(long:find("Examples", 1, true) < long:find("Usage", 1, true))
      assert.truthy(long:find("--no-input", 1, true))
      for _, flag in ipairs(flags.of(command)) do
        assert.truthy(long:find(flags.long(flag), 1, true), command.name .. " " .. flags.long(flag))
      end
    end
  end)

  it("has no line wider than 100 and no trailing blanks", function()
    for _, command in ipairs(cli.commands()) do
      for line in help.command(command, true):gmatch("[^\n]+") do
        assert.is_true(utf8.len(line) <= 110, line)
        assert.falsy(line:find("%s$"), line)
      end
    end
  end)

  it("shows arguments in the usage", function()
    assert.equal("plumb call OPERATION [KEY=VALUE...] [flags]", help.usage({ name = "call",
      arguments = { { name = "OPERATION" }, { name = "KEY=VALUE", optional = true, many = true } } }))
    assert.equal("plumb run [flags] FILE [ARGS...]", help.usage({ name = "run", raw = true,
      arguments = { { name = "FILE" }, { name = "ARGS", optional = true, many = true } } }))
  end)
end)

describe("every command", function()
  it("is what its file name says and uses known flag groups", function()
    for i, command in ipairs(cli.commands()) do
      assert.equal(cli.names[i], command.name)
      assert.equal("function", type(command.run))
      assert.is_true(#command.summary > 0 and not command.summary:find("%.$"), command.name)
      assert.has_no.errors(function() flags.used(command) end)
    end
  end)

  it("names the words that its ACTION can be, so that others are refused and these are offered", function()
    for _, command in ipairs(cli.commands()) do
      for _, argument in ipairs(command.arguments or {}) do
        assert.is_true(argument.name ~= "ACTION" or argument.choices ~= nil, command.name)
      end
    end
  end)

  it("has no flag twice", function()
    for _, command in ipairs(cli.commands()) do
      local seen = {}
      for _, flag in ipairs(flags.of(command)) do
        for _, spelling in ipairs({ flag[1], flag[2] }) do
          assert.is_nil(seen[spelling], command.name .. " " .. spelling)
          seen[spelling] = true
        end
      end
    end
  end)
end)
