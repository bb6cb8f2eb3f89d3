-- OpsItems as the Python Lambda solution made them: no key, no lens ARN, no dedup string.

local json = require "plumb.json"

local legacy_items = {}

---Makes one for a practice.
---@param w tests.World
---@param practice { workload: table, lens: string?, question_id: string, choice_id: string, title: string?,
---  risk: string? }
---  workload is a WorkloadSummary
---@param changes? table<string, string|false>  operational data to add, or to leave out
---@return string id
function legacy_items.put(w, practice, changes)
  local fields = {
    ["/aws/resources"] = json.encode(json.list { { arn = practice.workload.WorkloadArn } }),
    WorkloadName = practice.workload.WorkloadName, ["Best practices missing"] = practice.title or "A practice",
    Pillar = "security", Question = "How?", ["Risk level"] = practice.risk or "HIGH", QuestionId = practice.question_id,
    ChoiceId = practice.choice_id, Lens = practice.lens or nil, ["Improvement Plan"] = "https://example.com/plan",
  }
  for name, value in pairs(changes or {}) do fields[name] = value or nil end
  local data = {}
  for name, value in pairs(fields) do data[name] = { Type = "SearchableString", Value = value } end
  return assert(w.client.ssm:CreateOpsItem {
    Title = ("High Risk - %s - %s"):format(practice.workload.WorkloadName, fields["Best practices missing"]),
    Description = "made by a Lambda function", Source = "Well-Architected", Severity = "2", OperationalData = data,
  }).OpsItemId
end

---The practices that a dry scan would make items for, without making any.
---@param w tests.World
---@return table[]  findings
function legacy_items.missing(w)
  local plan, list = require("workflows.scan")(w:begin {}), {}
  for _, step in ipairs(plan.steps) do list[#list + 1] = step.finding end
  table.sort(list, function(a, b) return a.key < b.key end)
  return list
end

---What an item says of a finding.
---@param found table
---@return table practice  for put
function legacy_items.practice(found)
  return { workload = found.workload, lens = found.lens.LensAlias or found.lens.LensArn, risk = found.risk,
    question_id = found.question.QuestionId, choice_id = found.choice.ChoiceId, title = found.choice.Title }
end

---One for every practice that is missing, as the Lambda functions would have left them.
---@param w tests.World
---@return table<string, table> findings  by the id of the item
---@return integer count
function legacy_items.put_all(w)
  local by_id, count = {}, 0
  for _, found in ipairs(legacy_items.missing(w)) do
    local id = legacy_items.put(w, legacy_items.practice(found))
    by_id[id], count = found, count + 1
  end
  return by_id, count
end

return legacy_items
