-- Looks into OpsCenter every so often for items that were resolved since the last look, with some overlap, since
-- lists lag behind. Needs nothing but the permission to list, and finds what other triggers have lost.

local loop = require "plumb.trigger.loop"
local trigger = require "plumb.trigger"

local poll = {}

local INTERVAL = 300 -- seconds

---@class plumb.PollTrigger: plumb.Trigger
local Poll = { name = "poll" }
Poll.__index = Poll

local function look_into(inbox, hints)
  for item in inbox:resolved() do
    hints[#hints + 1] = { id = item.id, source = "poll", status = item.status }
  end
end

-- The inboxes that could be read, and what is in them. One place that cannot be read does not hold up the others.
local function look(self)
  local all, read, hints, last = self.inboxes(), {}, {}, nil
  for _, inbox in ipairs(all) do
    local ok, failure = pcall(look_into, inbox, hints)
    if ok then
      read[#read + 1] = inbox
    else
      last = failure
    end
  end
  if last and #read == 0 then error(last, 0) end
  if last then self.report("a place could not be polled", { reason = tostring(last) }) end
  self.counts.polls = self.counts.polls + 1
  self.counts.hints = self.counts.hints + #hints
  return read, hints
end

-- The mark that says how far we have looked moves only when everything seen has come to its end. What failed is seen
-- again at the next look; that it fails is no reason to look more often.
local function deal(self, inboxes, hints)
  local done, failure = {}, nil
  if hints[1] then done, failure = trigger.hand_over(self.handler, hints) end
  for _ in pairs(done) do self.counts.committed = self.counts.committed + 1 end
  if failure then
    self.report("some of what was found was not dealt with; it is looked for again", { reason = tostring(failure) })
    return self.interval
  end
  for _, inbox in ipairs(inboxes) do inbox:done() end
  return self.interval
end

---Begins with a look at once.
---@param handler plumb.HintHandler
---@return true
function Poll:start(handler)
  self.handler = handler
  self.loop:start()
  return true
end

function Poll:stop() self.loop:stop() end

---@param options { inboxes: (fun(): plumb.Inbox[]), interval: number?, report: function? }  inboxes: makes new ones for
---  each look, one for each place; may wait; interval: seconds, default 300
---@return plumb.PollTrigger
function poll.new(options)
  local self = setmetatable({ inboxes = options.inboxes, interval = options.interval or INTERVAL,
    counts = trigger.counts() }, Poll)
  self.report = options.report or trigger.reporter("poll")
  self.loop = loop.new { report = self.report, step = function()
    local inboxes, hints = look(self)
    return self.loop:work(deal, self, inboxes, hints)
  end }
  return self
end

return poll
