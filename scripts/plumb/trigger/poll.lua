-- Looks into OpsCenter every so often for items that were resolved since the last look, with some overlap, since
-- lists lag behind. Needs nothing but the permission to list, and finds what other triggers have lost.

local loop = require "plumb.trigger.loop"
local trigger = require "plumb.trigger"

local poll = {}

local INTERVAL = 300 -- seconds

---@class plumb.PollTrigger: plumb.Trigger
local Poll = { name = "poll" }
Poll.__index = Poll

local function look(self)
  local inbox, hints = self.inbox(), {}
  for item in inbox:resolved() do
    hints[#hints + 1] = { id = item.id, source = "poll", status = item.status }
  end
  self.counts.polls = self.counts.polls + 1
  self.counts.hints = self.counts.hints + #hints
  return inbox, hints
end

-- The mark that says how far we have looked moves only when everything seen has come to its end.
local function deal(self, inbox, hints)
  local done, failure = {}, nil
  if hints[1] then done, failure = trigger.hand_over(self.handler, hints) end
  if failure then return nil, failure end
  for _ in pairs(done) do self.counts.committed = self.counts.committed + 1 end
  inbox:done()
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

---@param options { inbox: (fun(): plumb.Inbox), interval: number?, report: function? }  inbox: makes a new one for each
---  look; interval: seconds, default 300
---@return plumb.PollTrigger
function poll.new(options)
  local self = setmetatable({ inbox = options.inbox, interval = options.interval or INTERVAL,
    counts = trigger.counts() }, Poll)
  self.loop = loop.new { report = options.report or trigger.reporter("poll"), step = function()
    local inbox, hints = look(self)
    return self.loop:work(deal, self, inbox, hints)
  end }
  return self
end

return poll
