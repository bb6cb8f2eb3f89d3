-- Names that other people chose: they arrive in OpsCenter as they are, cut only where OpsCenter's limits are, and harm
-- nothing on the way.

local json = require("plumb.json")
local oracle = require("support.oracle")
local simulator = require("support.simulator_process")

local PAGE = "https://docs.example.com/ünï?a=1&b=<2>"

-- A lens with one question, of whose choices the last one is a none-choice.
local function lens(question, choices)
  local list = {}
  for i, title in ipairs(choices) do
    list[i] = { id = "choice_" .. i, title = title, improvementPlan = { displayText = "Do it.", url = PAGE } }
  end
  list[#list + 1] = { id = "question_no", title = "None of these" }
  return { schemaVersion = "2021-11-01", name = "Näme \"lens\" <i>", description = "d", pillars = { { id = "pillar_1",
    name = "P", questions = { { id = "question", title = question, description = "d", choices = list,
      riskRules = { { condition = "default", risk = "HIGH_RISK" } } } } } } }
end

local function world(name, question, choices)
  return { lenses = { { key = "own", document = lens(question, choices) } }, workloads = { { name = name,
    lenses = { "own" }, answers = { own = { question = "question_no" } } } } }
end

local NASTY = {
  quotes = [[it's "quoted" \ and `ticked` 'n all]],
  markup = "<script>alert(1)</script> & <b>bold</b> &amp; ]]>",
  newlines = "first line\nsecond line\r\n\tthird",
  letters = "Zürich Łódź Ελλάδα 漢字 עברית",
  emoji = "🚀 👩‍👩‍👧 🇨🇭 e\u{301}",
  formula = "=HYPERLINK(\"http://x\")",
  shell = "$(touch /tmp/plumb-was-here); `id` | rm -rf %s %d %%",
  escapes = "\u{1b}[31mred\u{1b}]0;title\7 \u{85} \u{202e}back",
  separators = "a\tb\u{2028}c\u{2029}d\u{a0}e\u{feff}f",
  edges = "  leading and trailing  ",
}

describe("names", function()
  local stage

  after_each(function() if stage then stage:stop() end stage = nil end)

  local function only_item()
    local items = stage:items()
    local _, item = next(items)
    assert.is_nil(next(items, (next(items))))
    return item
  end

  for kind, name in pairs(NASTY) do
    it(("with %s survive unchanged"):format(kind), function()
      stage = simulator.start({ seed = world(name, "Q: " .. name, { "C: " .. name }) })
      local document, result = stage:document("scan --yes --json")
      local item = only_item()
      assert.equal(("High Risk - %s - C: %s"):format(name, name), item.Title)
      assert.equal(name, oracle.field(item, "WorkloadName"))
      assert.equal("C: " .. name, oracle.field(item, "Best practices missing"))
      assert.equal("Q: " .. name, oracle.field(item, "Question"))
      assert.equal(PAGE, oracle.field(item, "Improvement Plan"))
      assert.equal(item.Title, document.items[1].title)
      assert.is_nil(result.all:find("\27", 1, true))
      stage:person({ id = item.OpsItemId, status = "Resolved" })
      assert.equal(1, stage:document("resolve --yes --json").summary.updated)
      assert.equal(0, stage:document("scan --yes --json").summary.created)
    end)
  end

  it("take one line each where rows are lines, and no control characters", function()
    stage = simulator.start({ seed = world(NASTY.newlines .. NASTY.escapes, "Q", { NASTY.newlines, "second" }) })
    for _, format in ipairs({ "tsv", "table" }) do
      local result = stage:plumb("scan -n -o " .. format)
      assert.equal(format == "table" and 4 or 2, select(2, result.out:gsub("\n", "")), result.out)
      assert.is_nil(result.out:gsub("[\n\t]", ""):find("%c"))
    end
    stage:document("scan --yes --json")
    local result = stage:plumb("item list")
    assert.equal(2, select(2, result.out:gsub("\n", "")))
    assert.is_nil(result.out:gsub("[\n\t]", ""):find("%c"))
  end)

  it("never start a formula in a spreadsheet", function()
    stage = simulator.start({ seed = world("=1+1", "Q", { "@x" }) })
    local csv = stage:plumb("scan -n -o csv").out
    assert.is_nil(("," .. csv:gsub("\r?\n", ",")):find(',"?[=+@-]'))
  end)

  it("are told apart when they are alike", function()
    local seed = world("Twin", "Q", { "same title", "same title" })
    seed.workloads[2] = { name = "Twin", id = ("ab"):rep(16), lenses = { "own" },
      answers = { own = { question = "question_no" } } }
    stage = simulator.start({ seed = seed })
    assert.equal(4, stage:document("scan --yes --json").summary.created)
    assert.equal(0, stage:document("scan --yes --json").summary.created)
  end)

  it("of a title over 1,024 characters are cut at a character, and plumb says so", function()
    local long = ("漢🚀é"):rep(500)
    local file = require("support.process").write(os.tmpname(),
      "return { title = function(finding) return finding.question.QuestionTitle:rep(20) end }")
    stage = simulator.start({ seed = world("w", ("漢🚀é"):rep(40), { "c" }) })
    local document, result = stage:document({ "scan", "--yes", "--json", "--policy", file })
    os.remove(file)
    local title = only_item().Title
    assert.equal(1024, utf8.len(title))
    assert.equal(long:sub(1, utf8.offset(long, 1024) - 1) .. "…", title)
    assert.same({ "title (1024 characters)" }, document.items[1].cut)
    assert.truthy(result.err:find("title (1024 characters)", 1, true))
  end)

  it("of a value over 20 KB are cut at a character, and plumb says so", function()
    local file = require("support.process").write(os.tmpname(), [[
      return { fields = function(finding, default)
        local all = default(finding)
        all.Long = ("漢"):rep(10000)
        all.Fits = ("x"):rep(20000)
        return all
      end }]])
    stage = simulator.start({ seed = world("w", "Q", { "c" }) })
    local document, result = stage:document({ "scan", "--yes", "--json", "--policy", file })
    os.remove(file)
    local value = oracle.field(only_item(), "Long")
    assert.is_true(#value <= 20480 and #value > 20470)
    assert.is_truthy(utf8.len(value))
    assert.equal("…", value:sub(-3))
    assert.equal(20000, #oracle.field(only_item(), "Fits"))
    assert.equal(1, #document.items[1].cut)
    assert.truthy(result.err:find("field 'Long'", 1, true))
  end)

  it("are valid JSON on standard output, whatever they hold", function()
    local all = {}
    for _, name in pairs(NASTY) do all[#all + 1] = name end
    stage = simulator.start({ seed = world(table.concat(all, " "):sub(1, 900), "Q", all) })
    local result = stage:plumb("scan -n --json")
    local titles = {}
    for _, row in ipairs(assert(json.decode(result.out)).items) do titles[row.practice] = true end
    for _, name in pairs(NASTY) do assert.is_true(titles[name], name) end
  end)
end)
