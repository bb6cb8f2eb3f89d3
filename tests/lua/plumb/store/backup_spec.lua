local files = require "plumb.files"
local store_of = require "plumb.store"

describe("a state file", function()
  local folder, file

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(files.mkdir_all(folder))
    file = folder .. "/state.db"
  end)
  after_each(function() os.execute("rm -rf '" .. folder .. "'") end)

  local function note(store, value)
    assert(store:commit({ { "put", "mark", { name = value, value = value } } }, { { at = 1, operation = value } }))
  end

  it("is copied as it was, and goes on", function()
    local store = store_of.open { path = file }
    note(store, "before")
    assert.is_true(store:backup(folder .. "/copy.db"))
    note(store, "after")
    store:close()
    local copy = store_of.open { path = folder .. "/copy.db" }
    assert.equal("before", copy:get("mark", "before").value)
    assert.is_nil(copy:get("mark", "after"))
    assert.same({}, copy:check())
    copy:close()
    assert.equal(384, files.stat(folder .. "/copy.db").mode) -- 0600
  end)

  it("is never copied over something", function()
    assert(files.write_atomic(folder .. "/mine", "mine"))
    local store = store_of.open { path = file }
    local done, failure = store:backup(folder .. "/mine")
    store:close()
    assert.is_nil(done)
    assert.equal("FileExists", failure.code)
    assert.equal("mine", files.read(folder .. "/mine", 100))
  end)

  it("says where and what it is", function()
    local store = store_of.open { path = file }
    note(store, "x")
    local about = store:describe()
    store:close()
    assert.equal(file, about.place)
    assert.equal("sqlite", about.driver)
    assert.equal(#require("plumb.store.schema").migrations, about.schema)
    assert.is_true(about.bytes > 4096)
  end)
end)
