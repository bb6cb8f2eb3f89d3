local overlay = require "plumb.store.overlay"
local store_of = require "plumb.store"

local base, laid

local function finding(key, changes)
  local record = { key = key, partition = "aws", account = "1", region = "r", workload_arn = "arn:1", lens_arn = "l",
    question_id = "q", choice_id = "c", sink = "fake", status = "open", item_id = "oi-" .. key, first_seen = 1,
    last_seen = 1 }
  for name, value in pairs(changes or {}) do record[name] = value end
  return record
end

local function keys(where)
  local list = {}
  for record in laid:each("finding", where) do list[#list + 1] = record.key .. ":" .. record.status end
  table.sort(list)
  return list
end

before_each(function()
  base = store_of.open { path = ":memory:" }
  assert(base:commit { { "put", "finding", finding "a" }, { "put", "finding", finding("b", { status = "fixed" }) },
    { "put", "mark", { name = "m", value = 1 } } })
  laid = overlay.new(base, { finding = { finding("b"), finding("c", { workload_arn = "arn:2" }) } })
end)
after_each(function() base:close() end)

describe("records laid over a store", function()
  it("are read as if they had been written, in the place of those with their key", function()
    assert.same({ "a:open", "b:open", "c:open" }, keys())
    assert.same({ "a:open", "b:open", "c:open" }, keys { status = "open" })
    assert.same({}, keys { status = "fixed" })
    assert.same({ "c:open" }, keys { workload_arn = "arn:2" })
    assert.equal("open", laid:get("finding", "b").status)
    assert.equal("oi-a", laid:get("finding", "a").item_id)
    assert.is_nil(laid:get("finding", "d"))
  end)

  it("are not written, and not changed by who reads them", function()
    laid:get("finding", "c").status = "fixed"
    for record in laid:each "finding" do record.status = "parked" end
    assert.equal("open", laid:get("finding", "c").status)
    assert.equal("fixed", base:get("finding", "b").status)
    assert.is_nil(base:get("finding", "c"))
  end)

  it("leave everything else to the store", function()
    assert.equal(1, laid:get("mark", "m").value)
    assert.equal(1, laid:each "mark"().value)
    assert.same({}, laid:check())
    assert.equal("sqlite", laid:describe().driver)
  end)
end)
