-- What the kernel is told about a process through which credentials go: no core file, nobody looks into it, nothing it
-- starts gains rights, nothing it writes is for others. Guarded by harden in main.c.

local process = require("support.process")
local simulator = require("support.simulator_process")

local NOBODY = 65534

describe("the process", function()
  local folder, running, pid

  -- A copy where everybody may run it: whose a process is that may not be looked into tells only when it is not root's.
  setup(function()
    folder = process.folder()
    os.execute(("chmod 755 %s && install -m 755 %s %s/plumb"):format(folder, process.quote(simulator.binary), folder))
    process.write(folder .. "/wait.lua", [[
      local self = assert(io.open("/proc/self/stat")):read("n")
      io.open(arg[1] .. "/made", "w"):close()
      print(self)
      io.stdout:flush()
      require("plumb.task").wait_stop()]])
    os.execute(("chmod 644 %s/wait.lua && mkdir -m 777 %s/out"):format(folder, folder))
    local list = { folder .. "/plumb", "run", folder .. "/wait.lua", folder .. "/out" }
    if process.shell("id -u") == "0" then
      list = { "setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", table.unpack(list) }
    end
    running = process.start(list, { env = { HOME = folder .. "/out" } })
    pid = math.tointeger(tonumber(running.first))
  end)
  teardown(function()
    running:stop()
    process.remove(folder)
  end)

  it("leaves no core file", function()
    assert.matches("\nMax core file size%s+0%s+0%s", process.read(("/proc/%d/limits"):format(pid)))
  end)

  it("cannot be looked into by others of the same user", function()
    if process.shell("grep -c __asan_init " .. process.quote(simulator.binary)) ~= "0" then
      return pending("a sanitizer looks into it itself")
    end
    -- The kernel gives the files of such a process to root.
    assert.equal("0", process.shell(("stat -c %%u /proc/%d/environ"):format(pid)))
    local uid = process.read(("/proc/%d/status"):format(pid)):match("\nUid:%s+(%d+)")
    assert.not_equal("0", uid)
  end)

  it("and what it starts gain no rights", function()
    assert.matches("\nNoNewPrivs:%s+1\n", process.read(("/proc/%d/status"):format(pid)))
  end)

  it("writes files for its user alone", function()
    assert.equal("600", process.shell("stat -c %a " .. folder .. "/out/made"))
  end)
end)
