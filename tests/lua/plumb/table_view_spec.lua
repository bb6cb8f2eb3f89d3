local table_view = require("plumb.table_view")

-- Cells as a terminal counts them, for the characters used here.
local function width_of(text)
  local width = 0
  for _, code in utf8.codes(text) do
    width = width + ((code >= 0x2E80 and code <= 0x9FFF or code >= 0x1F300) and 2 or 1)
  end
  return width
end

local function text(rows, columns, opts)
  opts = opts or {}
  opts.width_of = width_of
  return table_view.text(rows, columns, opts)
end

describe("a table for eyes", function()
  local rows = {
    { name = "shop", high = 5.0 },
    { name = "漢é🔥", high = 12 },
  }
  local columns = { { key = "name", title = "workload" }, { key = "high" } }

  it("aligns by terminal cells, numbers to the right and without .0", function()
    assert.equal(table.concat({
      "  workload  high",
      "  ────────  ────",
      "  shop         5",
      "  漢é🔥       12",
      "",
    }, "\n"), text(rows, columns))
  end)

  it("has an ASCII twin", function()
    local ascii = text({ { name = ("long "):rep(9) } }, { { key = "name", cut = true } }, { ascii = true, width = 20 })
    assert.falsy(ascii:find("[\128-\255]"))
    assert.truthy(ascii:find("...", 1, true))
  end)

  it("wraps the widest column at words to fit", function()
    local out = text({ { id = "a1", title = "one two three four five" } }, { "id", "title" }, { width = 22 })
    assert.equal(table.concat({
      "  id  title",
      "  ──  ────────────────",
      "  a1  one two three",
      "      four five",
      "",
    }, "\n"), out)
    for line in out:gmatch("[^\n]+") do
      assert.is_true(width_of(line) <= 22)
    end
  end)

  it("shortens a column that asks for it", function()
    local cut = { "id", { key = "title", cut = true } }
    local out = text({ { id = "a1", title = "one two three four" } }, cut, { width = 16 })
    assert.truthy(out:find("  a1  one two t…\n", 1, true))
  end)

  it("leaves a column whole that asks for it, and takes from others", function()
    local out = text({ { id = "oi-0123456789ab", t = "some words to wrap" } }, { { key = "id", whole = true }, "t" },
      { width = 27 })
    assert.truthy(out:find("oi-0123456789ab  some\n", 1, true), out)
  end)

  it("breaks a word that is wider than its column", function()
    local out = text({ { t = ("x"):rep(30) } }, { "t" }, { width = 12 })
    assert.truthy(out:find("  xxxxxxxxxx\n  xxxxxxxxxx\n  xxxxxxxxxx\n", 1, true))
  end)

  it("shows control characters escaped and keeps rows on their lines", function()
    local out = text({ { t = "a\nb\27[31m" } }, { "t" })
    assert.truthy(out:find("a\\nb\\x1b[31m", 1, true))
    assert.falsy(out:find("\27"))
  end)

  it("colours cells without disturbing the alignment", function()
    local out = text({ { risk = "HIGH", n = 1 } }, {
      { key = "risk", color = function(value) return value == "HIGH" and "red" or nil end }, "n",
    }, { color = function(_, s) return "<" .. s .. ">" end })
    assert.truthy(out:find("  <HIGH>  1\n", 1, true))
  end)

  it("prints the header alone when there are no rows", function()
    assert.equal("  a\n  ─\n", text({}, { "a" }))
  end)

  it("shows nothing for nil and joins a list", function()
    assert.truthy(text({ { b = { "x", "y" } } }, { "a", "b" }):find("x, y", 1, true))
  end)
end)

describe("a column with words of its own for eyes", function()
  local columns = { { key = "age", text = function(days) return days .. " d" end } }

  it("shows them in a table and the value everywhere else", function()
    assert.truthy(text({ { age = 41 } }, columns):find("41 d", 1, true))
    assert.equal("41\n", table_view.tsv({ { age = 41 } }, columns))
    assert.equal("age\r\n41\r\n", table_view.csv({ { age = 41 } }, columns))
  end)

  it("is not asked about a value that is not there", function()
    assert.equal("  age\n  ───\n\n", text({ {} }, columns))
  end)
end)

describe("a table without headings", function()
  it("begins with its first row, and is nothing without rows", function()
    assert.equal("  1\n", text({ { a = 1 } }, { "a" }, { no_header = true }))
    assert.equal("", text({}, { "a" }, { no_header = true }))
    assert.equal("1\r\n", table_view.csv({ { a = 1 } }, { "a" }, { no_header = true }))
  end)
end)

describe("a table for programs", function()
  it("is tabs without a header, each row one line", function()
    assert.equal("shop\t5\na\\tb\\nc\t\n", table_view.tsv({ { n = "shop", h = 5.0 }, { n = "a\tb\nc" } }, { "n", "h" }))
  end)

  it("never shortens", function()
    local long = ("x"):rep(5000)
    assert.equal(long .. "\n", table_view.tsv({ { n = long } }, { { key = "n", cut = true } }))
  end)

  it("is CSV as RFC 4180 has it", function()
    assert.equal('n,h\r\n"say ""hi"", you",1\r\n"a\nb",\r\n',
      table_view.csv({ { n = 'say "hi", you', h = 1 }, { n = "a\nb" } }, { "n", "h" }))
  end)

  it("disarms formulas in CSV but not numbers", function()
    assert.equal("n\r\n'=1+1\r\n'@x\r\n'-x\r\n-5\r\n",
      table_view.csv({ { n = "=1+1" }, { n = "@x" }, { n = "-x" }, { n = -5 } }, { "n" }))
  end)
end)
