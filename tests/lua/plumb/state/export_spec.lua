local digest = require "plumb.digest"
local export = require "plumb.state.export"
local json = require "plumb.json"
local schema = require "plumb.store.schema"
local summary = require "plumb.state.summary"
local world_of = require "support.world"

local w

local function lines()
  local list = {}
  local n = export.all(w.store, function(text) list[#list + 1] = text end)
  assert.equal(#list, n)
  return list
end

describe("a state as lines of JSON", function()
  before_each(function()
    w = world_of.new()
    local plumb = w:begin()
    assert(w.store:commit { { "put", "run", { id = plumb.run_id, command = "scan", started_at = 5, ended_at = 6,
      exit = 0, summary = { created = 2 } } } })
    w:scan()
  end)
  after_each(world_of.restore)

  it("has every record and every audit row, each as it is", function()
    local counts, audit = {}, {}
    for i, text in ipairs(lines()) do
      assert.is_nil(text:find("\n", 1, true))
      local value = assert(json.decode(text))
      counts[value.kind] = (counts[value.kind] or 0) + 1
      if i == 1 then assert.equal("plumb.state-export/1", value.schema) end
      if value.kind == "audit" then audit[#audit + 1] = value.record end
      if value.kind == "finding" then assert.same(w.store:get("finding", value.record.key), value.record) end
    end
    for kind in pairs(schema.kinds) do
      local n = 0
      for _ in w.store:each(kind) do n = n + 1 end
      assert.equal(n, counts[kind] or 0, kind)
    end
    assert.is_true(#audit > 0)
    assert.is_string(audit[1].detail.finding)
    assert.equal(audit[1].hash, audit[2].previous_hash)
  end)

  it("holds neither keys nor secrets", function()
    local text = table.concat(lines(), "\n")
    assert.is_nil(text:find("AKID", 1, true))
    assert.is_nil(text:find("wJalr", 1, true))
    assert.is_nil(text:find(digest.hex(digest.sha256 "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"):sub(1, 16), 1, true))
  end)

  it("is counted and told in a summary", function()
    local all = summary.of(w.store)
    assert.equal(all.records.finding, all.findings.open)
    assert.equal(all.records.item, all.records.finding)
    assert.equal(0, all.runs.scan.exit)
    local rows = {}
    for _, row in ipairs(summary.rows(all)) do rows[row.what .. " " .. row.name] = row.value end
    assert.equal("SQLite", rows["state kind"])
    assert.equal(all.findings.open, rows["findings open"])
    assert.equal("1970-01-01T00:00:06Z, exit 0", rows["last run scan"])
    assert.is_nil(rows["records inbox"])
  end)
end)
