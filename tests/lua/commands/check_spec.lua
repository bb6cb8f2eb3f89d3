local console = require("plumb.cli.console")
local files = require("plumb.files")
local json = require("plumb.json")

local check = require("commands.check")

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

-- Runs the command on a policy text: exit code, standard output, standard error.
local function run(text, args)
  local out, err = stream(), stream()
  args = args or {}
  if text then
    args.file = folder .. "/policy.lua"
    assert(files.write_atomic(args.file, text))
  end
  local cli = console.new({ args = args, stdout = out, stderr = err, env = function() end,
    tty = { stdin = false, stdout = false, stderr = false } })
  return check.run(args, cli), out.text, err.text
end

describe("plumb check", function()
  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(files.mkdir_all(folder))
  end)

  after_each(function()
    os.execute("rm -rf '" .. folder .. "'")
  end)

  it("shows what is in force and where it came from", function()
    local code, out, err = run("return {\n  risks = { 'HIGH' },\n}", { set = { "parallel=3" } })
    assert.equal(0, code)
    assert.matches('risks\t{ "HIGH" }\t' .. folder .. "/policy.lua:2\n", out, 1, true)
    assert.matches("parallel\t3\t--set\n", out, 1, true)
    assert.matches("budget.run\t500\tdefault\n", out, 1, true)
    assert.matches("policy.lua: 0 problems, 0 warnings", err, 1, true)
  end)

  it("says every problem and ends with 7", function()
    local code, _, err = run("return {\n  titel = 1,\n  risks = { 'LOW' },\n}")
    assert.equal(7, code)
    assert.matches("did you mean 'title'?", err, 1, true)
    assert.matches("risks[1]", err, 1, true)
    assert.matches("2 problems", err, 1, true)
  end)

  it("tries the hooks", function()
    local code, _, err = run("return { title = function(f) return f.workload.WorklodName end }")
    assert.equal(7, code)
    assert.matches("did you mean 'WorkloadName'?", err, 1, true)
    code, _, err = run("return { title = function(f) return f.choice.Description .. '!' end }")
    assert.equal(0, code)
    assert.matches("warning: policy function 'title' failed", err, 1, true)
  end)

  it("finds everything at once, and prints nothing as in force that is not", function()
    local code, out, err = run("return {\n  titel = 1,\n  risks = { 'LOW' },\n"
      .. "  title = function(f) return f.nope end,\n  filter = function() return 5 end,\n}")
    assert.equal(7, code)
    assert.equal("", out)
    for _, words in ipairs({ "'titel'", "risks[1]", "'nope' is not a field", "not 5", "4 problems" }) do
      assert.matches(words, err, 1, true)
    end
  end)

  it("warns of rules that decide nothing", function()
    local code, out, err = run("return {\n  workloads = { 'a*', 'ab' },\n}")
    assert.equal(0, code)
    assert.matches("workloads\t", out, 1, true)
    assert.matches("warning: 'ab' in workloads decides nothing", err, 1, true)
    assert.matches("0 problems, 1 warning", err, 1, true)
  end)

  it("holds tags and fields to AWS's limits", function()
    local tags = {}
    for i = 1, 51 do tags[i] = ("t%d = 'x'"):format(i) end
    local code, _, err = run("return { tags = { " .. table.concat(tags, ", ") .. " } }")
    assert.equal(7, code)
    assert.matches("AWS takes at most 50", err, 1, true)
    _, _, err = run("return { fields = function() return { Long = ('x'):rep(21000) } end }")
    assert.matches("makes 21000 bytes of 'Long'", err, 1, true)
  end)

  it("says so when there is no policy at all", function()
    local code, _, err = run(nil)
    assert.equal(0, code)
    assert.matches("plumb init writes one", err, 1, true)
  end)

  it("prints one JSON document", function()
    local code, out, err = run("return {\n  titel = 1,\n}", { json = true })
    assert.equal(7, code)
    assert.equal("", err)
    local document = assert(json.decode(out))
    assert.equal("plumb.check/1", document.schema)
    assert.is_false(document.ok)
    assert.equal("E402", document.problems[1].code)
    assert.equal(2, document.problems[1].line)
    assert.equal("titel", document.problems[1].field)
    assert.same({}, document.warnings)
    assert.same({}, document.settings)
    document = assert(json.decode((select(2, run("return { risks = { 'HIGH' } }", { json = true })))))
    assert.equal("lenses", document.settings[1].key)
  end)
end)
