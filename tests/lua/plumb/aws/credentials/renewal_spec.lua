-- The life of credentials inside a run: who asks for new ones, who waits, and what happens when there are none.

local credentials = require "plumb.aws.credentials"
local err = require "plumb.err"
local log = require "plumb.log"
local profiles = require "tests.support.profiles"
local random = require "plumb.random"
local task = require "plumb.task"
local time = require "plumb.time"

describe("renewing credentials", function()
  local now, logged
  local DOWN = err.new { code = "Down", kind = "credentials", message = "HUSH" }

  before_each(function()
    now, logged = 1000000, {}
    time.set(function() return now end)
    random.set(function(n) return ("\0"):rep(n) end) -- the shortest rest
    log.configure { write = function(line) logged[#logged + 1] = line end }
  end)

  after_each(function()
    time.set(nil)
    random.set(nil)
    log.configure { write = function(line) io.stderr:write(line) end }
  end)

  -- A provider that answers from a list; `gate` holds answers back until it is opened.
  local function provider(answers)
    local self = { name = "fake", asked = 0, held = 0 }
    function self.try()
      self.asked = self.asked + 1
      local answer = answers[self.asked] or answers[#answers]
      self.held = self.held + 1
      while self.gate == "shut" do task.sleep(0) end
      self.held = self.held - 1
      if err.is(answer) or type(answer) == "string" then return nil, answer end
      return answer
    end
    return self
  end

  local function keys(id, seconds, more)
    local found = { access_key_id = id, source = "fake", expires_at = seconds and now + seconds }
    for key, value in pairs(more or {}) do found[key] = value end
    return found
  end

  local function source(...)
    return credentials.source(profiles.settings {}, { ... })
  end

  local function until_held(fake)
    while fake.held == 0 do task.sleep(0) end
  end

  it("is one task's business while the old ones are good, and the others go on", function()
    local fake = provider { keys("A", 3600), keys("B", 7200) }
    local get = source(fake)
    get()
    now = now + 3600 - 14 * 60
    fake.gate = "shut"
    local first = task.spawn(get)
    until_held(fake)
    for _ = 1, 5 do assert.equal("A", get().access_key_id) end -- would hang if they waited
    assert.equal(2, fake.asked)
    fake.gate = nil
    assert.equal("B", task.join(first).access_key_id)
    assert.equal("B", get().access_key_id)
    assert.equal(2, fake.asked)
  end)

  it("makes everybody wait when they are not, and asks once for all", function()
    local fake = provider { keys("A", 3600), keys("B", 7200) }
    local get = source(fake)
    get()
    now = now + 3600 - 9 * 60
    fake.gate = "shut"
    local waiting = {}
    for i = 1, 5 do waiting[i] = task.spawn(get) end
    until_held(fake)
    for _, one in ipairs(waiting) do assert.is_false(one.done) end
    fake.gate = nil
    for _, one in ipairs(waiting) do assert.equal("B", task.join(one).access_key_id) end
    assert.equal(2, fake.asked)
  end)

  it("is not tried at every call while it fails", function()
    local fake = provider { keys("A", 3600), DOWN, DOWN, keys("B", 7200) }
    local get = source(fake)
    get()
    now = now + 3600 - 14 * 60
    for _ = 1, 10 do assert.equal("A", get().access_key_id) end
    assert.equal(2, fake.asked)
    now = now + 61
    get()
    assert.equal(3, fake.asked)
    now = now + 61
    assert.equal("B", get().access_key_id)
    assert.truthy(logged[1]:find("could not be renewed yet", 1, true))
    assert.is_nil(table.concat(logged):find("HUSH", 1, true))
  end)

  it("fails for everybody when it has to work and does not", function()
    local fake = provider { keys("A", 3600), DOWN }
    local get = source(fake)
    get()
    now = now + 3600 - 599
    assert.equal("Down", select(2, get()).code)
    now = now + 7200
    assert.equal("Down", select(2, get()).code)
  end)

  it("does not ask at every call for what lives no longer than the windows", function()
    local fake = provider { keys("A", 900), keys("B", 1800) }
    local get = source(fake)
    for _ = 1, 3 do get() end
    now = now + 900 / 4 * 3 - 1
    assert.equal("A", get().access_key_id)
    now = now + 2
    assert.equal("B", get().access_key_id)
    assert.equal(2, fake.asked)
  end)

  it("happens once for all calls that were turned away with the same keys", function()
    local fake = provider { keys("A", 3600), keys("B", 3600), keys("C", 3600) }
    local get = source(fake)
    local old = get()
    assert.equal("B", get(old).access_key_id)
    assert.equal("B", get(old).access_key_id)
    assert.equal(2, fake.asked)
    assert.equal("C", get(get()).access_key_id)
  end)

  it("lets every call under way go on when AWS says that they have expired", function()
    local simulator = require("sim").new { seed = "demo", now = function() return now end, credentials = {
      OLD = { secret = "old", session_token = "t", expires_at = now + 60 }, NEW = { secret = "new" } } }
    local fake = provider { keys("OLD", 7200, { secret = "old", session_token = "t" }),
      keys("NEW", 7200, { secret = "new" }) }
    local client = require("plumb.aws").new { region = "us-east-1", credentials = source(fake),
      send = function(request)
        task.sleep(0)
        return simulator:send(request)
      end }
    assert(client.sts:GetCallerIdentity())
    now = now + 120
    local pages = {}
    for i = 1, 4 do
      pages[i] = task.spawn(function() return client.wellarchitected:ListWorkloads { MaxResults = 2 } end)
    end
    for _, page in ipairs(pages) do assert.equal(2, #assert(task.join(page)).WorkloadSummaries) end
    assert.equal(2, fake.asked)
  end)

  it("asks who had them, and goes no further down the chain", function()
    local absent, fake, other = provider { "not set" }, provider { keys("A", 3600), "gone" }, provider { keys("X") }
    local get = source(absent, fake, other)
    assert.equal("A", get().access_key_id)
    now = now + 3601
    local found, e = get()
    assert.is_nil(found)
    assert.equal("NoCredentials", e.code)
    assert.same({ 1, 2, 0 }, { absent.asked, fake.asked, other.asked })
  end)

  it("leaves the triple alone that a request has in hand", function()
    local fake = provider { keys("A", 3600), keys("B", 7200) }
    local get = source(fake)
    local in_hand = get()
    now = now + 3600
    get()
    assert.same({ "A", 1000000 + 3600 }, { in_hand.access_key_id, in_hand.expires_at })
  end)

  it("refuses new ones that have ended already", function()
    local fake = provider { keys("A", 3600), keys("B", 3600) }
    local get = source(fake)
    get()
    now = now + 4000
    assert.equal("ExpiredCredentials", select(2, get()).code)
  end)

  describe("of an instance", function()
    local STABLE = { stable = true }

    -- Guards Source:rest: without it an outage of the metadata service ends every run on the machine.
    it("goes on with expired ones, with a warning, and asks again after a while", function()
      local fake = provider { keys("A", 3600, STABLE), keys("A", 3600, STABLE), keys("B", 20000, STABLE) }
      local get = source(fake)
      get()
      now = now + 4000
      for _ = 1, 5 do assert.equal("A", get().access_key_id) end
      assert.equal(2, fake.asked)
      assert.truthy(logged[1]:find("no newer credentials", 1, true))
      now = now + 121 -- two minutes at least, ten at most
      assert.equal("B", get().access_key_id)
    end)

    it("begins with expired ones when there are no others", function()
      local get = source(provider { keys("A", -60, STABLE) })
      assert.equal("A", get().access_key_id)
    end)

    it("goes on when nobody answers", function()
      local fake = provider { keys("A", 3600, STABLE), "no answer in 1.0 s" }
      local get = source(fake)
      get()
      now = now + 4000
      assert.equal("A", get().access_key_id)
      assert.equal("A", get().access_key_id)
      assert.equal(2, fake.asked)
    end)

    it("waits another while on every machine", function()
      random.set(function(n) return ("\255"):rep(n) end)
      local fake = provider { keys("A", -1, STABLE), keys("B", 7200, STABLE) }
      local get = source(fake)
      get()
      now = now + 590
      assert.equal("A", get().access_key_id)
      now = now + 10
      assert.equal("B", get().access_key_id)
    end)

    it("asks again when AWS has turned them away", function()
      local fake = provider { keys("A", -1, STABLE), keys("B", 7200, STABLE) }
      local get = source(fake)
      assert.equal("B", get(get()).access_key_id)
    end)
  end)
end)
