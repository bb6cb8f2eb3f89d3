-- From plumb init to a tested policy, as somebody new would type it: no account, no network, no settings.

local binary = require("support.binary")
local json = require("plumb.json")
local trouble = require("support.trouble")

describe("the tools for policies", function()
  local folder

  before_each(function() folder = binary.folder() end)
  after_each(function() binary.remove(folder) end)

  local function plumb(arguments, opts)
    opts = opts or {}
    opts.env = { HOME = folder }
    opts.folder = folder
    local result = binary.run(arguments, opts)
    result.all = result.out .. result.err
    return result
  end

  local function ok(result, code)
    assert.equal(code or 0, result.code, result.out .. result.err)
    return result
  end

  it("write a first policy whose own tests pass", function()
    ok(plumb { "init", "reviews" })
    ok(plumb { "check", "reviews/policy.lua" })
    local result = ok(plumb { "test", "reviews" })
    assert.matches("3 passed, 0 failed\n$", result.out)
    assert.matches("makes an item that OpsCenter takes", result.out, 1, true)
    ok(plumb { "init" })
    assert.matches("3 passed, 0 failed\n$", ok(plumb { "test" }).out)
  end)

  it("fail with 1, and say which test and where", function()
    binary.file(folder .. "/policy.lua", "return { title = function(f) return 'T' .. f.risk end }")
    os.execute("mkdir " .. binary.quote(folder .. "/spec"))
    binary.file(folder .. "/spec/a_spec.lua", [[
local policy = plumb.test.load()
describe("titles", function()
  it("are good", function() assert.equal("THIGH", policy:title(plumb.test.finding())) end)
  it("are better", function() assert.equal("T", policy:title(plumb.test.finding())) end)
  it("are broken", function() policy:title(5) end)
  pending("are best")
end)]])
    local result = ok(plumb { "test" }, 1)
    assert.matches("1 passed, 2 failed\n$", result.out)
    assert.matches("spec/a_spec.lua:4: Expected", result.out, 1, true)
    assert.matches("1 passed, 0 failed\n$", ok(plumb { "test", "spec/a_spec.lua", "--filter", "good" }).out)
    local document = assert(json.decode(ok(plumb { "test", "--json" }, 1).out))
    assert.same({ "plumb.test/1", 1, 2, 1 }, { document.schema, document.passed, document.failed, document.skipped })
    assert.matches("^TAP version 13\n1..4\n", ok(plumb { "test", "--format", "tap" }, 1).out)
    assert.matches("<testsuites tests=\"4\" failures=\"2\"", ok(plumb { "test", "--format", "junit" }, 1).out, 1, true)
    trouble.check(plumb { "test", "--filter", "nothing" }, { code = 2, id = "E131" })
    binary.file(folder .. "/spec/b_spec.lua", "describe('x' function() end)")
    assert.matches("b_spec.lua:1:", ok(plumb { "test", "spec/b_spec.lua" }, 1).out, 1, true)
  end)

  it("explain what decided about a practice", function()
    binary.file(folder .. "/policy.lua", "return {\n  risks = { 'MEDIUM' },\n}")
    local key = "shop-prod/sec_identity/second factor"
    local result = ok(plumb { "explain", "--sim", "--policy", "policy.lua", key })
    assert.matches("5 filter +✗ policy.lua:2 +HIGH is not in risks: MEDIUM\nresult: no item", result.out)
    local document = assert(json.decode(ok(plumb { "explain", "--sim", "--json", key }).out))
    assert.equal("the next scan makes an item, within its budget", document.practices[1].result)
    trouble.check(plumb { "explain", "--sim", "shop-prd/sec_identity" },
      { code = 2, id = "E103", says = { "did you mean 'shop-prod/sec_identity'?" } })
  end)

  it("describe what there is to write", function()
    assert.matches("\ntitle\tfunction(finding, default)\t", ok(plumb { "schema", "policy" }).out, 1, true)
    assert.matches("default  500", ok(plumb { "schema", "budget.run" }).out, 1, true)
    assert.matches("\nReply\n  AnswerSummaries", ok(plumb { "schema", "wa.ListAnswers" }).out, 1, true)
    assert.matches("one of   UNANSWERED, HIGH", ok(plumb { "schema", "wa.Risk" }).out, 1, true)
    for _, name in ipairs { "policy", "title", "wa", "ssm.CreateOpsItem", "ssm.OpsItem", "ssm.OpsItemTitle" } do
      local document = assert(json.decode(ok(plumb { "schema", name, "--json" }).out), name)
      assert.equal("plumb.schema/1", document.schema)
    end
    for name, meant in pairs { titel = "title", ["wa.ListAnswer"] = "wa.ListAnswers", ["policy.risk"] = "risks" } do
      trouble.check(plumb { "schema", name }, { code = 2, id = "E103", says = { "did you mean '" .. meant .. "'?" } })
    end
  end)

  it("evaluate an expression, reading only", function()
    assert.equal("9\n", ok(plumb { "eval", "--sim", '#risks{ risk = "HIGH" }' }).out)
    assert.equal("2\n", ok(plumb { "eval", "--json", "1 + 1" }).out)
    local all = ok(plumb { "eval", "--sim", "workloads()" }).out -- nobody is there to see it cut
    assert.truthy(all:find "%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x")
    assert.truthy(ok(plumb { "eval", "--sim", "--width", "80", "workloads()" }).out:find("…", 1, true))
    trouble.check(plumb { "eval", "nope()" }, { code = 1, id = "E410", says = { "undefined name 'nope'" } })
    local result = plumb { "eval", "--sim", 'ssm.UpdateOpsItem{ OpsItemId = "oi-0123456789ab", Title = "x" }' }
    trouble.check(result, { code = 2, id = "E107" })
  end)

  it("lose one finding to a hook that never ends, and name the line of each that fails", function()
    binary.file(folder .. "/policy.lua", [[
return {
  title = function(finding, default)
    if finding.choice.ChoiceId == "sec_identity_mfa" then while true do end end
    return default(finding)
  end,
  before_create = function(item)
    if item.severity == "3" then
      aws.ssm:GetOpsItm {}
    end
    return item
  end,
}]])
    local result = plumb { "scan", "--sim", "--yes", "--policy", "policy.lua" }
    trouble.check(result, { code = 5, id = "E409", word = "warning", says = { "policy.lua:3 ", "sec_identity_mfa" } })
    trouble.check(result, { code = 5, id = "E332", word = "warning",
      says = { "policy.lua:8\n", "GetOpsItm", "correct policy.lua" } })
    assert.matches("%d+ created", result.err)
    assert.is_nil(result.err:find("not called any more", 1, true))
  end)

  it("say what is missing", function()
    trouble.check(plumb { "test" }, { code = 2, id = "E131", says = { "plumb init" } })
    trouble.check(plumb { "test", "nope" }, { code = 2, id = "E111" })
    binary.file(folder .. "/a_spec.lua", "it('x', function() end)")
    -- Without the folders where Debian keeps Lua's libraries there is no busted.
    binary.file(folder .. "/without.lua", [[
package.path, package.cpath = "", ""
package.loaded["busted.core"] = nil
local ok, failure = pcall(require("plumb.test.run").run, { "a_spec.lua" }, {})
print(ok, failure.id, failure.fix)]])
    local result = ok(plumb { "run", "without.lua" })
    assert.matches("^false\tE130\tapt install lua%-busted", result.out)
  end)
end)
