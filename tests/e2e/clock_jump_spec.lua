-- This computer sleeps, or somebody sets its clock, in the middle of a run: the time of day jumps while the clock that
-- time-outs go by does not. Time-outs follow that other clock, signatures the Date of AWS's replies.

local daemon_of = require("support.daemon")
local oracle = require("support.oracle")
local process = require("support.process")
local programs = require("plumb.process")
local simulator = require("support.simulator_process")
local task = require("plumb.task")

describe("a clock that jumps in the middle of a run", function()
  local stage, wanted, library

  before_each(function()
    stage = simulator.start()
    wanted = select(2, oracle.missing(stage:client(), stage.account))
    stage:forget()
    library = process.has_program("faketime") and process.shell("faketime -f +0 sh -c 'echo $LD_PRELOAD'")
  end)
  after_each(function() stage:stop() end)

  -- Runs a scan whose clock shows what stands in the file, read anew each time.
  local function scan(file)
    local env = { LD_PRELOAD = library, FAKETIME_TIMESTAMP_FILE = file, FAKETIME_NO_CACHE = "1",
      FAKETIME_DONT_FAKE_MONOTONIC = "1", PATH = os.getenv("PATH"), UBSAN_OPTIONS = os.getenv("UBSAN_OPTIONS"),
      LSAN_OPTIONS = os.getenv("LSAN_OPTIONS"),
      ASAN_OPTIONS = (os.getenv("ASAN_OPTIONS") or "") .. ":verify_asan_link_order=0" }
    for name, value in pairs(stage.env) do env[name] = value end
    return assert(programs.run({ argv = { simulator.binary, "scan", "--yes", "--json", "--set", "parallel=1" },
      env = env, timeout = 100, max_output = 1 << 20 }))
  end

  for _, jump in ipairs({ "+2h", "-2h", "+10y" }) do
    -- Guarded by plumb_clock_monotonic in loop.c, by skew.measure and by skew.worth_retry.
    it("by " .. jump .. " ends no call and leaves nothing out", function()
      if not library then return pending("faketime is not installed") end
      local file = process.write(stage.folder .. "/clock", "+0\n")
      -- One of them takes its time, and so gives us some to set the clock.
      stage:fault({ kind = "latency", operation = "ssm.CreateOpsItem", nth = 4, ms = 2000 })
      local running = task.spawn(scan, file)
      daemon_of.eventually(function() return #stage:journal(true) >= 3 end, "three items")
      process.write(file, jump .. "\n")
      local result = task.join(running)
      assert.equal(0, result.code, result.output)
      assert.is_true(stage:calls()["ssm.CreateOpsItem"] > wanted) -- some were refused for their time: it did jump
      assert.equal(wanted, #stage:journal(true))
      assert.equal(wanted, simulator.one_document(result.output).summary.created)
      assert.equal(0, stage:document("scan --yes --json").summary.created)
    end)
  end
end)
