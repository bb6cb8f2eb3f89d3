local random = require("plumb.random")
local time = require("plumb.time")

describe("random", function()
  after_each(function()
    random.set(nil)
    time.set(nil)
  end)

  it("gives as many bytes as asked, each time others", function()
    assert.equal(0, #random.bytes(0))
    assert.equal(1000, #random.bytes(1000))
    assert.not_equal(random.bytes(16), random.bytes(16))
    assert.error(function() random.bytes(-1) end)
    assert.error(function() random.bytes(1 << 30) end)
  end)

  it("makes UUIDs of version 4", function()
    for _ = 1, 100 do
      assert.matches("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$",
        random.uuid())
    end
    random.set(function(n) return ("\255"):rep(n) end)
    assert.equal("ffffffff-ffff-4fff-bfff-ffffffffffff", random.uuid())
    random.set(function(n) return ("\0"):rep(n) end)
    assert.equal("00000000-0000-4000-8000-000000000000", random.uuid())
  end)

  it("makes ULIDs that sort by time", function()
    time.set(function() return 1469918176.385 end) -- the moment in the ULID specification's example
    local early = random.ulid()
    assert.equal(26, #early)
    assert.equal("01ARYZ6S41", early:sub(1, 10))
    assert.matches("^[0-9A-HJKMNP-TV-Z]+$", early)
    time.set(function() return 1469918176.386 end)
    assert.is_true(early < random.ulid())
    random.set(function(n) return ("\255"):rep(n) end)
    assert.equal(("Z"):rep(16), random.ulid():sub(11))
  end)

  it("makes numbers from 0 up to 1", function()
    random.set(function(n) return ("\0"):rep(n) end)
    assert.equal(0, random.number())
    random.set(function(n) return ("\255"):rep(n) end)
    assert.is_true(random.number() < 1)
    assert.is_true(random.number() > 0.9999)
  end)
end)
