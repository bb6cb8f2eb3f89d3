local files = require("plumb.files")
local random = require("plumb.random")

describe("files", function()
  local folder

  before_each(function()
    folder = ("%s/plumb-spec-%s"):format(os.getenv("TMPDIR") or "/tmp", random.ulid())
    assert(files.mkdir_all(folder))
  end)

  after_each(function() os.execute("rm -rf '" .. folder .. "'") end)

  it("writes and reads bytes", function()
    local path = folder .. "/a"
    assert.is_true(files.write_atomic(path, "x\0y\n"))
    assert.equal("x\0y\n", files.read(path, 100))
    assert.equal("600", ("%o"):format(files.stat(path).mode))
    assert.is_true(files.write_atomic(path, "new", tonumber("644", 8)))
    assert.equal("644", ("%o"):format(files.stat(path).mode))
    assert.equal(3, files.stat(path).size)
  end)

  it("reads up to a limit", function()
    files.write_atomic(folder .. "/a", "12345")
    assert.equal("12345", files.read(folder .. "/a", 5))
    local text, message, code = files.read(folder .. "/a", 4)
    assert.is_nil(text)
    assert.matches("larger than 4 bytes", message)
    assert.equal("FileTooLarge", code)
  end)

  it("names what is missing", function()
    for _, name in ipairs { "read", "stat", "list", "unlink" } do
      local value, message, code = files[name](folder .. "/none", 10)
      assert.is_nil(value)
      assert.matches(folder .. "/none cannot be", message, 1, true)
      assert.equal("FileNotFound", code)
    end
  end)

  it("lists names in order", function()
    for _, name in ipairs { "b", "a", ".c" } do
      files.write_atomic(folder .. "/" .. name, "")
    end
    assert.same({ ".c", "a", "b" }, files.list(folder))
    assert.is_true(files.unlink(folder .. "/a"))
    assert.same({ ".c", "b" }, files.list(folder))
  end)

  it("tells files, folders and links apart", function()
    files.write_atomic(folder .. "/a", "")
    os.execute(("ln -s a '%s/l'"):format(folder))
    assert.equal("directory", files.stat(folder).type)
    assert.equal("file", files.stat(folder .. "/l").type)
    assert.equal("link", files.stat(folder .. "/l", { links = true }).type)
  end)

  it("raises on what is no path", function()
    assert.error(function() files.read("", 10) end)
    assert.error(function() files.read("a\0b", 10) end)
    assert.error(function() files.write_atomic(folder .. "/a", "", 4096) end)
  end)
end)
