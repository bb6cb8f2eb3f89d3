local process = require "plumb.process"
local task = require "plumb.task"

describe("running a program", function()
  local PATH = { PATH = "/usr/bin:/bin" }

  it("gives what it printed and how it ended", function()
    local result = assert(process.run { argv = { "/bin/sh", "-c", "printf 'a\\nb'; exit 3" }, env = {} })
    assert.same({ code = 3, output = "a\nb" }, result)
  end)

  it("gives it the environment asked for, and nothing else", function()
    local result = assert(process.run { argv = { "env" }, env = { PATH = "/bin", ["A_B"] = "x y" } })
    local lines = {}
    for line in result.output:gmatch("[^\n]+") do lines[#lines + 1] = line end
    table.sort(lines)
    assert.same({ "A_B=x y", "PATH=/bin" }, lines)
  end)

  it("says what went wrong without saying what was printed", function()
    local cases = {
      { { argv = { "./no-such-program" }, env = {} }, "ProgramNotFound" },
      { { argv = { "/bin/sh", "-c", "echo hush; exec sleep 1000" }, env = PATH, timeout = 0.05 }, "Timeout" },
      { { argv = { "/bin/sh", "-c", "echo hush hush" }, env = {}, max_output = 4 }, "OutputTooLarge" },
    }
    for _, case in ipairs(cases) do
      local result, e = process.run(case[1])
      assert.is_nil(result)
      assert.equal(case[2], e.code)
      assert.is_nil(tostring(e):find("hush", 1, true))
    end
  end)

  it("runs several side by side", function()
    local outputs = task.map({ "a", "b", "c" }, function(word)
      return assert(process.run { argv = { "printf", word }, env = PATH }).output
    end)
    assert.same({ "a", "b", "c" }, outputs)
  end)

  it("kills the program when its task is cancelled", function()
    local mark = os.tmpname()
    local running = task.spawn(process.run, { argv = { "/bin/sh", "-c", "echo $$ > " .. mark .. "; exec sleep 1000" },
      env = PATH })
    local pid
    repeat
      task.sleep(0.005)
      local file = io.open(mark)
      pid = file and file:read("n")
      if file then file:close() end
    until pid
    task.cancel(running)
    os.remove(mark)
    assert.is_nil((os.execute(("kill -0 %d 2>/dev/null"):format(pid))))
  end)

  it("raises for what cannot be a command", function()
    for _, options in ipairs {
      { argv = {}, env = {} }, { argv = { "a\0b" }, env = {} }, { argv = { "env" } }, { argv = { 1 }, env = {} },
      { argv = { "env" }, env = { A = 1 } }, { argv = { "env" }, env = { "A" } },
      { argv = { "env" }, env = { ["A=B"] = "" } },
    } do
      assert.is_false((pcall(process.run, options)))
    end
  end)
end)
