-- The other commands of the built binary, as somebody new would type them.

local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

describe("the binary", function()
  local stage

  setup(function() stage = simulator.start() end)
  teardown(function() stage:stop() end)

  local function ok(arguments, opts)
    local result = stage:plumb(arguments, opts)
    if result.code ~= 0 then error(("exit %d\n%s"):format(result.code, result.all), 2) end
    return result.out, result
  end

  describe("call", function()
    it("makes one signed call and prints the reply", function()
      local workload = stage:document("call --json wellarchitected.ListWorkloads").WorkloadSummaries[1]
      local answers = stage:document({ "call", "--json", "wellarchitected.ListAnswers",
        "WorkloadId=" .. workload.WorkloadId, "LensAlias=wellarchitected" }).AnswerSummaries
      assert.is_true(#answers > 2)
      assert.is_string(answers[1].QuestionTitle)
    end)

    it("suggests the operation and the member that were meant, and sends nothing", function()
      local before = stage:call_count()
      local result = stage:plumb("call wellarchitected.ListAnswer WorkloadId=x")
      trouble.check(result, { code = 2, id = "E109", says = { "ListAnswers" } })
      result = stage:plumb("call wellarchitected.ListAnswers WorkloadID=x LensAlias=y")
      trouble.check(result, { code = 2, id = "E110", says = { "WorkloadId" } })
      assert.equal(before, stage:call_count())
    end)

    it("keeps AWS's own words when AWS says no", function()
      local result = stage:plumb({ "call", "wellarchitected.ListAnswers", "WorkloadId=" .. ("0"):rep(32),
        "LensAlias=wellarchitected" })
      trouble.check(result, { code = 1, id = "E324", says = { "ResourceNotFoundException", "request id" } })
    end)

    it("writes only when told to", function()
      local result = stage:plumb("call ssm.CreateOpsItem Title=x Source=x Description=x")
      trouble.check(result, { code = 2, id = "E108", says = { "--yes" } })
      assert.same({}, stage:journal(true))
    end)
  end)

  describe("run", function()
    local function script(text) return process.write(stage.folder .. "/script.lua", text) end

    it("gives a script its arguments, every module, and many calls at once", function()
      local file = script([[
        local word, other = ...
        local workloads = plumb.aws.wellarchitected:all("ListWorkloads", {})
        local counts = plumb.task.map(workloads, function(w)
          return #plumb.aws.wellarchitected:all("ListLensReviews", { WorkloadId = w.WorkloadId })
        end, { limit = 3 })
        print(word, other, arg[0]:match("[^/]+$"), #workloads, table.concat(counts, " "))
        print(require("plumb.json").encode({ n = 3, list = require("plumb.json").list({}) }))
        return 7]])
      local many = { "run", file }
      for i = 3, 5000 do many[i] = "word" end
      assert.equal(7, stage:plumb(many).code) -- no stack ends at twenty words
      local result = stage:plumb({ "run", file, "--flag", "two words" })
      assert.equal(7, result.code, result.err)
      assert.equal("--flag\ttwo words\tscript.lua\t5\t2 2 1 1 1\n{\"list\":[],\"n\":3}\n", result.out)
    end)

    -- Guards the handler, which must not touch an engine that is being taken down: the process just ends.
    it("is ended by a signal that comes when its work is over", function()
      local file = script("keep = setmetatable({}, { __gc = function() os.execute('kill -TERM $PPID') end })")
      assert.equal(143, stage:plumb({ "run", file }).code)
    end)

    it("reaches every module of the library", function()
      local names = process.shell("cd scripts && find plumb -name '*.lua' | grep -v aws/service/")
      local file = script(("for path in ([[%s]]):gmatch('%%S+') do\n"
        .. "  require((path:gsub('/init%%.lua$', ''):gsub('%%.lua$', ''):gsub('/', '.')))\nend\nprint('all')")
        :format(names))
      assert.equal("all\n", ok({ "run", file }))
    end)

    it("names the script's own line when it fails", function()
      local file = script("local x = nil\n\nprint(x.y)\n")
      trouble.check(stage:plumb({ "run", file }), { code = 1, id = "E410", says = { "script.lua:3" },
        own_code = true })
      file = script("return plumb.aws.ssm:GetOpsItm{}\n")
      trouble.check(stage:plumb({ "run", file }), { code = 1, id = "E410", says = { "script.lua:1", "GetOpsItem" } })
    end)

    it("shows an error of AWS that a script lets pass in full", function()
      local file = script('assert(plumb.aws.ssm:GetOpsItem{ OpsItemId = "oi-000000000000" })\n')
      trouble.check(stage:plumb({ "run", file }), { code = 1, id = "E324", says = { "script.lua:1",
        "OpsItemNotFoundException" } })
    end)

    it("needs no credentials for a script that makes no call", function()
      local result = process.run({ simulator.binary, "run", script("print(1 + 1)") }, {})
      assert.equal("2\n", result.out)
      assert.equal(0, result.code, result.err)
    end)
  end)

  describe("repl", function()
    it("evaluates what comes through a pipe, in order, and goes on after an error", function()
      local result = stage:plumb("repl", { input = "1 + 1\nx = 20\nx + 1\nnil + 1\n"
        .. "plumb.aws.sts:GetCallerIdentity{}.Account\nfor i = 1, 2 do\nprint(i)\nend\n" })
      local out = result.out
      assert.equal(1, result.code) -- something in it failed
      assert.truthy(out:find("2\n"))
      assert.truthy(out:find("21\n"))
      assert.truthy(out:find(stage.account, 1, true))
      assert.truthy(out:find("1\n2\n"))
      assert.truthy(result.all:find("arithmetic", 1, true))
      assert.is_nil(result.all:find("stack traceback", 1, true))
    end)

    it("refuses to write unless told to", function()
      local line = 'plumb.aws.ssm:CreateOpsItem{ Title = "x", Source = "x", Description = "x" }\n'
      local result = stage:plumb("repl", { input = line })
      assert.equal(1, result.code)
      assert.truthy(result.all:find("ReadOnly", 1, true) or result.all:find("read-only", 1, true), result.all)
      assert.same({}, stage:journal(true))
    end)

    it("evaluates one expression", function()
      assert.equal("42\n", ok({ "repl", "-e", "6 * 7" }))
    end)
  end)

  describe("help", function()
    it("fits a screen and a half, and every command has an example", function()
      local text = ok("--help")
      assert.is_true(select(2, text:gsub("\n", "")) < 60)
      for _, name in ipairs(require("plumb.cli").names) do
        assert.truthy(text:find("\n  " .. name .. " ", 1, true), name)
        assert.is_true(select(2, ok({ name, "-h" }):gsub("\n", "")) < 60, name)
        assert.truthy(ok({ name, "--help" }):find("Examples\n  plumb ", 1, true), name)
      end
    end)

    it("suggests", function()
      trouble.check(stage:plumb("scna"), { code = 2, id = "E101", says = { "did you mean 'scan'?" } })
      trouble.check(stage:plumb("scan --dry-rum"), { code = 2, id = "E102", says = { "--dry-run" } })
    end)

    it("explains every id", function()
      for id in pairs(require("plumb.problem.catalogue")) do
        assert.truthy(ok("help " .. id):find(id, 1, true))
      end
    end)
  end)

  it("says its version", function()
    local version = stage:document("version --json")
    assert.truthy(version.version:find("^%d+%.%d+%.%d+"))
    assert.truthy(ok("version"):find(version.version, 1, true))
    assert.equal(ok("version"), ok("--version"))
  end)

  it("init writes a policy that check approves and scan obeys", function()
    local folder = stage.folder .. "/config"
    local env = { XDG_CONFIG_HOME = folder, XDG_STATE_HOME = stage.folder .. "/init-state" }
    ok("init", { env = env })
    local path = folder .. "/plumb/policy.lua"
    assert.is_true(process.exists(path))
    assert.is_true(process.exists(folder .. "/plumb/workflows/scan.lua"))
    assert.is_true(process.exists(folder .. "/plumb/workflows/resolve.lua"))
    local _, result = ok("check", { env = env })
    assert.truthy(result.all:find(path, 1, true), result.all)
    local plain = stage:document("scan -n --json")
    local document
    document, result = stage:document("scan -n --json", { env = env })
    assert.equal(plain.planned.create, document.planned.create)
    assert.truthy(result.err:find("workflows/scan.lua", 1, true))
    -- An edit shows at once.
    process.write(path, 'return { title = function() return "edited" end }')
    assert.equal("edited", stage:document("scan -n --json", { env = env }).items[1].title)
    -- And is never written over.
    ok("check", { env = env })
    stage:plumb("init", { env = env })
    assert.equal('return { title = function() return "edited" end }', process.read(path))
  end)

  it("sim on a taken port says so", function()
    local port = stage.url:match(":(%d+)$")
    trouble.check(stage:plumb("sim --port " .. port), { code = 1, id = "E801", says = { port, "--port 0" } })
  end)

  it("sim ends by itself when it is told to, and says that it does", function()
    local other = simulator.start({ seed = "empty" })
    other.server:stop("INT")
    assert.truthy(process.read(other.folder .. "/simulator.err"):find("stopped", 1, true))
    other:stop()
  end)

  it("reads its scripts from a folder when told to", function()
    local folder = stage.folder .. "/scripts"
    os.execute("mkdir -p " .. folder .. "/commands && cp scripts/commands/version.lua " .. folder .. "/commands/")
    local text = process.read(folder .. "/commands/version.lua")
    process.write(folder .. "/commands/version.lua", 'io.stdout:write("mine\\n")\n' .. text)
    assert.truthy(ok({ "version", "--scripts", folder }, { env = { PLUMB_SCRIPTS = "" } }):find("^mine\n"))
  end)

  it("works on the simulator inside itself, with an empty home and no network", function()
    local result = process.run({ simulator.binary, "scan", "--sim", "--yes", "--json" },
      { env = { HOME = stage.folder .. "/nowhere", PLUMB_SCRIPTS = os.getenv("PLUMB_SCRIPTS") } })
    assert.equal(0, result.code, result.all)
    local document = simulator.one_document(result.out)
    assert.is_true(document.simulated)
    assert.is_true(document.summary.created > 20)
  end)
end)

describe("the examples", function()
  local stage

  setup(function() stage = simulator.start() end)
  teardown(function() stage:stop() end)

  it("demo.sh runs to its end and shows the whole round", function()
    local result = process.run({ "examples/demo.sh", simulator.binary },
      { env = { HOME = stage.home, LANG = "C.UTF-8" } })
    assert.equal(0, result.code, result.all)
    for _, text in ipairs({ "created", "written back", "[ ] Set targets for time and data lost",
      "[x] Set targets for time and data lost", "What to type next" }) do
      assert.truthy(result.out:find(text, 1, true), text)
    end
    assert.is_nil(trouble.indecent(result.all))
  end)

  for path in process.shell("ls examples/policies/*.lua"):gmatch("%S+") do
    it(path .. " is approved and changes a scan", function()
      assert.equal(0, stage:plumb({ "check", path }).code)
      local document = stage:document({ "scan", "-n", "--json", "--policy", path })
      local plain = stage:document("scan -n --json")
      assert.is_true(document.planned.create > 0)
      assert.is_false(json.encode({ document.items, document.skipped }) == json.encode({ plain.items, plain.skipped }))
      assert.equal(0, document.summary.failed)
    end)
  end

  it("workflows run", function()
    assert.truthy(stage:plumb("run examples/workflows/list_workloads.lua").out:find("shop-prod", 1, true))
    assert.truthy(stage:plumb("run examples/workflows/answer.lua billing wellarchitected rel_recovery").out
      :find("[x] None of these", 1, true))
    local result = stage:plumb("run examples/workflows/milestone.lua shop-prod before")
    assert.equal(0, result.code, result.all)
  end)
end)
