-- What every command promises, whichever commands there are: their examples work, they speak JSON when asked, they say
-- what to do when something is wrong, and they end with the code that the help tells.

local cli = require("plumb.cli")
local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local term = require("plumb.term")
local trouble = require("support.trouble")

local ESC = "\27"

-- These go on until somebody ends them; their own specs do.
local STAYS = { sim = true, serve = true, lambda = true }

-- Examples that speak of a world which is not the simulator's, and the id of what plumb says there.
local ELSEWHERE = {
  ["plumb generate iam-policy --for scan --role account"] = "E103",
  ["plumb migrate dynamodb --table wa_workload_data"] = "E324",
  ["plumb test reviews --filter title"] = "E131",
}

-- What a command's --json is not for: scripts and the REPL print what they are told, and an export is one document a
-- line.
local OWN_OUTPUT = { run = true, repl = true, ["plumb state export"] = true }

describe("an example in the help", function()
  local stage, work, env

  setup(function()
    stage = simulator.start()
    work = stage.folder .. "/work"
    process.shell(("mkdir -p %s %s/bin && ln -s %s %s/bin/plumb && ln -s $PWD/examples %s"):format(work, stage.folder,
      simulator.binary, stage.folder, work))
    env = {}
    for name, value in pairs(stage.env) do env[name] = value end
    env.GITHUB_STEP_SUMMARY = work .. "/summary.md"
    env.PATH = stage.folder .. "/bin:" .. os.getenv("PATH")
    stage:document("scan --yes --json")
    local id = next(stage:items())
    process.write(work .. "/events.jsonl", id .. "\n")
    stage:plumb({ "scan", "--save", work .. "/plan.json" })
    stage:plumb({ "init", work .. "/reviews" })
    local wa = stage:client().wellarchitected
    for workload in wa:each("ListWorkloads", {}) do
      if workload.WorkloadName == "shop-prod" then
        assert(wa:CreateMilestone({ WorkloadId = workload.WorkloadId, MilestoneName = "before" }))
      end
    end
  end)
  teardown(function() stage:stop() end)

  -- The line as somebody would type it here: with an item that there is, and a folder that can be written.
  local function typed(line)
    return (line:gsub("oi%-0123456789ab", (next(stage:items()))):gsub("/backups/", stage.folder .. "/"))
  end

  local function run(line, more)
    os.remove(stage.folder .. "/plumb-monday.db")
    local words = { "env", "PATH=" .. env.PATH, "timeout", "20", "bash", "-c", typed(line) .. (more or "") }
    return process.run(words, { env = env, folder = work })
  end

  -- Off a terminal nothing is written without --yes, and the exit code says so.
  local function refused_to_write(result)
    return result.code == 2 and result.err:find("[E108]", 1, true) ~= nil
  end

  for _, command in ipairs(cli.commands()) do
    if not STAYS[command.name] then
      it("of plumb " .. command.name .. " works, in plain text and as JSON", function()
        for _, example in ipairs(command.examples) do
          local line = example[1]
          local result = run(line)
          assert.is_nil(trouble.indecent(result.all), line)
          assert.is_nil(result.all:find(ESC, 1, true), line .. " has an escape sequence")
          if ELSEWHERE[line] then
            assert.truthy(result.err:find(ELSEWHERE[line], 1, true), line .. "\n" .. result.all)
          else
            assert.is_true(result.code == 0 or refused_to_write(result), line .. "\n" .. result.all)
          end
          local own = OWN_OUTPUT[command.name] or OWN_OUTPUT[line] or line:find("[>|]") or line:find("%-o%f[%s]")
          local speaks = table.concat(command.uses or {}, " "):find("output", 1, true)
          if speaks and not own and not line:find("--format", 1, true) then
            result = run(line, line:find("--json", 1, true) and "" or " --json")
            local text = result.out ~= "" and result.out or result.err:match("[^\n]*\n$")
            assert.is_not_nil(json.decode(text or ""), line .. " --json\n" .. result.all)
          end
        end
      end)
    end
  end
end)

