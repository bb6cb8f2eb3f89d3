local columns = require("plumb.repl.columns")
local present = require("plumb.repl.present")
local view = require("plumb.repl.view")
local width_of = require("support.repl_session").width_of

local function records(rows, opts)
  opts = opts or {}
  return view.records(rows, rows, { mode = opts.mode or "auto", width = opts.width or 80, columns = opts.columns,
    ascii = opts.ascii, width_of = width_of })
end

local WORKLOADS = {
  { WorkloadName = "shop-prod", WorkloadId = ("a"):rep(32), RiskCounts = { HIGH = 5, MEDIUM = 3 },
    UpdatedAt = 1795392000, WorkloadArn = "arn:aws:wellarchitected:eu-west-1:111122223333:workload/a" },
  { WorkloadName = "漢é🔥", WorkloadId = ("b"):rep(32), RiskCounts = { MEDIUM = 12 }, UpdatedAt = 1795392000 },
}

describe("a list of records", function()
  it("is a table of what tells most, dates as dates", function()
    assert.equal(table.concat({
      "  #  WorkloadName  WorkloadId                        HIGH  MEDIUM  UpdatedAt",
      "  ─  ────────────  ────────────────────────────────  ────  ──────  ──────────",
      "  1  shop-prod     aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa     5       3  2026-11-23",
      "  2  漢é🔥         bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb            12  2026-11-23",
      "",
    }, "\n"), (records(WORKLOADS)))
  end)

  it("fits every width, and never has a line that is too long", function()
    for width = 20, 120 do
      for line in records(WORKLOADS, { width = width }):gmatch("[^\n]+") do
        assert.is_true(width_of(line) <= width, ("%d: %s"):format(width, line))
      end
    end
  end)

  it("becomes blocks of lines where a table would tell too little", function()
    local text = records(WORKLOADS, { width = 30 })
    assert.equal(table.concat({
      "─[ 1 ]────────────────────────",
      "WorkloadName  shop-prod",
      "WorkloadId    aaaaaaaaaaaaaaaa",
      "              aaaaaaaaaaaaaaaa",
      "HIGH          5",
      "MEDIUM        3",
      "UpdatedAt     2026-11-23T00:00",
      "              :00Z",
    }, "\n"), text:sub(1, text:find("\n─[ 2", 1, true) - 1))
    local wide = records(WORKLOADS, { width = 100, mode = "vertical" })
    assert.truthy(wide:find("UpdatedAt     2026-11-23T00:00:00Z\n", 1, true))
    local narrow = records(WORKLOADS, { width = 40, mode = "table" })
    assert.truthy(narrow:find("#  WorkloadName", 1, true))
  end)

  it("says how many columns were left out", function()
    assert.equal(0, (select(2, records(WORKLOADS, { width = 80 }))))
    assert.equal(1, (select(2, records(WORKLOADS, { width = 50 }))))
  end)

  it("has the columns that were asked for", function()
    local text = records(WORKLOADS, { columns = { "RiskCounts.MEDIUM", "WorkloadName" } })
    assert.truthy(text:find("#  MEDIUM  WorkloadName\n", 1, true))
    assert.truthy(records({ { Other = 1 } }, { columns = { "WorkloadName" } }):find("#  Other\n", 1, true))
  end)

  it("lists several texts of a cell under each other in blocks", function()
    local text = records({ { Missing = { "one", "two" }, Risk = "HIGH", WorkloadName = "x" } }, { mode = "vertical" })
    assert.truthy(text:find("Missing       one\n              two\n", 1, true))
  end)

  it("is CSV, TSV, Markdown and JSON on request", function()
    local rows = { { Name = "=1+1", N = 2 }, { Name = "a|b", N = 3 } }
    assert.equal("Name,N\r\n'=1+1,2\r\na|b,3\r\n", (records(rows, { mode = "csv" })))
    assert.equal("=1+1\t2\na|b\t3\n", (records(rows, { mode = "tsv" })))
    assert.truthy(records(rows, { mode = "markdown" }):find("| a\\|b | 3 |", 1, true))
    assert.truthy(records(rows, { mode = "json" }):find('"Name": "a|b"', 1, true))
  end)

  it("has an ASCII twin", function()
    local rows = { { Name = "a", Long = ("x"):rep(200) } }
    assert.falsy(records(rows, { ascii = true, mode = "vertical" }):find("[\128-\255]"))
    assert.falsy(records(rows, { ascii = true, mode = "table" }):find("[\128-\255]"))
  end)

  it("does not obey control characters from AWS, in no mode", function()
    local rows = { { Name = "a\27[2Jb\n", Id = "\7" } }
    for _, mode in ipairs({ "table", "vertical", "json", "tsv", "markdown" }) do
      assert.falsy(records(rows, { mode = mode }):find("[\27\7]"), mode)
    end
  end)
end)

describe("columns", function()
  it("of findings and steps are known by who made the list", function()
    local rows = { { risk = "HIGH", workload = { WorkloadName = "shop" }, question = { QuestionId = "q" },
      choice = { Title = "t" } } }
    columns.mark(rows, "finding")
    assert.same({ "risk", "workload.WorkloadName", "question.QuestionId", "choice.Title" }, columns.of(rows, rows))
    assert.same({ "risk", "WorkloadName", "QuestionId", "Title" }, columns.titles(columns.of(rows, rows)))
  end)

  it("that end alike keep their whole path as title", function()
    assert.same({ "a.Name", "b.Name", "c" }, columns.titles({ "a.Name", "b.Name", "c" }))
  end)

  it("of anything else are names, ids and the rest, ARNs last", function()
    local rows = { { Zeta = 1, ThingArn = "a", ThingId = "i", ThingName = "n" } }
    assert.same({ "ThingName", "ThingId", "Zeta", "ThingArn" }, columns.of(rows, rows))
  end)
end)

describe("a result", function()
  local function presenter(opts)
    opts = opts or {}
    opts.width, opts.width_of = function() return 80 end, width_of
    return present.new(opts)
  end

  it("without a row says so where rows were to be expected", function()
    assert.equal("(none)\n", (presenter():text(columns.mark({}, "risk"))))
    assert.equal("{}\n", (presenter():text({})))
  end)

  it("of any kind is JSON in mode json", function()
    local p = presenter({ mode = "json" })
    assert.equal('"x"\n', (p:text("x")))
    assert.equal("null\n", (p:text(nil)))
    assert.truthy(p:text({ f = print }):find("function", 1, true))
  end)

  it("that is a record is lines, a block, or a row", function()
    local record = { Name = "n", Count = 3 }
    assert.equal('  Count  3\n  Name   "n"\n', (presenter():text(record)))
    assert.truthy(presenter({ mode = "vertical" }):text(record):find("Count  3", 1, true))
    assert.equal("Name,Count\r\nn,3\r\n", (presenter({ mode = "csv" }):text(record)))
  end)
end)
