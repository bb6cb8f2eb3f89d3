local binary = require("support.binary")
local json = require("plumb.json")

describe("plumb", function()
  local folder

  setup(function()
    folder = binary.folder()
  end)

  teardown(function()
    binary.remove(folder)
  end)

  it("refuses a wrong command line with exit code 2 and a suggestion", function()
    local result = binary.run({ "scna" })
    assert.equal(2, result.code)
    assert.equal("", result.out)
    assert.equal("error: no command 'scna'" .. (" "):rep(53) .. "[E101]\n"
      .. "  fix      did you mean 'scan'?   plumb --help lists all commands\n", result.err)
    assert.truthy(binary.run({ "scan", "--dry-rum" }).err:find("did you mean '--dry-run'?", 1, true))
    assert.equal(2, binary.run({}).code)
  end)

  it("speaks JSON on standard error when asked, and nothing on standard output", function()
    for _, words in ipairs({ { "scna", "--json" }, { "version", "--bogus", "--json" },
      { "help", "nope", "-o", "json" } }) do
      local result = binary.run(words)
      assert.equal(2, result.code)
      assert.equal("", result.out)
      assert.truthy(json.decode(result.err).error.fix, words[1])
    end
  end)

  it("ends quietly when nobody reads any more", function()
    local result = binary.run({ "help", "errors" }, { after = "| true" })
    assert.equal("", result.err)
    local script = binary.file(folder .. "/long.lua", "for i = 1, 100000 do io.write('line\\n') end return 0")
    result = binary.run({ "run", script }, { after = "| head -n 1" })
    assert.equal("line\n", result.out)
    assert.equal("", result.err)
  end)

  it("says so when the disk is full", function()
    local result = binary.run({ "help", "errors" }, { after = "> /dev/full" })
    assert.equal(1, result.code)
    assert.truthy(result.err:find("[E701]", 1, true))
  end)

  it("turns a bug into a crash report that only its owner can read, and shows no traceback", function()
    local scripts = folder .. "/scripts/commands"
    os.execute("mkdir -p " .. binary.quote(scripts))
    binary.file(scripts .. "/version.lua", [[
      return { name = "version", group = "OPERATE", summary = "", run = function() local x; return x.y end }
    ]])
    local result = binary.run({ "version", "--scripts", folder .. "/scripts" },
      { env = { XDG_STATE_HOME = folder .. "/state", AWS_SECRET_ACCESS_KEY = "topsecret" } })
    assert.equal(70, result.code)
    assert.equal("", result.out)
    assert.truthy(result.err:find("[E901]", 1, true))
    assert.falsy(result.err:find("stack traceback", 1, true))
    local path = result.err:match("(/%S+/crash%-%w+%.txt)")
    local stat = assert(require("plumb.files").stat(path))
    assert.equal(tonumber("600", 8), stat.mode & tonumber("777", 8))
    local report = require("plumb.files").read(path, 1 << 20)
    assert.truthy(report:find("stack traceback", 1, true))
    assert.truthy(report:find("version.lua:1", 1, true))
    assert.falsy(report:find("topsecret", 1, true))
  end)

  it("says that the crash report could not be written", function()
    local scripts = folder .. "/scripts"
    local result = binary.run({ "version", "--scripts", scripts }, { env = { XDG_STATE_HOME = "/proc/nowhere" } })
    assert.equal(70, result.code)
    assert.truthy(result.err:find("could not be written", 1, true))
  end)

  it("has no escape character in any help off a terminal", function()
    for _, words in ipairs({ { "--help" }, { "scan", "-h" }, { "scan", "--help" }, { "help", "errors" } }) do
      local result = binary.run(words)
      assert.equal(0, result.code)
      assert.falsy((result.out .. result.err):find("\27"))
    end
  end)

  it("keeps help to what fits on a tall screen", function()
    for _, words in ipairs({ { "--help" }, { "scan", "-h" }, { "scan", "--help" } }) do
      assert.is_true(select(2, binary.run(words).out:gsub("\n", "")) < 60, words[1])
    end
  end)

  it("keeps its manners with the largest arguments that the system takes", function()
    local large = ("x"):rep(120 * 1024) -- Linux stops at 128 KiB, the shell's own command included
    for _, words in ipairs({ { large }, { "--" .. large }, { "version", large }, { "call", large },
      { "version", "--output", large }, { "help", large } }) do
      local result = binary.run(words)
      assert.equal(2, result.code)
      assert.is_true(#result.err < 1000)
    end
  end)
end)
