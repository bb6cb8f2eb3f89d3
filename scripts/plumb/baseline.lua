-- A team that starts with a long list may want items for what comes from now on only: what is missing today is put
-- down as accepted, and nothing is created. It is written as it is read, since there may be tens of thousands of it.

local item_of = require "plumb.item"
local stores = require "plumb.store"

local baseline = {}

---@class plumb.Baseline
---@field count integer  findings put down
local Baseline = {}
Baseline.__index = Baseline

---@param options { store: plumb.Store, opener: plumb.Opener, policy: table, dry_run: boolean }
---@return plumb.Baseline
function baseline.new(options)
  return setmetatable({ options = options, count = 0, writes = {} }, Baseline)
end

local PIECE = 80 -- findings that wait to be written

local function flush(self)
  local writes = self.writes
  self.writes = {}
  if not self.options.dry_run then stores.commit_pieces(self.options.store, writes) end
end

---Puts a finding down instead of making an item of it. Waits; raises what the state fails with.
---@param found table  a finding
---@return plumb.Problem? problem  E411 when the hook for its title failed
function Baseline:add(found)
  local title, failure = self.options.policy:call("title", found)
  if failure then return failure end
  local record = self.options.opener:record_of(found)
  record.status, record.reason, record.title = "accepted", item_of.BASELINE, title
  self.count = self.count + 1
  self.writes[#self.writes + 1] = { "put", "finding", record }
  if #self.writes >= PIECE then flush(self) end
end

---Writes what is left. Waits.
---@return integer count  findings put down in all
function Baseline:finish()
  flush(self)
  return self.count
end

return baseline
