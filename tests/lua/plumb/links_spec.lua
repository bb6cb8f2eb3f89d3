local err = require "plumb.err"
local findings = require "support.finding"
local links_of = require "plumb.links"
local store_of = require "plumb.store"
local task = require "plumb.task"

local store, calls, warned, answer

local function new(keep)
  return links_of.new { store = store, keep = keep ~= false, log = { warn = function() warned = warned + 1 end },
    reader = { improvements = function()
      calls = calls + 1
      return answer()
    end } }
end

local function review(changes)
  local r = { workload = {}, lens = { LensAlias = "wellarchitected", LensVersion = "1" },
    lens_arn = "arn:aws:wellarchitected::aws:lens/wellarchitected",
    answers = { { QuestionId = "identities" }, { QuestionId = "backup" } } }
  for name, value in pairs(changes or {}) do r[name] = value end
  return r
end

local function found(question) return findings.new { question = { QuestionId = question or "identities" } } end

before_each(function()
  store, calls, warned = store_of.open { path = ":memory:" }, 0, 0
  answer = function() return { identities = "https://a", backup = "https://b" } end
end)

describe("links", function()
  it("are looked up once for a lens version and remembered in the state", function()
    local links, one, two = new(), found(), found "backup"
    links:add(review(), { one, two })
    assert.equal("https://a", one.plan_url)
    assert.equal("https://b", two.plan_url)
    links:add(review(), { found() })
    new():add(review(), { found "backup" })
    assert.equal(1, calls)
  end)

  it("are looked up again for another version of the lens", function()
    new():add(review(), { found() })
    new():add(review { lens = { LensAlias = "wellarchitected", LensVersion = "2" } }, { found() })
    assert.equal(2, calls)
  end)

  it("are good for this run only when nobody knows the version", function()
    local unversioned = review { lens = { LensAlias = "wellarchitected" } }
    local links = new()
    links:add(unversioned, { found() })
    links:add(unversioned, { found() })
    assert.equal(1, calls)
    new():add(unversioned, { found() })
    assert.equal(2, calls)
  end)

  it("are not written in a dry run", function()
    new(false):add(review(), { found() })
    assert.is_nil(store:each "link"())
  end)

  it("of custom lenses are their own: nobody is asked", function()
    local one = found()
    new():add(review { lens_arn = findings.CUSTOM_LENS }, { one })
    assert.equal(0, calls)
    assert.is_nil(one.plan_url)
  end)

  it("that a risk does not have are not asked for again in this run", function()
    answer = function() return {} end
    local links, one = new(), found()
    links:add(review(), { one })
    links:add(review(), { found() })
    assert.equal(1, calls)
    assert.is_nil(one.plan_url)
  end)

  it("of a question nobody asked about may turn up with the next workload", function()
    answer = function() return { identities = "https://a" } end
    local links, late = new(), found "backup"
    links:add(review(), { found() })
    answer = function() return { backup = "https://b" } end
    links:add(review(), { late })
    assert.equal(2, calls)
    assert.equal("https://b", late.plan_url)
  end)

  it("that cannot be read cost the link, not the item", function()
    answer = function() return nil, err.new { code = "ThrottlingException", message = "slow" } end
    local one = found()
    local links = new()
    links:add(review(), { one })
    assert.is_nil(one.plan_url)
    assert.equal(1, warned)
    answer = function() return { identities = "https://a" } end
    links:add(review(), { one })
    assert.equal("https://a", one.plan_url)
  end)

  -- Guards what is noted of look-ups under way: neither a queue of a thousand of them, nor the same one twice.
  describe("asked for at once", function()
    local at_once, most

    local function risky(...)
      local answers = {}
      for i, id in ipairs { ... } do answers[i] = { QuestionId = id, Risk = "HIGH" } end
      return review { answers = answers }
    end

    local function slow(urls)
      at_once, most = 0, 0
      answer = function()
        at_once = at_once + 1
        most = math.max(most, at_once)
        task.sleep(0.01)
        at_once = at_once - 1
        if urls then return urls end
        return nil, err.new { code = "ThrottlingException", message = "slow" }
      end
    end

    local function all(reviews)
      local links, urls = new(), {}
      task.map(reviews, function(one, i)
        local list = {}
        for k, given in ipairs(one.answers) do list[k] = found(given.QuestionId) end
        links:add(one, list)
        for k, got in ipairs(list) do urls[i .. "." .. k] = got.plan_url end
      end, { limit = #reviews })
      return urls
    end

    it("are asked for once where they are the same", function()
      slow { identities = "https://a", backup = "https://b" }
      assert.same({ ["1.1"] = "https://a", ["1.2"] = "https://b", ["2.1"] = "https://a", ["3.1"] = "https://b" },
        all { risky("identities", "backup"), risky "identities", risky "backup" })
      assert.equal(1, calls)
    end)

    it("are asked for side by side where they are others", function()
      slow { identities = "https://a", backup = "https://b", quotas = "https://c" }
      assert.same({ ["1.1"] = "https://a", ["2.1"] = "https://b", ["2.2"] = "https://a", ["3.1"] = "https://c" },
        all { risky "identities", risky("backup", "identities"), risky "quotas" })
      assert.equal(3, calls)
      assert.equal(3, most)
    end)

    it("are asked for again by those who waited for a look-up that failed", function()
      slow(nil)
      assert.same({}, all { risky "identities", risky "identities", risky "identities" })
      assert.equal(3, calls)
      assert.equal(3, warned)
    end)
  end)

  it("that somebody else wrote meanwhile are no trouble", function()
    answer = function()
      store:commit { { "put", "link", { id = "arn:aws:wellarchitected::aws:lens/wellarchitected 1 identities",
        url = "https://a" } } }
      return { identities = "https://a", backup = "https://b" }
    end
    local one = found()
    new():add(review(), { one })
    assert.equal("https://a", one.plan_url)
  end)
end)
