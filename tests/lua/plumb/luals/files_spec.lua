local files = require("plumb.files")
local luals = require("plumb.luals")
local process = require("support.process")
local schema = require("plumb.policy.schema")

local function text_of(name)
  for _, file in ipairs(luals.files()) do
    if file[1] == name then return file[2] end
  end
end

describe("the definition files", function()
  it("are Lua, and define no class that they do not have", function()
    local defined, used = {}, {}
    for _, file in ipairs(luals.files()) do
      assert(load(file[2], "@" .. file[1], "t"))
      assert.matches("^%-%-%-@meta _\n", file[2])
      for name in file[2]:gmatch("%-%-%-@class ([%w_.]+)") do defined[name] = true end
      for line in file[2]:gmatch("%-%-%-@[%w]+ ([^\n]+)") do
        for name in line:gmatch("%f[%w]aws%.[%w_.]+") do used[name] = file[1] end
        for name in line:gmatch("%f[%w]plumb%.%u[%w_.]*") do used[name] = file[1] end
      end
    end
    for name, where in pairs(used) do
      assert.is_true(defined[name:gsub("%.$", "")] or name:find("^aws%.%l+:") ~= nil, name .. " in " .. where)
    end
  end)

  it("have every setting, hook and operation", function()
    local policy = text_of("policy.d.lua")
    for _, setting in ipairs(schema.settings) do
      assert.matches("---@field " .. setting[1] .. "? ", policy, 1, true)
    end
    for _, name in ipairs(schema.hook_order) do assert.matches("---@field " .. name .. "? fun(", policy, 1, true) end
    local aws = text_of("aws-wellarchitected.d.lua")
    for name in pairs(require("plumb.aws.service.wellarchitected").operations) do
      assert.matches(("function wellarchitected:%s(input) end"):format(name), aws, 1, true)
    end
    assert.matches('---@field Risk? "UNANSWERED"|"HIGH"|"MEDIUM"|"NONE"|"NOT_APPLICABLE"', aws, 1, true)
    assert.matches("---@field WorkloadId string", aws, 1, true)
    assert.matches("function Test.finding(changes) end", text_of("test.d.lua"), 1, true)
    assert.matches("function Simulator:scan(policy) end", text_of("test.d.lua"), 1, true)
  end)
end)

describe("the settings of luacheck", function()
  local folder

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(files.mkdir_all(folder .. "/spec"))
    assert(files.write_atomic(folder .. "/.luacheckrc", luals.luacheckrc()))
  end)
  after_each(function() os.execute("rm -rf '" .. folder .. "'") end)

  local function luacheck(name, text)
    if not process.has_program("luacheck") then return pending("luacheck is not installed") end
    assert(files.write_atomic(folder .. "/" .. name, text))
    local pipe = assert(io.popen(("cd '%s' && luacheck --no-color --no-cache --codes %s 2>&1"):format(folder, name)))
    local said = pipe:read("a")
    pipe:close()
    return said
  end

  it("take plumb's own files", function()
    local source = require("plumb.scripts").source
    for name, file in pairs({ ["policy.lua"] = "policy/starter.lua", ["default.lua"] = "policy/default.lua",
      ["spec/policy_spec.lua"] = "policy/first_spec.lua" }) do
      assert.matches("0 warnings / 0 errors", luacheck(name, source(file)), 1, true)
    end
  end)

  it("find a misspelt name, a misspelt setting, and what a policy does not have", function()
    local said = luacheck("policy.lua", 'return { title = function()\n  return stirng.upper("x")\n'
      .. "    .. policy.riks[1]\n    .. policy.risks[1] .. policy.severities.HIGH .. os.date()\nend }\n")
    assert.matches("policy.lua:2:10: (W113) accessing undefined variable 'stirng'", said, 1, true)
    assert.matches("policy.lua:3:8: (W143) accessing undefined field 'riks", said, 1, true)
    assert.matches("policy.lua:4:53: (W113) accessing undefined variable 'os'", said, 1, true)
    assert.matches("3 warnings", said, 1, true)
  end)
end)
