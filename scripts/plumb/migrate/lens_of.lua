-- Finds the lens that an item of the Python solution belongs to. It reads each workload's lens reviews
-- once, and a lens's answers only where the name on the item leaves more than one choice.

local legacy = require "plumb.migrate.legacy"
local reader = require "plumb.reader"
local task = require "plumb.task"

local lens_of = {}

---@class plumb.LensFinder
local Finder = {}
Finder.__index = Finder

---@param client table  AWS client
---@return plumb.LensFinder
function lens_of.new(client) return setmetatable({ client = client, reviews = {}, answers = {} }, Finder) end

-- Several items of one workload are looked at at once; what one of them asked for serves all.
local function remembered(known, key, ask)
  known[key] = known[key] or { lock = task.lock() }
  local entry = known[key]
  return entry.lock:with(function()
    if not entry.done then
      entry.value, entry.failure = ask()
      entry.done = true
    end
    return entry.value, entry.failure
  end)
end

---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_ListLensReviews.html
local function reviews_of(self, item)
  return remembered(self.reviews, item.workload_arn, function()
    local reviews, failure = self.client.wellarchitected:all("ListLensReviews", { WorkloadId = item.workload_id })
    for _, review in ipairs(reviews or {}) do
      if review.LensAlias == "" then review.LensAlias = nil end -- custom lenses have only an ARN
    end
    return reviews, failure
  end)
end

---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_ListAnswers.html
local function answers_of(self, item, review)
  local name = reader.lens_name(review)
  return remembered(self.answers, item.workload_arn .. " " .. name, function()
    return self.client.wellarchitected:all("ListAnswers", { WorkloadId = item.workload_id, LensAlias = name })
  end)
end

-- Of several lenses, the one that has the practice, if only one of them has.
local function by_answers(self, item, reviews)
  local having, names = {}, {}
  for _, review in ipairs(reviews) do
    local answers, failure = answers_of(self, item, review)
    if not answers then return nil, tostring(failure), true end
    if legacy.is_in(item, answers) then having[#having + 1] = review end
  end
  if #having == 1 then return having[1] end
  for i, review in ipairs(having) do names[i] = review.LensName or reader.lens_name(review) end
  if having[1] then
    return nil, ("%d lenses have this question and practice: %s"):format(#having, table.concat(names, ", ")), true
  end
  return nil, "no lens of its workload has this question with this practice", false
end

---The lens review that an item belongs to. Waits.
---@param item plumb.LegacyItem
---@return table|nil review  LensReviewSummary
---@return string? reason    why none, or none for sure
---@return boolean? failed   true when a person or a later run has to look; false when it is simply gone
function Finder:find(item)
  local reviews, failure = reviews_of(self, item)
  if not reviews then
    local gone = failure.code == "ResourceNotFoundException"
    return nil, gone and "its workload does not exist any more" or tostring(failure), not gone
  end
  local named = legacy.lenses(item, reviews)
  if #named == 1 then return named[1] end
  if #named == 0 then return nil, ("its workload has no lens '%s' any more"):format(item.lens or ""), false end
  return by_answers(self, item, named)
end

return lens_of
