local verify = require "plumb.state.verify"
local world_of = require "support.world"

local w, db

-- Changes rows behind plumb's back, as another program could.
local function tamper(sql, ...) assert(db:run(sql, ...)) end

local function faults() return (verify.all(w.store)) end

local function only_fault()
  local list = faults()
  assert.equal(1, #list, "faults")
  return list[1]
end

local function two()
  local each = w.store:each "finding"
  return each(), each()
end

describe("verifying a state", function()
  before_each(function()
    w = world_of.new()
    w:scan()
    db = w.store.db
  end)
  after_each(world_of.restore)

  it("finds nothing wrong with what plumb writes", function()
    local record, other = two()
    w:person_resolves(record.item_id)
    w:resolve()
    w:later(60)
    w:person_answers(other, { [other.choice_id] = "SELECTED" })
    w:scan()
    local list, checked = verify.all(w.store)
    assert.same({}, list)
    assert.is_true(checked.findings > 0 and checked.items > 0 and checked.audit > checked.findings)
  end)

  it("finds nothing wrong with an empty one, and changes nothing", function()
    local changes = db:run("SELECT total_changes() AS n")[1].n
    faults()
    assert.equal(changes, db:run("SELECT total_changes() AS n")[1].n)
    w = { store = require("plumb.store").open { path = ":memory:" } }
    assert.same({}, faults())
  end)

  it("names the first audit row that somebody changed, took out or put in", function()
    tamper "DROP TRIGGER audit_stays_as_written"
    tamper "UPDATE audit SET resource = 'oi-000000000000' WHERE seq = 4"
    tamper "UPDATE audit SET resource = 'oi-000000000000' WHERE seq = 6"
    local fault = only_fault()
    assert.equal("audit row 4", fault.where)
    assert.matches("not what was written", fault.what, 1, true)
    tamper "DROP TRIGGER audit_is_not_shortened"
    tamper "DELETE FROM audit WHERE seq = 2"
    assert.equal("audit row 3", only_fault().where)
  end)

  it("names an audit row with a forged hash by the one after it", function()
    tamper "DROP TRIGGER audit_stays_as_written"
    local chain = require "plumb.store.chain"
    local row
    for each in w.store:trail() do
      if each.seq == 4 then row = each end
    end
    local entry = { at = row.at, run = row.run, operation = "close", resource = row.resource }
    tamper("UPDATE audit SET operation = 'close', detail = NULL, hash = ? WHERE seq = 4",
      chain.hash(entry, row.previous_hash))
    assert.equal("audit row 5", only_fault().where)
  end)

  it("names a finding whose key is not that of its practice", function()
    local record = two()
    tamper("UPDATE finding SET choice_id = 'another' WHERE key = ?", record.key)
    local fault = only_fault()
    assert.matches("another", fault.where, 1, true)
    assert.matches(record.key:sub(1, 12), fault.what, 1, true)
  end)

  it("names an open finding without an item", function()
    tamper("UPDATE finding SET item_id = NULL WHERE key = ?", two().key)
    assert.matches("has no item", only_fault().what, 1, true)
  end)

  it("names an open finding whose item has no record", function()
    local record = two()
    tamper("DELETE FROM item WHERE id = ?", record.item_id)
    local fault = only_fault()
    assert.matches(record.item_id .. " has no record", fault.what, 1, true)
    assert.matches("state rebuild", fault.fix, 1, true)
  end)

  it("names an item without a finding", function()
    local record = two()
    tamper("DELETE FROM finding WHERE key = ?", record.key)
    assert.equal("item " .. record.item_id, only_fault().where)
  end)

  it("names two open findings with one item", function()
    local record, other = two()
    tamper("UPDATE finding SET item_id = ? WHERE key = ?", record.item_id, other.key)
    local list = faults()
    assert.equal(2, #list)
    assert.matches("is also that of", list[1].what, 1, true)
    assert.matches("on record for another finding", list[2].what, 1, true)
  end)

  it("names an open finding whose item is used up", function()
    local record = two()
    tamper("UPDATE item SET processed = 1 WHERE id = ?", record.item_id)
    assert.matches("used up", only_fault().what, 1, true)
  end)

  it("says for every fault what to do", function()
    tamper "UPDATE finding SET item_id = NULL, choice_id = 'x' || choice_id"
    local list = faults()
    assert.is_true(#list > 10)
    for _, fault in ipairs(list) do assert.matches("%a+ %a+", fault.fix) end
  end)
end)
