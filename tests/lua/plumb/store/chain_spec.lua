local chain = require "plumb.store.chain"
local json = require "plumb.json"
local store_of = require "plumb.store"

local ENTRIES = {
  { at = 1767323045, run = "01J", operation = "create", resource = "oi-1", detail = { finding = "k", n = 1.5 } },
  { at = 1767323045.25, operation = "adopt", resource = "oi-2", request_id = "req-1", detail = {} },
  { at = 1767323046.1, operation = "settle", detail = { list = json.list {}, title = "Größe\0\"" } },
}

-- The rows as the store keeps them, free to be changed.
local function rows()
  local store, list = store_of.open { path = ":memory:" }, {}
  assert(store:commit({}, ENTRIES))
  for row in store:trail() do list[#list + 1] = row end
  store:close()
  return list
end

local function verify(list)
  local i = 0
  return chain.verify(function()
    i = i + 1
    return list[i]
  end)
end

describe("the chain of the audit trail", function()
  it("holds as the store writes it, whatever is in a row", function()
    local count, broken = verify(rows())
    assert.equal(3, count)
    assert.is_nil(broken)
  end)

  it("holds when there is none", function()
    assert.equal(0, (verify {}))
  end)

  it("names the first row of which anything was changed", function()
    for _, change in ipairs {
      { at = 1767323045.5 }, { run = "01K" }, { operation = "create" }, { resource = "oi-3" },
      { request_id = "req-2" }, { detail = '{"a":1}' }, { detail = "{" }, { hash = ("a"):rep(64) },
      { previous_hash = ("b"):rep(64) },
    } do
      local list = rows()
      for name, value in pairs(change) do list[2][name] = value end
      local count, broken = verify(list)
      assert.equal(1, count)
      assert.equal(2, broken.seq)
      assert.is_string(broken.reason)
    end
  end)

  it("sees rows taken out at the start and in the middle", function()
    for gone, named in pairs { [1] = 2, [2] = 3 } do
      local list = rows()
      table.remove(list, gone)
      local _, broken = verify(list)
      assert.equal(named, broken.seq)
      assert.matches("missing", broken.reason, 1, true)
    end
  end)

  it("sees a row that was taken out and the rest renumbered", function()
    local list = rows()
    table.remove(list, 2)
    list[2].seq = 2
    assert.matches("does not follow", select(2, verify(list)).reason, 1, true)
  end)
end)
