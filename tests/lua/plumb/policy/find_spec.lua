local files = require("plumb.files")
local policies = require("plumb.policy")

-- A folder of its own for each spec, removed afterwards.
local folder

local function write(name, text, mode)
  local path = folder .. "/" .. name
  assert(files.mkdir_all(path:match("^(.*)/")))
  assert(files.write_atomic(path, text, mode or 0x1A4))
  return path
end

local function read(opts)
  local env = opts.env or {}
  opts.env = function(name)
    return env[name]
  end
  return policies.read(opts)
end

describe("the policy file", function()
  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(files.mkdir_all(folder))
  end)

  after_each(function()
    os.execute("rm -rf '" .. folder .. "'")
  end)

  it("is the one named, then PLUMB_POLICY, then the configuration folder, then home", function()
    local named = write("named.lua", "return { source = 'named' }")
    local variable = write("var.lua", "return { source = 'var' }")
    write("config/plumb/policy.lua", "return { source = 'config' }")
    write("home/.config/plumb/policy.lua", "return { source = 'home' }")
    local env = { HOME = folder .. "/home" }
    assert.equal("home", read({ env = env }).source)
    env.XDG_CONFIG_HOME = "relative"
    assert.equal("home", read({ env = env }).source)
    env.XDG_CONFIG_HOME = folder .. "/config"
    assert.equal("config", read({ env = env }).source)
    env.PLUMB_POLICY = variable
    assert.equal("var", read({ env = env }).source)
    local policy = read({ env = env, path = named })
    assert.equal("named", policy.source)
    assert.equal(named, policy.path)
  end)

  it("need not exist", function()
    local policy, problems = read({ env = { HOME = folder } })
    assert.same({}, problems)
    assert.equal("Well-Architected", policy.source)
    assert.is_nil(policy.path)
  end)

  it("must exist when somebody names it", function()
    for _, opts in ipairs({ { path = folder .. "/no.lua" }, { env = { PLUMB_POLICY = folder .. "/no.lua" } } }) do
      local _, problems = read(opts)
      assert.equal("E401", problems[1].id)
      assert.matches("there is no policy file", problems[1].what, 1, true)
      assert.matches(opts.path and "--policy" or "PLUMB_POLICY", problems[1].where, 1, true)
    end
  end)

  it("is refused when everybody can change it", function()
    local path = write("policy.lua", "return {}")
    os.execute("chmod 0666 '" .. path .. "'")
    local _, problems = read({ path = path })
    assert.equal("E401", problems[1].id)
    assert.matches("everybody", problems[1].because, 1, true)
    assert.equal("chmod o-w " .. path, problems[1].fix)
  end)

  it("is refused when it is a folder or enormous", function()
    local _, problems = read({ path = folder })
    assert.matches("it is a folder", problems[1].because, 1, true)
    _, problems = read({ path = write("big.lua", ("-"):rep(1024 * 1024 + 1)) })
    assert.matches("at most 1048576", problems[1].because, 1, true)
  end)

  it("is shown with ~ for the home folder", function()
    local path = write(".config/plumb/policy.lua", "return {\n  titel = 1,\n}")
    local _, problems = read({ env = { HOME = folder } })
    assert.equal(path, folder .. "/.config/plumb/policy.lua")
    assert.matches("^~/.config/plumb/policy.lua:2 ", problems[1].where)
  end)
end)

describe("a policy in the current folder", function()
  it("is not used, and said so", function()
    local find = require("plumb.policy.find")
    local stat = files.stat
    finally(function()
      rawset(files, "stat", stat)
    end)
    rawset(files, "stat", function(path)
      return path == "./policy.lua" and { type = "file", mode = 0x1A4, size = 9 } or nil
    end)
    assert.matches("^%./policy.lua is not used", find.notes(nil)[1])
    assert.matches("^%./policy.lua is not used", find.notes({ path = "/etc/plumb/policy.lua" })[1])
    assert.same({}, find.notes({ path = "./policy.lua" }))
    assert.same({}, find.notes({ path = "policy.lua" }))
    assert.is_nil((find.file(nil, function() end)))
  end)
end)
