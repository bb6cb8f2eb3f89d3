local files = require "plumb.files"
local problem = require "plumb.problem"
local workflow = require "plumb.workflow"

local folder

local function env(values)
  return function(name) return values[name] end
end

-- A configuration folder with one workflow in it.
local function with_copy(text)
  folder = os.tmpname()
  os.remove(folder)
  assert(files.mkdir_all(folder .. "/plumb/workflows", tonumber("700", 8)))
  assert(files.write_atomic(folder .. "/plumb/workflows/scan.lua", text, tonumber("600", 8)))
  return env { XDG_CONFIG_HOME = folder }
end

after_each(function()
  if folder then
    os.remove(folder .. "/plumb/workflows/scan.lua")
    for _, part in ipairs { "/plumb/workflows", "/plumb", "" } do os.remove(folder .. part) end
  end
  folder = nil
end)

describe("a workflow", function()
  it("is the built-in one when there is no copy", function()
    for _, variables in ipairs { {}, { HOME = "/nowhere" }, { XDG_CONFIG_HOME = "" } } do
      local run, path = workflow.load("scan", env(variables))
      assert.equal(require "workflows.scan", run)
      assert.is_nil(path)
    end
  end)

  it("is the user's copy when there is one", function()
    local run, path = workflow.load("scan", with_copy "return function(plumb) return plumb .. ' mine' end")
    assert.equal("yours mine", run "yours")
    assert.equal(folder .. "/plumb/workflows/scan.lua", path)
  end)

  it("is looked for where XDG says, else below HOME", function()
    assert.equal("/x/plumb", workflow.folder(env { XDG_CONFIG_HOME = "/x", HOME = "/h" }))
    assert.equal("/h/.config/plumb", workflow.folder(env { HOME = "/h" }))
    assert.is_nil(workflow.folder(env {}))
  end)

  local function problem_with(text)
    local variables = with_copy(text)
    local ok, failure = pcall(workflow.load, "scan", variables)
    assert.is_false(ok)
    assert.is_true(problem.is(failure))
    assert.equal("E410", failure.id)
    assert.truthy(failure.where:find("workflows/scan.lua", 1, true))
    return failure.because
  end

  it("that is no Lua is a problem with its line, never a silent fall back", function()
    assert.truthy(problem_with("\nreturn function("):find(":2:", 1, true))
  end)

  it("that raises, or returns no function, is a problem", function()
    assert.truthy(problem_with('error("no")'):find "no")
    assert.truthy(problem_with("return 5"):find "does not return a function")
  end)

  it("that is bytecode is refused", function()
    assert.truthy(problem_with(string.dump(function() end)):find "binary")
  end)
end)
