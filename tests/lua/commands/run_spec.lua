local binary = require("support.binary")

describe("plumb run", function()
  local folder

  setup(function()
    folder = binary.folder()
  end)

  teardown(function()
    binary.remove(folder)
  end)

  local function run(source, arguments, opts)
    local path = binary.file(folder .. "/script.lua", source)
    return binary.run(table.move(arguments or {}, 1, #(arguments or {}), 3, { "run", path }), opts)
  end

  it("gives a script its arguments, its own folder and every module of plumb", function()
    binary.file(folder .. "/helper.lua", "return 'helped'")
    local result = run([[
      print(arg[1], select("#", ...), ...)
      print(arg[0]:match("[^/]+$"), (require("helper")))
      print(require("plumb.json").encode({ n = 1 }), type(require("plumb.task").map))
    ]], { "a", "--json", "-h" })
    assert.equal("", result.err)
    assert.equal("a\t3\ta\t--json\t-h\nscript.lua\thelped\n{\"n\":1}\tfunction\n", result.out)
    assert.equal(0, result.code)
  end)

  it("gives it the API, made when it is first looked at", function()
    local path = binary.file(folder .. "/names.lua", [[
      for workload in plumb.workloads() do io.write(workload.WorkloadName:gsub("%s.*", ""), " ") end
    ]])
    local result = binary.run({ "run", "--sim", path })
    assert.equal("", result.err)
    assert.truthy(result.out:find("shop-prod", 1, true))
    assert.equal(0, run("return rawget(_G, 'plumb') and 1 or 0").code)
  end)

  it("exits with what the script returns", function()
    assert.equal(7, run("return 7").code)
    assert.equal(1, run("return false").code)
    assert.equal(0, run("return 'text'").code)
    assert.equal(0, run("return true").code)
    assert.equal(1, run("return 256").code)
  end)

  it("lets a script wait and leave from anywhere, and writes out what it said", function()
    assert.equal(4, run("require('plumb.task').sleep(0) return 4").code)
    local result = run("io.write('said') io.stdout:setvbuf('full') os.exit(9)")
    assert.equal(9, result.code)
    assert.equal("said", result.out)
  end)

  it("shows file and line of an error in the script, and never a traceback", function()
    local result = run("local x\nreturn x.y")
    assert.equal(1, result.code)
    assert.truthy(result.err:find("[E410]", 1, true))
    assert.truthy(result.err:find("script.lua:2\n", 1, true))
    assert.truthy(result.err:find("attempt to index a nil value (local 'x')", 1, true))
    assert.falsy(result.err:find("traceback"))
    assert.falsy(result.err:find("crash"))
  end)

  it("shows the script's line when a library refuses what the script gave it", function()
    local result = run("\nrequire('plumb.json').encode({ [1] = 1, a = 2 })")
    assert.equal(1, result.code)
    assert.truthy(result.err:find("script.lua:2\n", 1, true))
  end)

  it("shows an error in a task that the script started", function()
    local result = run("require('plumb.task').map({ 1, 2 }, function() error('in a task') end)")
    assert.equal(1, result.code)
    assert.truthy(result.err:find("in a task", 1, true))
  end)

  it("suggests names and refuses what is not Lua", function()
    assert.truthy(run("return stirng").err:find("did you mean 'string'?", 1, true))
    local result = run("x = = 1")
    assert.equal(1, result.code)
    assert.truthy(result.err:find("not valid Lua", 1, true))
  end)

  it("keeps the meaning of an AWS error", function()
    local path = binary.file(folder .. "/missing.lua",
      'assert(plumb.aws.wellarchitected:GetWorkload{ WorkloadId = ("a"):rep(32) })')
    local result = binary.run({ "run", "--sim", path })
    assert.equal(1, result.code)
    assert.truthy(result.err:find("[E324]", 1, true))
    assert.truthy(result.err:find("missing.lua:1", 1, true))
  end)

  it("reads a script from standard input", function()
    local result = binary.run({ "run", "-", "x" }, { input = "print(...)" })
    assert.equal("x\n", result.out)
  end)

  it("refuses a file that is not there", function()
    local result = binary.run({ "run", folder .. "/nowhere.lua" })
    assert.equal(2, result.code)
    assert.truthy(result.err:find("[E111]", 1, true))
  end)

  it("does not heed LUA_PATH and LUA_INIT", function()
    local result = run("print(package.path:find('elsewhere'))", {},
      { env = { LUA_INIT = "print('init')", LUA_PATH = "/elsewhere/?.lua" } })
    assert.equal("nil\n", result.out)
  end)
end)
