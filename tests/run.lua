-- Runs busted inside plumb, so that specs use the real engine and may wait:
--   plumb run tests/run.lua [busted's arguments]
-- The last line is "N passed, N failed, N skipped".

package.path = "./tests/?.lua;./scripts/?.lua;./scripts/?/init.lua;" .. package.path

local passed, failed, skipped = 0, 0, 0

local busted = require "busted.core"()
local subscribe_to = {
  { { "test", "end" }, function(_, _, status)
    if status == "success" then
      passed = passed + 1
    elseif status == "pending" then
      skipped = skipped + 1
    else
      failed = failed + 1
    end
    return nil, true
  end },
}
package.loaded["busted.core"] = function() return busted end
for _, subscription in ipairs(subscribe_to) do busted.subscribe(subscription[1], subscription[2]) end

local function count()
  io.stdout:write(("\n%d passed, %d failed, %d skipped\n"):format(passed, failed, skipped))
  io.stdout:flush()
end

-- busted leaves by os.exit when something failed, and returns when nothing did.
local leave = os.exit
rawset(os, "exit", function(code) -- luacheck: ignore 122
  count()
  leave(code)
end)

require "busted.runner" { standalone = false }
count()
return passed + failed + skipped > 0 and 0 or 1 -- a run without a test is no success
