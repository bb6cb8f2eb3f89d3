-- Each recipe of the cookbook is right: its specs pass, and its commands print what is kept beside it.

local document = require("support.document")
local process = require("support.process")
local simulator = require("support.simulator_process")
local tree = require("support.tree")

local FOLDER = "examples/cookbook/"

local function recipes()
  local list = {}
  for _, path in ipairs(tree.files("policy.lua", FOLDER)) do list[#list + 1] = path:match("([^/]+)/policy%.lua$") end
  return list
end

local function lines_of(text)
  local list = {}
  for line in text:gmatch("([^\n]*)\n") do list[#list + 1] = line end
  return list
end

describe("the cookbook", function()
  local folder, env

  setup(function()
    folder = process.folder()
    process.shell(("mkdir %s/bin && ln -s %s %s/bin/plumb"):format(folder, simulator.binary, folder))
    env = { HOME = folder, LC_ALL = "C.UTF-8", PLUMB_SCRIPTS = os.getenv("PLUMB_SCRIPTS") or "" }
  end)
  teardown(function() process.remove(folder) end)

  it("has fifteen recipes or more, each in its list", function()
    local list, index = recipes(), process.read(FOLDER .. "README.md")
    assert.is_true(#list >= 15)
    for _, name in ipairs(list) do
      assert.truthy(index:find(("](%s/policy.lua)"):format(name), 1, true), name)
      local wish = process.read(FOLDER .. name .. "/policy.lua"):match("^%-%- I want (.-)%.\n")
      assert.truthy(wish and index:find(wish, 1, true), name .. ": the list says something else")
    end
  end)

  for _, name in ipairs(recipes()) do
    it("is right about " .. name, function()
      local path = FOLDER .. name .. "/expected.txt"
      local commands = document.commands({ lines = lines_of(process.read(path)), at = 1 })
      assert.equal("plumb test", commands[1].text)
      for _, command in ipairs(commands) do
        local shell = ("export PATH=%s/bin:$PATH; set -o pipefail; %s"):format(folder, command.text)
        local result = process.run({ "bash", "-c", shell }, { env = env, folder = FOLDER .. name })
        assert.equal(0, result.code, name .. ": " .. command.text .. "\n" .. result.all)
        local printed = lines_of(result.out)
        if not document.same(command.output, printed) then
          error(("%s:%d: %s printed\n%s"):format(path, command.at, command.text, result.all), 0)
        end
      end
    end)
  end
end)
