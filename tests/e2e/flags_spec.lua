-- What the flags of scan and resolve do, seen from outside: in the journal of the simulator and on the streams.

local json = require("plumb.json")
local oracle = require("support.oracle")
local process = require("support.process")
local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

describe("the flags of scan", function()
  local stage

  before_each(function() stage = simulator.start() end)
  after_each(function() stage:stop() end)

  local function workloads_of(calls)
    local names = {}
    for _, call in ipairs(calls) do names[call.input.OperationalData.WorkloadName.Value] = true end
    return names
  end

  it("--limit writes at most so often, and again from there", function()
    local first = stage:document("scan --yes --json --limit 4")
    assert.equal(4, first.summary.created)
    assert.equal(4, #stage:journal(true))
    for _, call in ipairs(stage:journal(true)) do
      assert.equal("HIGH", call.input.OperationalData["Risk level"].Value)
    end
    stage:forget()
    assert.equal(3, stage:document("scan --yes --json --limit 3").summary.created)
    assert.equal(3, #stage:journal(true))
    local _, count = oracle.missing(stage:client(), stage.account)
    assert.equal(count - 7, stage:document("scan --yes --json").summary.created)
  end)

  it("a first run beyond the flood limit writes nothing and says how to go on, by grouping too", function()
    local result = stage:plumb("scan --yes --set flood=20")
    trouble.check(result, { code = 2, id = "E112",
      says = { "--limit 20", "--baseline", "group=question", "flood=31" } })
    assert.same({}, stage:journal(true))
    trouble.check(stage:plumb("scan --yes --set flood=20 --set budget.run=25"), { code = 2, id = "E112",
      says = { "flood=25", "keeps 6 for later runs" } })
    local grouped = stage:document("scan --yes --json --set flood=20 --set group=question")
    assert.equal(19, grouped.summary.created)
    assert.equal(0, stage:document("scan --yes --json --set group=question").summary.created)
    local many = stage:document("scan --yes --json --set group=practice")
    assert.equal(0, many.summary.created)
  end)

  it("--limit 0 writes nothing", function()
    assert.equal(0, stage:document("scan --yes --json --limit 0").summary.created)
    assert.same({}, stage:journal(true))
  end)

  it("--limit counts the writes of resolve too", function()
    stage:document("scan --yes --json")
    for id in pairs(stage:items()) do stage:person({ id = id, status = "Resolved" }) end
    stage:forget()
    stage:document("resolve --yes --json --limit 2")
    assert.is_true(#stage:journal(true) <= 2)
    assert.is_true(#stage:journal(true) >= 1)
    -- What was left is not forgotten.
    stage:document("resolve --yes --json")
    local left = oracle.missing(stage:client(), stage.account)
    assert.same({}, left)
  end)

  it("--workload takes names and globs, and may be given twice", function()
    stage:document("scan --yes --json --workload shop-*")
    assert.same({ ["shop-prod"] = true }, workloads_of(stage:journal(true)))
    stage:forget()
    stage:document("scan --yes --json --workload intranet --workload bill?ng")
    local names = workloads_of(stage:journal(true))
    assert.is_nil(names["shop-prod"])
    assert.is_true(names.billing)
  end)

  it("leaves the items of other workloads alone", function()
    local all = stage:document("scan --yes --json").summary.created
    stage:forget()
    local one = stage:document("scan --yes --json --workload shop-prod")
    assert.equal(0, one.summary.closed)
    assert.equal(0, one.summary.created)
    assert.is_true(one.summary.unchanged < all)
    assert.same({}, stage:journal(true))
  end)

  it("--lens takes aliases and ARNs", function()
    stage:document("scan --yes --json --lens serverless")
    for _, item in pairs(stage:items()) do assert.equal("serverless", oracle.field(item, "Lens")) end
    local before = 0
    for _ in pairs(stage:items()) do before = before + 1 end
    assert.is_true(before > 0)
    assert.equal(0, stage:document("scan --yes --json --lens no-such-lens").summary.created)
    assert.is_true(stage:document("scan --yes --json --lens arn:aws:wellarchitected:*:lens/*").summary.created > 0)
  end)

  it("--risk makes items for these risks only", function()
    local document = stage:document("scan --yes --json --risk high")
    assert.is_true(document.summary.created > 0)
    assert.is_true(document.summary.skipped > 0)
    for _, item in pairs(stage:items()) do assert.equal("HIGH", oracle.field(item, "Risk level")) end
    assert.equal(document.summary.skipped, stage:document("scan --yes --json --risk high,medium").summary.created)
  end)

  it("--risk refuses other words before anything is sent", function()
    local before = stage:call_count()
    local result = stage:plumb("scan --yes --risk low")
    assert.equal(2, result.code)
    assert.truthy(result.err:find("[E103]", 1, true))
    assert.equal(before, stage:call_count())
  end)

  it("--policy and --set change what is made", function()
    local file = process.write(stage.folder .. "/mine.lua",
      'return { title = function(finding, default) return "[mine] " .. default(finding) end }')
    stage:document({ "scan", "--yes", "--json", "--policy", file, "--set", "severities={ HIGH = '1', MEDIUM = '4' }",
      "--set", "source=ours" })
    local count = 0
    for _, call in ipairs(stage:journal(true)) do
      count = count + 1
      assert.equal("[mine] ", call.input.Title:sub(1, 7))
      assert.equal("ours", call.input.Source)
      assert.equal(call.input.OperationalData["Risk level"].Value == "HIGH" and "1" or "4", call.input.Severity)
    end
    assert.is_true(count > 0)
  end)

  it("takes the policy of the configuration folder, and none from the current one", function()
    local folder = stage.folder .. "/here"
    os.execute("mkdir -p " .. folder .. " " .. stage.home .. "/.config/plumb")
    process.write(folder .. "/policy.lua", 'return { risks = { "HIGH" }, title = function() return "wrong" end }')
    process.write(stage.home .. "/.config/plumb/policy.lua", 'return { title = function() return "right" end }')
    local document = stage:document("scan --dry-run --json", { folder = folder })
    for _, row in ipairs(document.items) do assert.equal("right", row.title) end
    assert.is_true(document.planned.create > 0)
  end)

  it("--state keeps what is remembered where it is told to", function()
    local file = stage.folder .. "/elsewhere/mine.db"
    stage:document({ "scan", "--yes", "--json", "--state", file })
    assert.is_true(process.exists(file))
    assert.is_false(process.exists(stage.state))
    stage:forget()
    assert.equal(0, stage:document({ "scan", "--yes", "--json" }, { env = { PLUMB_STATE = file } }).summary.created)
    assert.same({}, stage:journal(true))
  end)

  it("keeps the state folder and file to their owner", function()
    stage:document("scan --yes --json")
    assert.equal("700", process.shell("stat -c %a " .. process.quote(stage.state:match("^(.*)/"))))
    assert.equal("600", process.shell("stat -c %a " .. process.quote(stage.state)))
  end)

  it("-o shows the same rows in every format, and only csv and table have a head", function()
    local document = stage:document("scan -n -o json")
    local csv = stage:plumb("scan -n -o csv").out
    local tsv = stage:plumb("scan -n -o tsv").out
    local text = stage:plumb("scan -n -o table").out
    local piped = stage:plumb("scan -n").out
    assert.equal(tsv, piped)
    local rows = #document.items
    assert.equal(rows + 1, select(2, csv:gsub("\n", "")))
    assert.equal(rows, select(2, tsv:gsub("\n", "")))
    assert.equal(rows + 2, select(2, text:gsub("\n", "")))
    assert.truthy(csv:find("^action,risk,workload,question,practice,severity\r?\n"))
    assert.truthy(csv:find('"Kasse ""Zürich"" <b>& Söhne</b> 🚀 \'n more"', 1, true))
    assert.equal("create\tHIGH\tKasse \"Zürich\" <b>& Söhne</b> 🚀 'n more\t", tsv:match("^[^\t]*\t[^\t]*\t[^\t]*\t"))
  end)

  it("-q is silent on standard error, and says the same on standard output", function()
    local loud, quiet = stage:plumb("scan -n"), stage:plumb("scan -n -q")
    assert.equal("", quiet.err)
    assert.truthy(loud.err:find("Dry run", 1, true))
    assert.equal(loud.out, quiet.out)
  end)

  it("has no escape sequences where there is no terminal", function()
    for _, command in ipairs({ "scan -n -o table", "scan -n -v", "--help", "scan --help", "scan --nonsense",
      "scan --yes", "item list", "status" }) do
      local result = stage:plumb(command)
      assert.is_nil(result.all:find("\27", 1, true), command)
    end
  end)
end)

describe("--json", function()
  local stage

  setup(function()
    stage = simulator.start()
    stage:document("scan --yes --json")
  end)
  teardown(function() stage:stop() end)

  local id

  local function commands()
    if not id then id = next(stage:items()) end
    return {
      { "scan", "--json", "-n" }, { "scan", "--json", "--yes" }, { "resolve", "--json", "-n" },
      { "resolve", "--json", "--yes" }, { "status", "--json" }, { "item", "list", "--json" },
      { "item", "list", "--all", "--json" }, { "item", "show", id, "--json" }, { "version", "--json" },
      { "check", "--json" }, { "call", "--json", "sts.GetCallerIdentity" },
    }
  end

  it("is one document on standard output, in every command", function()
    for _, list in ipairs(commands()) do
      local result = stage:plumb(list)
      assert.equal(0, result.code, table.concat(list, " ") .. "\n" .. result.all)
      assert.is_table(simulator.one_document(result.out))
    end
  end)

  it("leaves standard output empty on failure and says why in one line of JSON", function()
    for _, list in ipairs(commands()) do
      if list[1] ~= "version" and list[1] ~= "status" and list[1] ~= "check" then
        local result = stage:plumb(list, { env = { AWS_SECRET_ACCESS_KEY = "wrong" } })
        assert.equal(4, result.code, table.concat(list, " ") .. "\n" .. result.all)
        assert.equal("", result.out)
        local failure = json.decode(result.err:match("[^\n]*\n$"))
        assert.equal("E203", failure.error.code)
        assert.is_string(failure.error.aws.code)
        assert.is_string(failure.error.fix)
      end
    end
  end)

  it("is heeded for a command line that cannot be read", function()
    for _, text in ipairs({ "scan --json --nonsense", "scna --json", "scan --json --limit many", "call --json",
      "call --json nope.Nothing", "item --json nonsense", "item --json show" }) do
      local result = stage:plumb(text)
      assert.equal(2, result.code, text)
      assert.equal("", result.out)
      assert.is_table(assert(json.decode(result.err), text).error, text)
    end
  end)
end)
