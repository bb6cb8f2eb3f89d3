-- The HTML report as a page: a hundred risks, some of workloads with evil or endless names, with their course, changes
-- and accepted ones; in a browser, light and dark.

local large = require("sim.seed.large")
local page = require("support.report_page")
local process = require("support.process")
local simulator = require("support.simulator_process")

local EVIL = "<script>alert(1)</script><img src=http://192.0.2.1/x onerror=alert(2)>"

describe("the page of a report", function()
  local stage, file, html
  local has_past = process.has_program("faketime")

  local function scan_long_ago()
    local list = { simulator.binary, "scan", "--yes", "--json", "--set", "flood=300" }
    if has_past then table.move({ "faketime", "-f", "-40d", table.unpack(list) }, 1, #list + 3, 1, list) end
    local env = {}
    for name, value in pairs(stage.env) do env[name] = value end
    env.FAKETIME_DONT_FAKE_MONOTONIC = "1"
    -- A sanitizer wants to be loaded before faketime's library, and works behind it too.
    env.ASAN_OPTIONS = (os.getenv("ASAN_OPTIONS") or "") .. ":verify_asan_link_order=0"
    local result = process.run(list, { env = env })
    assert.equal(0, result.code, result.all)
  end

  -- One risk is accepted, another gets better.
  local function live_on()
    local items = stage:document("item list --json").items
    stage:person({ id = items[1].id, status = "Resolved", data = { Outcome = "accepted: until 2199-01-01" } })
    for _, workload in ipairs(stage:document("workload list --json").items) do
      stage:tick({ workload = workload.id, lens = "wellarchitected", question = "question_001",
        select = { "question_001_bp1" } })
    end
    stage:document("resolve --yes --json")
    stage:document("scan --yes --json")
  end

  setup(function()
    local seed = large({ workloads = 5 })
    seed.workloads[1].name, seed.workloads[2].name = EVIL, ("long-name-without-a-space"):rep(4)
    stage = simulator.start({ seed = seed })
    scan_long_ago()
    live_on()
    file = stage.folder .. "/report.html"
    local result = stage:plumb({ "report", "-o", file })
    assert.equal(0, result.code, result.all)
    html = process.read(file)
  end)

  teardown(function() stage:stop() end)

  it("has a hundred risks in less than 200 kB", function()
    local _, risks = html:match('id="risks".-</table>'):gsub('<th scope="row">', "")
    assert.equal(100, risks)
    assert.is_true(#html < 200000, #html)
  end)

  it("has every part that a report can have", function()
    if not has_past then return pending("faketime is not installed") end
    for _, part in ipairs({ "Risks by pillar", "Trend", "Open risks", "What changed in a month", "Accepted" }) do
      assert.truthy(html:find("<h2[^>]*>" .. part .. "</h2>"), part)
    end
  end)

  it("loads nothing and runs nothing, whatever a workload is called", function()
    assert.truthy(html:find("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=http://192.0.2.1/x", 1, true))
    for tag, rest in html:gmatch("<(%a+)([^>]*)>") do
      for _, forbidden in ipairs({ "script", "img", "image", "link", "iframe", "object", "embed", "base", "form" }) do
        assert.not_equal(forbidden, tag:lower())
      end
      for name, value in rest:gmatch('([%w:-]+)="([^"]*)"') do
        assert.is_nil(name:lower():find("^on"), rest)
        assert.is_nil(name:lower():find("src", 1, true), rest)
        assert.is_true(not name:lower():find("href$") or tag == "a" or value:sub(1, 1) == "#", rest)
      end
    end
    for address in html:gmatch("url%(%s*['\"]?(.)") do assert.equal("#", address) end
    assert.is_nil(html:find("@import", 1, true))
  end)

  it("has nothing for axe to say, light or dark, wide or narrow, and asks for nothing but itself", function()
    local missing = page.missing()
    if missing then return pending(missing) end
    local backgrounds = {}
    for _, look in ipairs(page.look(file)) do
      local where = look.scheme .. " " .. look.width
      assert.same({}, look.violations, where)
      assert.is_true(look.passes > 20, where)
      assert.same({ "file://" .. file }, look.requests, where)
      assert.same({}, look.dialogs, where)
      assert.is_true(look.scroll_width <= look.width, where)
      backgrounds[look.background] = look.scheme
    end
    assert.same({ ["rgb(255, 255, 255)"] = "light", ["rgb(17, 22, 28)"] = "dark" }, backgrounds)
  end)
end)
