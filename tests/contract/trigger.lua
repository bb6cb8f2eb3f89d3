-- What every trigger promises, whatever it listens to. A driver gives open(), which makes a stage:
--
--   trigger          what is tested
--   emit()           something happens outside that tells of one more OpsItem; returns its id
--   commit(id)       what a handler does about an id, so that it is dealt with
--   close()
--
-- and open gets options for the driver, and the clock. Time is virtual: waiting takes none.

local err = require("plumb.err")
local task = require("plumb.task")
local virtual_time = require("support.virtual_time")

local LONG = 1200 -- seconds in which everything comes again that may

return function(driver)
  describe("the trigger " .. driver.name, function()
    local stage, calls

    before_each(function()
      local clock = virtual_time.start()
      stage, calls = driver.open(nil, clock), {}
    end)

    after_each(function()
      stage.trigger:stop()
      stage.close()
      virtual_time.stop()
    end)

    -- Starts with a handler that remembers what it got and then does `more`, or commits.
    local function start(more)
      assert(stage.trigger:start(function(hints)
        local ids = {}
        for i, hint in ipairs(hints) do ids[i] = hint.id end
        calls[#calls + 1] = ids
        if more then return more(hints, #calls) end
        for _, id in ipairs(ids) do stage.commit(id) end
        return true
      end))
    end

    local function times(id)
      local n = 0
      for _, ids in ipairs(calls) do
        for _, other in ipairs(ids) do
          if other == id then n = n + 1 end
        end
      end
      return n
    end

    it("has a name and counts", function()
      assert.equal(driver.name, stage.trigger.name)
      assert.equal(0, stage.trigger.counts.committed)
    end)

    it("hands over what it is told of, once it is committed no more", function()
      start()
      local first = stage.emit()
      task.sleep(LONG)
      local second = stage.emit()
      task.sleep(LONG)
      assert.same({ 1, 1 }, { times(first), times(second) })
      assert.equal(2, stage.trigger.counts.committed)
    end)

    it("hands over hints with an id and where they are from", function()
      local seen
      start(function(hints)
        seen = hints[1]
        return true
      end)
      local id = stage.emit()
      task.sleep(LONG)
      assert.equal(id, seen.id)
      assert.is_string(seen.source)
    end)

    it("hands over what was told before it began", function()
      if driver.needs_listener then return end
      local id = stage.emit()
      start()
      task.sleep(LONG)
      assert.equal(1, times(id))
    end)

    it("hands over again what the handler did not commit", function()
      start(function(hints, n)
        if n < 3 then return nil, err.new({ code = "Later", message = "not yet" }) end
        for _, hint in ipairs(hints) do stage.commit(hint.id) end
        return true
      end)
      local id = stage.emit()
      task.sleep(3 * LONG)
      assert.equal(3, times(id))
    end)

    it("takes a handler that raises, or says nothing, for one that did nothing", function()
      start(function(hints, n)
        if n == 1 then error("a bug") end
        if n == 2 then error(err.new({ code = "Thrown", message = "thrown" })) end
        if n == 3 then return end
        for _, hint in ipairs(hints) do stage.commit(hint.id) end
        return true
      end)
      local id = stage.emit()
      task.sleep(4 * LONG)
      assert.equal(4, times(id))
    end)

    it("hands over again only what was not done of a whole", function()
      local bad
      start(function(hints)
        local done = {}
        for _, hint in ipairs(hints) do
          if hint.id ~= bad then
            done[hint.id] = true
            stage.commit(hint.id)
          end
        end
        if done[bad] == nil and times(bad) < 3 and times(bad) > 0 then
          return nil, err.new({ code = "Later", message = "not yet" }), done
        end
        if bad then stage.commit(bad) end
        return true
      end)
      bad = stage.emit()
      local good = { stage.emit(), stage.emit() }
      task.sleep(5 * LONG)
      assert.same({ 3, 1, 1 }, { times(bad), times(good[1]), times(good[2]) })
    end)

    it("lets the handler wait", function()
      start(function(hints)
        task.sleep(500)
        for _, hint in ipairs(hints) do stage.commit(hint.id) end
        return true
      end)
      local id = stage.emit()
      task.sleep(3 * LONG)
      assert.equal(1, times(id))
    end)

    it("hands over nothing after its end", function()
      start()
      stage.trigger:stop()
      if not driver.needs_listener then stage.emit() end
      task.sleep(LONG)
      assert.same({}, calls)
    end)

    it("lets what the handler has begun come to its end", function()
      local ended = false
      start(function(hints)
        task.sleep(50)
        for _, hint in ipairs(hints) do stage.commit(hint.id) end
        ended = true
        return true
      end)
      stage.emit()
      while #calls == 0 do task.sleep(1) end
      assert.is_false(ended)
      stage.trigger:stop()
      assert.is_true(ended)
      assert.equal(1, stage.trigger.counts.committed)
    end)

    it("may be stopped by its handler, twice, and before it began", function()
      stage.trigger:stop()
      start(function(hints)
        for _, hint in ipairs(hints) do stage.commit(hint.id) end
        stage.trigger:stop()
        return true
      end)
      stage.emit()
      task.sleep(LONG)
      stage.trigger:stop()
      stage.trigger:stop()
      assert.equal(1, #calls)
    end)

    it("goes on where it was when it is started again", function()
      start(function() return nil, err.new({ code = "Later", message = "not yet" }) end)
      local id = stage.emit()
      while #calls == 0 do task.sleep(1) end
      stage.trigger:stop()
      calls = {}
      task.sleep(LONG)
      start()
      task.sleep(LONG)
      assert.equal(1, times(id))
    end)
  end)
end
