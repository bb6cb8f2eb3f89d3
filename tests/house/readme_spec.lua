-- The README tells the truth about names and numbers; that its commands print what it shows is seen in tests/docs.

local process = require("support.process")
local simulator = require("support.simulator_process")

describe("README.md", function()
  local stage

  setup(function() stage = simulator.start() end)
  teardown(function() stage:stop() end)

  -- Everything that the README tells people to do with their own account.
  local function work_and_resolve()
    stage:document("scan --yes --json")
    for _, item in ipairs(stage:document("item list --json").items) do
      local taken = item.choice == "rel_recovery_targets" or item.choice == "rel_recovery_strategy"
      if item.workload == "billing" and taken then
        stage:person({ id = item.id, status = "Resolved" })
      end
    end
    assert.equal(2, stage:document("resolve --yes --json").summary.updated)
    stage:document("scan --yes --json")
  end

  it("has words of ./dev that there are", function()
    local dev = process.read("dev")
    for word in process.read("README.md"):gmatch("%./dev (%l+)") do
      assert.truthy(dev:find("\n  " .. word .. ")", 1, true), word)
    end
  end)

  it("names the permissions that scan and resolve use", function()
    work_and_resolve()
    local used = stage:calls()
    local text = process.read("README.md"):match("The permissions it needs: (.-)\n\n")
    local named, service = {}, nil
    for word in text:gmatch("`([%w:]+)`") do
      service = word:match("^(%l+):") or service
      named[service .. "." .. (word:match(":(.+)$") or word)] = true
    end
    for name in pairs(used) do
      -- Nobody needs a permission to ask who they are.
      if name ~= "sts.GetCallerIdentity" then assert.is_true(named[name] or false, name) end
    end
  end)

  it("lists exit codes that the help has", function()
    local help = stage:plumb("help exit-codes").out
    for code in process.read("README.md"):gmatch("\n| (%d+) | ") do
      assert.is_truthy(help:find("\n%s*" .. code .. "[%s,]"), code)
    end
  end)

  it("counts the recipes of the cookbook", function()
    local words = { [20] = "twenty", [21] = "twenty-one", [22] = "twenty-two", [23] = "twenty-three",
      [24] = "twenty-four", [25] = "twenty-five" }
    local count = #require("support.tree").files("policy.lua", "examples/cookbook")
    assert.truthy(process.read("README.md"):find(words[count] .. " recipes", 1, true), count)
  end)
end)
