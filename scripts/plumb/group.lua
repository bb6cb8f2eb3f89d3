-- Which findings share an item, and what such a group is: its key, which is for ever; its record in the state; its
-- members; and the finding that hooks get for all of them. Pure.
--
-- A group goes through the protocol of plumb.open in the place of a finding, so its record has the intent, the
-- quarantine and the item. The records of its findings say which group they belong to and how they stand.

local digest = require "plumb.digest"
local item_of = require "plumb.item"

local group = {}

-- The version of the way keys are made; as in plumb.finding, a change means a second item for every group.
local FORMAT = "plumb-group-1"

local WORDS = { practice = "practice", question = "question", pillar = "pillar", workload = "workload" }

---Statuses of a finding for which an item stands, or may come to stand.
group.STANDING = { open = true, intended = true }

---The key of a group: 64 hex digits that depend on nothing but what identifies it. Groups are those of one lens, but
---for those of a whole workload, which have none.
---@param identity { mode: "question"|"pillar"|"workload"|"named", name: string, partition: string, account: string,
---  region: string, workload_arn: string, lens_arn: string? }
---@return string
function group.key(identity)
  return digest.hex(digest.sha256(table.concat({
    FORMAT, identity.mode, identity.partition, identity.account, identity.region, identity.workload_arn,
    identity.lens_arn or "", identity.name,
  }, "\0")))
end

local NAMES = {
  question = function(found) return found.question.QuestionId, found.question.QuestionTitle end,
  pillar = function(found) return found.question.PillarId or "", found.question.PillarId end,
  workload = function() return "", nil end,
}

---The group that a finding belongs to by the policy. It says what a new record of it begins with.
---@param found table   a finding
---@param policy plumb.Policy
---@return table|nil    nil for a finding with an item of its own
---@return plumb.Problem? problem  when the policy's function failed
function group.of(found, policy)
  if policy.group == "practice" and not policy:is_own "group" then return nil end
  local answer, failure = policy:call("group", found)
  if failure then return nil, failure end
  if answer == "practice" then return nil end
  answer = item_of.repaired(answer)
  local mode, name, label = WORDS[answer] or "named", answer, answer
  if NAMES[mode] then name, label = NAMES[mode](found) end
  local whole = mode == "workload"
  local made = {
    mode = mode, name = name, label = label, partition = found.partition, account = found.account,
    region = found.region, workload_arn = found.workload.WorkloadArn, workload_name = found.workload.WorkloadName,
    lens_arn = not whole and found.lens_arn or nil, lens_alias = not whole and found.lens.LensAlias or nil,
    pillar = (mode == "question" or mode == "pillar") and found.question.PillarId or nil,
  }
  made.key = group.key(made)
  return made
end

---@class plumb.Member  one finding of a group, as it is once a step has been carried out
---@field key string
---@field record table?    the state's record of it
---@field finding table?   when it was read in this run
---@field standing boolean whether its practice is missing
---@field joins boolean    whether the item does not list it yet, as far as the state knows
---@field ends { status: string, reason: string? }?  what its record becomes when it has been dealt with
---@field again boolean    whether it had been dealt with and is missing again
---@field regraded boolean whether its risk has changed

---A member of a group.
---@param record table?   the state's record of the finding
---@param action plumb.Action?  what a scan found out about it
---@param item_id string? the item of the group, when it has one
---@return plumb.Member
function group.member(record, action, item_id)
  local kind, found = action and action.kind, action and action.finding
  local ends = kind == "close" and "fixed" or kind == "obsolete" and "obsolete" or nil
  -- One that is kept stands if the state says so; every other that was found missing does in any case.
  local stands = found ~= nil and kind ~= "keep" or record ~= nil and group.STANDING[record.status] or false
  local standing = stands and not ends
  local listed = record ~= nil and record.status == "open" and record.item_id ~= nil and record.item_id == item_id
  return {
    key = (found or record).key, record = record, finding = found, standing = standing,
    joins = standing and not listed, again = kind == "return", regraded = kind == "update",
    ends = ends and { status = ends, reason = action.reason } or nil,
  }
end

-- What the texts say of a member.
local function practice_of(member)
  local found, record = member.finding, member.record or {}
  if found then
    return { title = found.choice.Title or found.choice.ChoiceId, choice_id = found.choice.ChoiceId,
      question_id = found.question.QuestionId, lens_arn = found.lens_arn, risk = found.risk,
      url = found.plan_url or record.plan_url, done = not member.standing }
  end
  return { title = record.title or record.choice_id, choice_id = record.choice_id, question_id = record.question_id,
    lens_arn = record.lens_arn, risk = record.risk, url = record.plan_url, done = not member.standing }
end

local RANK = { HIGH = 1, MEDIUM = 2 }

local function before(a, b)
  if a.done ~= b.done then return b.done end
  if not a.done and RANK[a.risk] ~= RANK[b.risk] then return (RANK[a.risk] or 3) < (RANK[b.risk] or 3) end
  for _, name in ipairs { "lens_arn", "question_id", "choice_id" } do
    if a[name] ~= b[name] then return a[name] < b[name] end
  end
  return false
end

---The practices of a group: those that are missing first, the most severe in front.
---@param members plumb.Member[]
---@return { title: string, url: string?, risk: string?, done: boolean, lens_arn: string, question_id: string,
---  choice_id: string }[]
function group.practices(members)
  local list = {}
  for i, member in ipairs(members) do list[i] = practice_of(member) end
  table.sort(list, before)
  return list
end

-- A finding put together from the state, for a member that was not read in this run.
local function remembered(record, of_group)
  return {
    key = record.key, risk = record.risk, partition = record.partition, account = record.account,
    region = record.region, lens_arn = record.lens_arn, plan_url = record.plan_url, none_selected = {},
    console_url = require("plumb.console_url").workload(record.workload_arn),
    workload = { WorkloadName = of_group.workload_name, WorkloadArn = record.workload_arn,
      WorkloadId = record.workload_arn:match "workload/(.+)$" },
    lens = { LensAlias = record.lens_alias, LensArn = record.lens_arn },
    question = { QuestionId = record.question_id, PillarId = of_group.pillar, Risk = record.risk },
    choice = { ChoiceId = record.choice_id, Title = record.title },
  }
end

-- The most severe member that is missing, one that was read before one that was not.
local function foremost(members)
  local best, best_rank
  for _, member in ipairs(members) do
    local risk = (member.finding or member.record).risk
    local rank = (member.standing and 0 or 100) + (RANK[risk] or 3) * 10 + (member.finding and 0 or 1)
    if not best or rank < best_rank or rank == best_rank and member.key < best.key then
      best, best_rank = member, rank
    end
  end
  return best
end

---What hooks get for a group: the finding of its most severe practice, with the worst risk of all that are missing,
---and `group`.
---@param of_group table  the group's record, or what group.of made
---@param members plumb.Member[]
---@return table finding
function group.finding(of_group, members)
  local member, practices, count, worst = foremost(members), group.practices(members), 0, nil
  for _, practice in ipairs(practices) do
    if not practice.done then
      count = count + 1
      if not worst or (RANK[practice.risk] or 3) < (RANK[worst] or 3) then worst = practice.risk end
    end
  end
  local made = {}
  for name, value in pairs(member.finding or remembered(member.record, of_group)) do made[name] = value end
  made.risk = worst or made.risk or "MEDIUM"
  made.group = {
    mode = of_group.mode, name = of_group.name, title = of_group.label, pillar = of_group.pillar,
    question_id = of_group.mode == "question" and of_group.name or nil, count = count, total = #practices,
    practices = practices,
  }
  return made
end

return group