describe("an exit code", function()
  local stage

  setup(function() stage = simulator.start() end)
  teardown(function() stage:stop() end)

  local BAD_HOOK = 'return { title = function(f) return f.workload.WorkloadName == "billing" and nil + 1 or "x" end }'

  local function script(text) return process.write(stage.folder .. "/script.lua", text) end

  -- A program that waits, ended by a signal.
  local function ended_by(signal)
    local running = process.start({ simulator.binary, "run", script([[
      print "ready"
      io.stdout:flush()
      require("plumb.task").wait_stop()
    ]]) }, { env = stage.env })
    return running:stop(signal)
  end

  local HOW = {
    [0] = function() return stage:plumb("version") end,
    [1] = function() return stage:plumb("item show oi-ffffffffffff") end,
    [2] = function() return stage:plumb("scan --nonsense") end,
    [3] = function() return stage:plumb("scan --dry-run --fail-on high") end,
    [4] = function() return stage:plumb("scan --dry-run", { env = { AWS_SECRET_ACCESS_KEY = "wrong" } }) end,
    [5] = function()
      return stage:plumb({ "scan", "--yes", "--policy", process.write(stage.folder .. "/bad.lua", BAD_HOOK) })
    end,
    [6] = function() return stage:plumb({ "scan", "--pending-exit", "--save", stage.folder .. "/plan.json" }) end,
    [7] = function() return stage:plumb({ "check", "--set", "titel=1" }) end,
    [8] = function()
      local holder = process.start({ simulator.binary, "run", script([[
        assert(plumb.store)
        print "ready"
        io.stdout:flush()
        require("plumb.task").wait_stop()
      ]]) }, { env = stage.env })
      local result = stage:plumb("scan --yes")
      holder:stop()
      return result
    end,
    [9] = function()
      return stage:plumb("scan --dry-run --max-attempts 1 --endpoint-url http://127.0.0.1:1")
    end,
    [70] = function()
      local scripts = stage.folder .. "/scripts"
      process.shell("mkdir -p " .. scripts .. "/commands")
      process.write(scripts .. "/commands/version.lua",
        'return { name = "version", examples = {}, summary = "", run = function() error("oops") end }')
      return stage:plumb({ "version", "--scripts", scripts })
    end,
    [130] = function() return { code = ended_by("INT"), all = "" } end,
    [143] = function() return { code = ended_by("TERM"), all = "" } end,
  }

  for line in require("plumb.cli.topics")["exit-codes"]():gmatch("\n  (%d+) ") do
    local code = math.tointeger(tonumber(line))
    it(line .. " is what the help says", function()
      local result = HOW[code]()
      assert.equal(code, result.code, result.all)
    end)
  end
end)

describe("a word that is nearly right", function()
  local stage

  setup(function() stage = simulator.start() end)
  teardown(function() stage:stop() end)

  local function policy(text) return process.write(stage.folder .. "/policy.lua", text) end

  local CASES = {
    { { "scna" }, "E101", "scan" },
    { { "scan", "--dry-rum" }, "E102", "--dry-run" },
    { { "item", "lits" }, "E103", "list" },
    { { "status", "-o", "tabel" }, "E103", "table" },
    { { "help", "enviroment" }, "E103", "environment" },
    { { "call", "wa.ListAnswer" }, "E109", "ListAnswers" },
    { { "call", "smm.GetOpsItem" }, "E109", "ssm" },
    { { "call", "wa.GetWorkload", "WorkloadID=1" }, "E110", "WorkloadId" },
    { { "check", "--set", "budget.rum=1" }, "E407", "run" },
    { "return { titel = 1 }", "E402", "title" },
    { "return { title = function(f) return stirng.upper(f.risk) end }", "E411", "string" },
    { "return { title = function(f) return f.workload.WorkloadNmae end }", "E411", "WorkloadName" },
  }

  for _, case in ipairs(CASES) do
    local arguments, id, word = case[1], case[2], case[3]
    local shown = type(arguments) == "table" and table.concat(arguments, " ") or arguments
    it("gets the right one: " .. shown, function()
      local list = type(arguments) == "table" and arguments or { "check", policy(arguments) }
      local result = stage:plumb(list)
      assert.not_equal(0, result.code)
      assert.truthy(result.err:find(id, 1, true), result.all)
      assert.truthy(result.err:find(("did you mean '%s'"):format(word), 1, true), result.all)
    end)
  end
end)

describe("a table", function()
  it("is aligned in a process without a locale, whatever is in it", function()
    local folder = process.folder()
    local script = process.write(folder .. "/table.lua", [[
      local rows = { { "plain", 1 }, { "é accents", 22 }, { "漢字", 333 }, { "🔥 fire", 4 } }
      for i, row in ipairs(rows) do rows[i] = { name = row[1], count = row[2] } end
      io.write(require("plumb.table_view").text(rows, { { key = "name" }, { key = "count" } }, {}))
    ]])
    local result = process.run({ simulator.binary, "run", script }, { env = { HOME = "/nonexistent" } })
    process.remove(folder)
    assert.equal(0, result.code, result.all)
    local width
    for line in result.out:gmatch("[^\n]+") do
      width = width or term.display_width(line)
      assert.equal(width, term.display_width(line), result.out)
    end
  end)
end)

describe("an error id", function()
  local catalogue = require("plumb.problem.catalogue")
  local sources, specs = {}, {}

  setup(function()
    for path in process.shell("find scripts -name '*.lua' ! -name catalogue.lua"):gmatch("[^\n]+") do
      sources[#sources + 1] = process.read(path)
    end
    for path in process.shell("find tests -name '*.lua'"):gmatch("[^\n]+") do specs[#specs + 1] = process.read(path) end
    sources, specs = table.concat(sources), table.concat(specs)
  end)

  for id, entry in pairs(catalogue) do
    it(id .. " is explained, raised somewhere, and tested", function()
      assert.is_true(#entry.title > 0 and #entry.help > 20)
      if not id:find("00$") then -- these stand for ids of their range that nobody knows yet
        assert.truthy(sources:find(id, 1, true), "nothing raises it")
        assert.truthy(specs:find(id, 1, true), "no spec has it")
      end
    end)
  end
end)
