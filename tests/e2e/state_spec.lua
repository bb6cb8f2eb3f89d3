-- The state file, when it cannot be what it should be. Nothing is created in AWS without a place to remember it.

local process = require("support.process")
local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

describe("the state file", function()
  local stage, file

  before_each(function()
    stage = simulator.start()
    file = stage.folder .. "/state.db"
  end)
  after_each(function() stage:stop() end)

  local function scan(env) return stage:plumb({ "scan", "--yes", "--state", file }, { env = env }) end

  local function untouched(text)
    process.write(file, text)
    local result = scan()
    assert.equal(text, process.read(file))
    assert.same({}, stage:journal(true))
    return result
  end

  it("that is a text file is refused and not touched", function()
    trouble.check(untouched("Dear diary\n"), { code = 1, id = "E501", says = { file } })
  end)

  it("of another program is refused and not touched", function()
    if not process.has_program("python3") then pending("python3 is not there to make a foreign database") end
    local other = stage.folder .. "/other.db"
    local made = process.run({ "python3", "-c", "import sqlite3,sys; c = sqlite3.connect(sys.argv[1]); "
      .. "c.execute('create table contacts (name text)'); c.commit()", other })
    assert.equal(0, made.code, made.err)
    trouble.check(untouched(process.read(other)), { code = 1, id = "E501", says = { file } })
  end)

  it("that is damaged is refused and not touched", function()
    assert.equal(0, scan().code)
    stage:forget()
    local good = process.read(file)
    local result = untouched(good:sub(1, 4096) .. ("\255\0garbage"):rep(500) .. good:sub(8597))
    trouble.check(result, { code = 1, id = "E504", says = { file } })
    trouble.check(untouched(good:sub(1, 6000)), { code = 1, id = "E504", says = { file } })
  end)

  it("that is empty is a new one", function()
    process.write(file, "")
    assert.equal(0, scan().code)
    assert.is_true(#stage:journal(true) > 0)
  end)

  it("that is a folder, or lies below a file, cannot be used", function()
    os.execute("mkdir " .. file)
    trouble.check(scan(), { code = 1, id = "E501", says = { file } })
    os.execute("rmdir " .. file)
    process.write(stage.folder .. "/flat", "")
    file = stage.folder .. "/flat/state.db"
    trouble.check(scan(), { code = 1, id = "E509", says = { file } })
    assert.same({}, stage:journal(true))
  end)

  it("in a folder that cannot be written ends the run before anything is sent", function()
    local folder = stage.folder .. "/locked"
    os.execute(("chmod 755 %s && mkdir %s && chmod 555 %s"):format(stage.folder, folder, folder))
    local list = { simulator.binary, "scan", "--yes", "--state", folder .. "/state.db" }
    if os.execute("test -w " .. folder) then -- nothing is read-only to the superuser
      if not process.has_program("setpriv") then pending("setpriv is not there to be somebody else") end
      list = table.move(list, 1, #list, 5, { "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups" })
    end
    trouble.check(process.run(list, { env = stage.env }),
      { code = 1, id = "E503", says = { folder .. "/state.db", "Permission denied" } })
    assert.equal(0, stage:call_count())
  end)

  it("without a home is asked for", function()
    local result = stage:plumb("scan --yes", { env = { HOME = "" } })
    trouble.check(result, { code = 1, id = "E503", says = { "--state" } })
    assert.equal(0, stage:call_count())
  end)

  it("that another plumb uses is left to it, exit 8", function()
    local store = require("plumb.store").open({ path = file })
    local result = scan()
    store:close()
    trouble.check(result, { code = 8, id = "E502", says = { file, "--state" } })
    assert.equal(0, stage:call_count())
    assert.equal(0, scan().code)
  end)

  it("is used by one plumb at a time, also when that one waits for AWS", function()
    stage:fault("hang@wellarchitected.ListWorkloads")
    local env = {}
    for name, value in pairs(stage.env) do env[name] = value end
    local command = ("echo begun; exec %s scan --yes --state %s"):format(simulator.binary, file)
    local first = process.start({ "sh", "-c", command }, { env = env })
    while not stage:calls()["wellarchitected.ListWorkloads"] do end
    local result = scan()
    first:stop()
    trouble.check(result, { code = 8, id = "E502", says = { "process " } })
    stage:clear_faults()
    assert.equal(0, scan().code) -- the lock went with its owner
  end)

  it("can be read by status and a dry run while another plumb uses it", function()
    assert.equal(0, scan().code)
    local store = require("plumb.store").open({ path = file })
    local dry = stage:plumb({ "scan", "--dry-run", "--json", "--state", file })
    local status = stage:plumb({ "status", "--json", "--state", file })
    store:close()
    assert.equal(0, dry.code, dry.all)
    assert.equal(0, simulator.one_document(dry.out).planned.create)
    assert.equal(0, status.code, status.all)
  end)

  it("stays as it was in a dry run", function()
    assert.equal(0, scan().code)
    local before = process.shell("cat " .. file .. "* | sha256sum")
    stage:document({ "scan", "--dry-run", "--json", "--state", file })
    stage:document({ "resolve", "--dry-run", "--json", "--state", file })
    stage:document({ "status", "--json", "--state", file })
    assert.equal(before, process.shell("cat " .. file .. "* | sha256sum"))
  end)

  it("that cannot take more ends the run with what was done so far remembered", function()
    assert.equal(0, stage:plumb({ "scan", "--yes", "--limit", "1", "--state", file }).code)
    -- One block is 512 bytes to the shell; the write-ahead log soon wants more.
    local size = math.tointeger(tonumber(process.shell("stat -c %s " .. file)))
    local result = stage:plumb({ "scan", "--yes", "--state", file }, { limits = "-f " .. size // 512 + 8 })
    trouble.check(result, { code = 1, id = "E509", says = { file } })
    -- Whatever was created, no second item is.
    assert.is_true(stage:plumb({ "scan", "--yes", "--state", file, "--set", "ambiguous=retry" }).code ~= 1)
    local seen = {}
    for _, item in pairs(stage:items()) do
      local key = item.OperationalData.FindingKey.Value
      assert.is_nil(seen[key])
      seen[key] = true
    end
  end)
end)
