-- Links to the improvement plans of AWS's own lenses: one look-up a lens review, remembered by lens
-- version and question, so that it is made only when a new item needs a link nobody knows or asks for yet.

local stores = require "plumb.store"
local task = require "plumb.task"

local links = {}

---@class plumb.Links
---@field package known table<string, string|false>  links by id; false for a risk that has none
---@field package asked table<string, plumb.Lock>    ids that a look-up under way will tell of; it holds the lock
local Links = {}
Links.__index = Links

---@param options { store: plumb.Store, reader: plumb.Reader, log: table, keep: boolean }
---@return plumb.Links
function links.new(options)
  return setmetatable({ store = options.store, reader = options.reader, log = options.log,
    keep = options.keep, known = {}, asked = {} }, Links)
end

local function id_of(review, question_id)
  return table.concat({ review.lens_arn, review.lens.LensVersion or "", question_id }, " ")
end

local function recall(self, id)
  if self.known[id] == nil then
    local record = self.store:get("link", id)
    if record then self.known[id] = record.url or false end
  end
  return self.known[id]
end

-- Without its version a lens may be upgraded unseen, so such links are good for this run only.
local function remember(self, review, urls)
  local writes = {}
  for _, answer in ipairs(review.answers) do
    local id = id_of(review, answer.QuestionId)
    local url = urls[answer.QuestionId]
    if url and not recall(self, id) then
      self.known[id] = url
      writes[#writes + 1] = { "put", "link", { id = id, url = url } }
    end
  end
  -- Two that write the same link at once is no harm: the other one's is as good, so a conflict is none.
  if writes[1] and self.keep and review.lens.LensVersion then stores.commit_pieces(self.store, writes) end
end

-- A risk without a link in a complete list has none; asking again for the next workload would not help.
local function give_up(self, review, findings)
  for _, found in ipairs(findings) do
    local id = id_of(review, found.question.QuestionId)
    if recall(self, id) == nil then self.known[id] = false end
  end
end

local RISKS = { HIGH = true, MEDIUM = true }

-- Notes what a look-up is going to tell: the links of all risks of its review. Returns what takes the notes away.
local function announce(self, review, turn)
  local ids = {}
  for _, answer in ipairs(review.answers) do
    local id = id_of(review, answer.QuestionId)
    if RISKS[answer.Risk] and not self.asked[id] then
      self.asked[id], ids[#ids + 1] = turn, id
    end
  end
  return setmetatable({}, { __close = function()
    for _, id in ipairs(ids) do self.asked[id] = nil end
  end })
end

local function ask(self, review, findings)
  local urls, failure = self.reader:improvements(review.workload, review.lens)
  if urls then
    remember(self, review, urls)
    give_up(self, review, findings)
  else
    self.log.warn("links to improvement plans could not be read", { reason = tostring(failure) })
  end
end

-- Whether a link is not known, and nobody asks for it either; and a look-up under way that will tell of another.
local function unknown(self, review, findings)
  local lacking, other = false, nil
  for _, found in ipairs(findings) do
    local id = id_of(review, found.question.QuestionId)
    if recall(self, id) == nil then
      lacking = lacking or not self.asked[id]
      other = other or self.asked[id]
    end
  end
  return lacking, other
end

local function nothing() end

-- What others are asking for is waited for, and not asked again: workloads have most of their questions in common.
local function look_up(self, review, findings)
  local lacking, other = unknown(self, review, findings)
  while other and not lacking do
    other:with(nothing)
    lacking, other = unknown(self, review, findings)
  end
  if not lacking then return end
  local turn = task.lock()
  local _ <close> = announce(self, review, turn)
  turn:with(ask, self, review, findings)
end

---Sets plan_url of the findings that have none and whose lens is AWS's own. A look-up that fails costs
---the link, not the item. Waits.
---@param review plumb.Review
---@param findings table[]
function Links:add(review, findings)
  if not review.lens_arn:find(":aws:lens/", 1, true) then return end
  look_up(self, review, findings)
  for _, found in ipairs(findings) do
    found.plan_url = recall(self, id_of(review, found.question.QuestionId)) or nil
  end
end

return links
