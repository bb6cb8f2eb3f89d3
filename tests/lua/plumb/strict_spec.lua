local strict = require("plumb.strict")

local function run(source, chunk_name, env)
  return pcall(assert(load(source, chunk_name, "t", env)))
end

describe("strict globals", function()
  local env

  before_each(function()
    env = { string = string, title = "x" }
    strict.install(env)
  end)

  it("refuses an undefined name in our own files, with a suggestion", function()
    local ok, message = run("return stirng", "@scripts/plumb/x.lua", env)
    assert.is_false(ok)
    assert.equal("scripts/plumb/x.lua:1: undefined name 'stirng' (did you mean 'string'?)", message)
  end)

  it("refuses to make a global in our own files", function()
    local ok, message = run("titel = 1", "@scripts/plumb/x.lua", env)
    assert.is_false(ok)
    assert.equal("scripts/plumb/x.lua:1: assignment to global 'titel'; write 'local titel = ...'", message)
  end)

  it("lets other people's code look for names and make them", function()
    local ok, value = run("fresh = jit; return fresh", "@/usr/share/lua/5.4/busted.lua", env)
    assert.is_true(ok)
    assert.is_nil(value)
    assert.is_true((run("made = 1", "@somewhere.lua", env)))
    assert.equal(1, rawget(env, "made"))
  end)

  it("watches a script that asks for it, which may still make globals", function()
    strict.watch("@watched.lua")
    local ok, message = run("mine = 1\nreturn mine, titl", "@watched.lua", env)
    assert.is_false(ok)
    assert.equal("watched.lua:2: undefined name 'titl' (did you mean 'title'?)", message)
  end)

  it("makes a lazy global once, when it is first read", function()
    local made = 0
    strict.lazy("late", function()
      made = made + 1
      return { made }
    end)
    assert.equal(0, made)
    assert.is_true((run("return late == late", "@scripts/x.lua", env)))
    assert.equal(1, made)
  end)
end)
