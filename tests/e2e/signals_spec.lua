-- What ends a script that computes and never waits, so that nothing of plumb's own can hear that it should stop.

local process = require("support.process")
local simulator = require("support.simulator_process")

describe("a script that never waits", function()
  local folder, file

  setup(function()
    folder = process.folder()
    file = process.write(folder .. "/busy.lua", "while true do end")
  end)
  teardown(function() process.remove(folder) end)

  -- Guarded by the alarm in plumb_stop: without it timeout(1) has to kill, and the code is 137.
  it("is ended by one signal, a few seconds later", function()
    local result = process.run({ "timeout", "--preserve-status", "--kill-after=60", "--signal=TERM", "0.5",
      simulator.binary, "run", file })
    assert.equal(143, result.code, result.all)
  end)

  it("is ended at once by a second one", function()
    local line = ("%s run %s & pid=$!; sleep 1; kill -INT $pid; kill -INT $pid; wait $pid")
      :format(simulator.binary, file)
    local result = process.run({ "timeout", "60", "bash", "-c", line })
    assert.equal(130, result.code, result.all)
  end)
end)
