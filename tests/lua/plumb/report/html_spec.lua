local html = require("plumb.report.html")
local markdown = require("plumb.report.markdown")
local node = require("plumb.report.node")

local ABOUT = { version = "1.0", command = "plumb report -o r.html", policy = "abc" }

local function report(changes)
  local all = {
    generated = "2026-01-02T03:04:05Z", from = "state", at = "2026-01-02T03:00:00Z",
    places = { { account = "111122223333", region = "eu-west-1" } }, workloads = { "shop" },
    lenses = { "wellarchitected" }, high = 1, medium = 1, items = 1, median_days = 17.4, changes = {}, accepted = {},
    before = { high = 4, medium = 1, at = "2025-12-03T03:04:05Z" },
    pillars = { { pillar = "security", high = 1, medium = 1, none = 2, other = 0 } },
    trend = { { at = "2025-12-01T00:00:00Z", high = 4, medium = 1 },
      { at = "2026-01-02T03:04:05Z", high = 1, medium = 1 } },
    risks = { { risk = "HIGH", label = "shop", pillar = "security", question = "sec", title = "How?", missing = 1,
      practices = { "Do <it>" }, items = { "oi-0123456789ab" }, days = 41 },
      { risk = "MEDIUM", label = "shop", question = "q2", missing = 0, practices = {}, items = {} } },
  }
  for name, value in pairs(changes or {}) do all[name] = value end
  return all
end

describe("an HTML report", function()
  it("escapes everything that is not its own", function()
    local evil = "</title><script>alert(1)</script> \"' & \0"
    local text = html(report({ workloads = { evil }, pillars = { { pillar = evil, high = 1, medium = 0, none = 0,
      other = 0 } }, lenses = { evil }, risks = { { risk = "HIGH", label = evil, pillar = evil, question = evil,
        title = evil, practices = { evil }, items = { evil }, days = 1 } },
      accepted = { { workload = evil, question = evil, choice = evil, reason = evil, ["until"] = evil } },
      changes = { { change = "new", id = evil, title = evil, now = "HIGH" } } }), ABOUT)
    assert.is_nil(text:find("<script", 1, true))
    assert.is_nil(text:find("\0", 1, true))
    assert.equal(1, select(2, text:gsub("</title></", "")) + select(2, text:gsub("</title><style", "")))
  end)

  it("closes every element that it opens", function()
    local open = {}
    local text = html(report(), ABOUT):gsub("<!doctype html>", ""):gsub("<style>.-</style>", "")
    for slash, tag, rest in text:gmatch("<(/?)(%w+)([^>]*)>") do
      if slash == "/" then
        assert.equal(table.remove(open), tag)
      elseif rest:sub(-1) ~= "/" and tag ~= "meta" then
        open[#open + 1] = tag
      end
    end
    assert.same({}, open)
  end)

  it("says in words what a chart shows, and gives its numbers in a table", function()
    local text = html(report(), ABOUT)
    assert.truthy(text:find('role="img"', 1, true))
    assert.truthy(text:find("security has the most high risks, 1.", 1, true))
    assert.truthy(text:find("High risks went from 4 to 1, medium from 1 to 1.", 1, true))
    for id in text:gmatch('aria%-labelledby="([^"]+)"') do
      for name in id:gmatch("%S+") do assert.truthy(text:find('id="' .. name .. '"', 1, true), name) end
    end
    assert.equal(select(2, text:gsub("<svg", "")), select(2, text:gsub("<details>", "")))
    assert.truthy(text:find("▲ High", 1, true))
    assert.truthy(text:find("3 fewer than a month ago", 1, true))
    assert.truthy(text:find("as many as a month ago", 1, true))
    assert.truthy(text:find('<th class="n" scope="col">Age, days</th>', 1, true))
  end)

  it("does without what nobody knows", function()
    local text = html(report({ trend = {}, risks = {}, pillars = {}, high = 0, medium = 0, items = 0,
      workloads = { "a", "b" } }), ABOUT)
    assert.truthy(text:find("There are none.", 1, true))
    assert.truthy(text:find("There are no high risks.", 1, true))
    assert.is_nil(text:find("<h2>Trend", 1, true))
    assert.truthy(text:find("<title>Well-Architected risks of 2 workloads</title>", 1, true))
  end)

  it("stays small with 100 risks", function()
    local risks = {}
    for i = 1, 100 do
      risks[i] = { risk = "HIGH", label = "shop", pillar = "security", question = "q" .. i,
        title = ("How do you "):rep(6), practices = { ("Do this "):rep(8), ("Do that "):rep(8), ("And "):rep(12) },
        items = { "oi-0123456789ab", "oi-0123456789ac" }, days = i }
    end
    assert.is_true(#html(report({ risks = risks }), ABOUT) < 200000)
  end)

  it("has attributes that cannot be left", function()
    assert.equal('<a title="&quot; onclick=&quot;x">&lt;</a>', node.text(node.of("a", { title = '" onclick="x', "<" })))
  end)
end)

describe("a Markdown report", function()
  it("folds away what comes after the ten worst, and keeps to a budget", function()
    local risks = {}
    for i = 1, 40 do
      risks[i] = { risk = "HIGH", label = "shop | x", question = "q" .. i, missing = 1, items = {} }
    end
    local all = report({ risks = risks })
    local text = markdown(all, ABOUT)
    assert.truthy(text:find("<details><summary>30 more</summary>", 1, true))
    assert.truthy(text:find("shop \\| x", 1, true))
    text = markdown(all, ABOUT, 1200)
    assert.is_true(#text <= 1200)
    assert.truthy(text:find("more risks did not fit", 1, true))
  end)
end)
