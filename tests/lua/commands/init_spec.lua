local console = require("plumb.cli.console")
local files = require("plumb.files")
local policies = require("plumb.policy")
local scripts = require("plumb.scripts")

local init = require("commands.init")

local folder

local function stream()
  local fake = { text = "" }
  function fake:write(...)
    self.text = self.text .. table.concat({ ... })
    return self
  end
  function fake.flush() end
  return fake
end

local function run(args, env)
  local out, err = stream(), stream()
  args.folder = args.folder or (not env and folder) or nil
  local cli = console.new({ args = args, stdout = out, stderr = err, env = function(name)
    return env and env[name]
  end, tty = { stdin = false, stdout = false, stderr = false } })
  return init.run(args, cli) or 0, out.text, err.text
end

local function read(name)
  return files.read(folder .. "/" .. name, 1024 * 1024)
end

describe("plumb init", function()
  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
  end)

  after_each(function()
    os.execute("rm -rf '" .. folder .. "'")
  end)

  it("writes a policy that is right and changes nothing, the reference and the workflows", function()
    local code, out, err = run({})
    assert.equal(0, code)
    local policy, problems = policies.read({ path = folder .. "/policy.lua", env = function() end })
    assert.same({}, problems)
    for _, row in ipairs(policy:describe()) do
      assert.equal("default", row.origin, row.key)
    end
    assert.equal(scripts.source("policy/default.lua"), read("default.lua"))
    assert.equal(scripts.source("workflows/scan.lua"), read("workflows/scan.lua"))
    assert.equal(scripts.source("workflows/resolve.lua"), read("workflows/resolve.lua"))
    assert.matches("wrote +" .. folder .. "/policy.lua", out)
    assert.matches("plumb scan --dry-run --policy " .. folder .. "/policy.lua", err, 1, true)
  end)

  it("offers examples that are right once the dashes are gone", function()
    run({})
    local text = read("policy.lua"):gsub("\n  %-%- (%a[%w_]* = )", "\n  %1"):gsub("\n  %-%- (  )", "\n  %1")
      :gsub("\n  %-%- end,", "\n  end,")
    local policy, problems = policies.read({ text = text, env = function() end })
    assert.same({}, problems)
    for _, key in ipairs({ "lenses", "workloads", "risks", "severities.HIGH", "title", "filter", "severity" }) do
      assert.matches("^policy.lua:%d+$", policy:origin(key), key)
    end
    assert.same({ {}, {} }, { require("plumb.policy.trial").run(policy) })
  end)

  it("keeps what is there, unless forced", function()
    run({})
    assert(files.write_atomic(folder .. "/policy.lua", "return { shared = true }"))
    local _, out, err = run({})
    assert.matches("kept +" .. folder .. "/policy.lua", out)
    assert.matches("unchanged +" .. folder .. "/default.lua", out)
    assert.matches("--force replaces it", err, 1, true)
    assert.equal("return { shared = true }", read("policy.lua"))
    _, out = run({ force = true })
    assert.matches("replaced +" .. folder .. "/policy.lua", out)
    assert.equal(scripts.source("policy/starter.lua"), read("policy.lua"))
  end)

  it("writes what other tools of the folder want to know", function()
    run({})
    assert.same({ default = { ROOT = { "spec" }, verbose = true } }, load(read(".busted"))())
    assert.matches("\n*.db\n", read(".gitignore"), 1, true)
    assert.matches("column_width = %d+\n", read(".stylua.toml"))
  end)

  it("writes where plumb looks for its policy", function()
    local _, _, err = run({}, { XDG_CONFIG_HOME = folder })
    assert.is_truthy(files.stat(folder .. "/plumb/policy.lua"))
    assert.matches("\n  plumb scan %-%-dry%-run\n$", err)
    local ok, problem = pcall(run, {}, {})
    assert.is_false(ok)
    assert.equal("E104", problem.id)
  end)

  it("tells editors every setting, hook and field", function()
    run({})
    local types = read("types/policy.d.lua")
    for _, words in ipairs({ "---@field risks? (\"HIGH\"|\"MEDIUM\")[]", "---@field title? fun(finding: plumb.Finding",
      "---@field category? string|false", "---@field budget? plumb.PolicyFile.budget" }) do
      assert.matches(words, types, 1, true)
    end
    assert.matches("---@field WorkloadName? string", read("types/aws-wellarchitected.d.lua"), 1, true)
    assert.is_table(assert(require("plumb.json").decode(read(".luarc.json"))))
  end)

  it("says why a folder cannot be written to", function()
    assert(files.mkdir_all(folder))
    assert(files.write_atomic(folder .. "/file", ""))
    local ok, problem = pcall(run, { folder = folder .. "/file/x" })
    assert.is_false(ok)
    assert.equal("E700", problem.id)
  end)
end)
