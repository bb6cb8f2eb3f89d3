-- What no policy can do to a run. The scripts are in tests/support/hostile_scripts.lua; each of them runs here against
-- the engine as it was built, under the sanitizers too where those are.

local findings = require("tests.support.finding")
local guard = require("plumb.policy.guard")
local hostile = require("tests.support.hostile_scripts")
local policies = require("plumb.policy")
local problem = require("plumb.problem")

-- Smaller than in life, since most of these use all of it.
local BUDGET = { instructions = 300000, bytes = 16 * 1024 * 1024, seconds = 0.2 }

local ALLOWED = { E408 = true, E409 = true, E411 = true }
local WHILE_READ = { E401 = true, E402 = true, E403 = true, E404 = true, E405 = true, E406 = true, E409 = true }

local function names(group)
  local list = {}
  for name in pairs(group) do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- Nothing that only a programmer of plumb understands, and nothing of this run of the program.
local function check_words(p, name)
  local text = problem.render(p)
  assert.is_nil(text:find("0x%x%x%x%x"), name .. "\n" .. text)
  assert.is_nil(text:find("scripts/[%w_/]+%.lua"), name .. "\n" .. text)
  assert.is_nil(text:find("stack traceback:\n\t%["), name .. "\n" .. text)
  assert.is_nil(text:find("[%z\1-\8\11-\31]"), name .. "\n" .. text)
  assert.is_true(#text < 4000, name .. ": " .. #text .. " bytes")
end

-- What must be as before, whatever ran.
local function check_world(name)
  assert.equal(string, getmetatable("").__index, name)
  assert.is_nil((debug.gethook()), name)
  local ok, text = pcall(string.rep, "x", 1 << 20)
  assert.is_true(ok and #text == 1 << 20, name)
end

local function with_title(body)
  return "return {\n  title = function(finding, default)\n    " .. body
    .. "\n  end,\n  severity = function() return '4' end,\n}"
end

describe("a policy that", function()
  setup(function() guard.set_limits(BUDGET) end)
  teardown(function() guard.set_limits(nil) end)

  for _, group in ipairs({ "endless", "memory", "patterns", "recursion", "escape", "errors", "results" }) do
    for _, name in ipairs(names(hostile[group])) do
      it(name .. " costs its finding alone", function()
        local policy, problems = policies.read({ text = with_title(hostile[group][name]), env = findings.no_env })
        policy:bind({ account = findings.ACCOUNT, region = "eu-west-1" })
        if problems[1] then -- refused before anything ran
          assert.is_true(WHILE_READ[problems[1].id] or false, problems[1].id)
          check_words(problems[1], name)
          return
        end
        local value, p = policy:call("title", findings.new())
        assert.is_nil(value, name)
        assert.is_true(ALLOWED[p.id] or false, name .. ": " .. p.id)
        assert.matches("^policy.lua:[2-9]", p.where)
        check_words(p, name)
        assert.equal("4", (policy:call("severity", findings.new())), name)
        check_world(name)
      end)
    end
  end

  for _, name in ipairs(names(hostile.calm)) do
    it(name .. " is left alone", function()
      guard.set_limits(nil)
      finally(function() guard.set_limits(BUDGET) end)
      local policy = findings.policy(with_title(hostile.calm[name]))
      local value, p = policy:call("title", findings.new())
      assert.is_nil(p, p and problem.render(p))
      assert.is_string(value)
      local item = assert(require("plumb.item").of(findings.new(), policy))
      assert.is_true(utf8.len(item.title) <= 1024)
      check_world(name)
    end)
  end

  for _, name in ipairs(names(hostile.files)) do
    it(name .. " is refused as a whole", function()
      local policy, problems = policies.read({ text = hostile.files[name], env = findings.no_env })
      assert.is_truthy(problems[1], name)
      for i = 1, math.min(#problems, 20) do
        assert.is_true(WHILE_READ[problems[i].id] or false, name .. ": " .. problems[i].id)
        check_words(problems[i], name)
      end
      assert.equal("Well-Architected", policy.source)
      check_world(name)
    end)
  end

  it("is one of more than 200 such scripts", function()
    local count = 0
    for _, group in pairs(hostile) do
      for _ in pairs(group) do count = count + 1 end
    end
    assert.is_true(count >= 200, tostring(count))
  end)
end)

describe("a hook that may wait", function()
  setup(function() guard.set_limits(BUDGET) end)
  teardown(function() guard.set_limits(nil) end)

  local calls
  local function before_create(body, operation)
    calls = 0
    local policy = findings.policy("return {\n  before_create = function(item)\n    " .. body .. "\n  end,\n}")
    policy:bind({ aws = { ssm = { GetOpsItem = operation or function(_, input)
      calls = calls + 1
      require("plumb.task").sleep(0)
      return { OpsItem = { OpsItemId = input.OpsItemId } }
    end } } })
    return policy:call("before_create", { title = "T", description = "D", severity = "2", tags = {}, fields = {} })
  end

  it("is stopped like any other, before and after its waits", function()
    for group, wanted in pairs({ endless = { "catches its own end", "catches its end in a chain",
      "loops in a comparison of a sort", "sorts the same long text by the thousand", "repeats nothing, very often" },
      memory = { "fills a table", "doubles a text", "repeats a letter ten billion times", "raises sixty megabytes" },
      patterns = { "tries optional letters", "looks for half a text in a text" },
      recursion = { "calls itself", "calls itself by pcall", "calls itself by gsub", "calls itself by sort" } }) do
      for _, name in ipairs(wanted) do
        local value, p = before_create(hostile[group][name])
        assert.is_nil(value, name)
        assert.is_true(ALLOWED[p.id] or false, name .. ": " .. p.id)
        check_world(name)
      end
    end
    local _, p = before_create("aws.ssm:GetOpsItem { OpsItemId = 'x' } while true do end")
    assert.equal("E409", p.id)
    assert.equal(1, calls)
  end)

  it("asks AWS a hundred times and no more", function()
    local value = before_create("for i = 1, 100 do item.title = aws.ssm:GetOpsItem { OpsItemId = 'x' .. i }"
      .. ".OpsItem.OpsItemId end return item")
    assert.equal("x100", value.title)
    local _, p = before_create("while true do aws.ssm:GetOpsItem { OpsItemId = 'x' } end")
    assert.equal(100, calls)
    assert.matches("called AWS more than 100 times", p.because, 1, true)
    assert.matches("^policy.lua:3", p.where)
    _, p = before_create("while true do pcall(function() aws.ssm:GetOpsItem { OpsItemId = 'x' } end) end")
    assert.matches("called AWS more than 100 times", p.because, 1, true)
    assert.equal(100, calls)
  end)

  it("is told at its own line what AWS or plumb says", function()
    local _, p = before_create("local x = 1\n    local y = aws.ssm:GetOpsItem {}", function()
      error("no operation 'GetOpsItm'", 2)
    end)
    assert.matches("^policy.lua:4", p.where)
    assert.matches("no operation 'GetOpsItm'", p.because, 1, true)
    local value = before_create("local reply, failure = aws.ssm:GetOpsItem {} item.title = failure.code return item",
      function() return nil, { code = "AccessDenied" } end)
    assert.equal("AccessDenied", value.title)
    _, p = before_create("assert(aws.ssm:GetOpsItem {}) return item", function()
      return nil, require("plumb.err").new({ code = "AccessDenied", message = "not you" })
    end)
    assert.matches("AccessDenied: not you", p.because, 1, true)
  end)

  it("cannot ask from inside a sort or a replacement", function()
    local _, p = before_create("table.sort({ 2, 1 }, function() aws.ssm:GetOpsItem {} end) return item")
    assert.matches("cannot wait", p.because, 1, true)
  end)
end)
