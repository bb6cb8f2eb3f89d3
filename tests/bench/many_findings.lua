-- The diff of a state with 100,000 findings, all of them still missing: 1,000 workloads with 100 each. Prints the CPU
-- seconds of the diff, the reading of the state's records included, and the memory of the process in MiB.

local diff = require "plumb.diff"
local finding_of = require "plumb.finding"
local store_of = require "plumb.store"

local WORKLOADS, PRACTICES = 1000, 100
local ACCOUNT = "111122223333"

local function review_of(n)
  local arn = ("arn:aws:wellarchitected:us-east-1:%s:workload/%032x"):format(ACCOUNT, n)
  local review = { workload = { WorkloadArn = arn, WorkloadId = ("%032x"):format(n), WorkloadName = "workload " .. n },
    lens = { LensAlias = "wellarchitected" }, lens_arn = "arn:aws:wellarchitected::aws:lens/wellarchitected",
    partition = "aws", account = ACCOUNT, region = "us-east-1", answers = {}, findings = {} }
  for i = 1, PRACTICES do
    local question, choice = { QuestionId = "q" .. i // 4, Risk = "HIGH" }, { ChoiceId = "c" .. i }
    review.findings[i] = { risk = "HIGH", question = question, choice = choice, workload = review.workload,
      key = finding_of.key { partition = "aws", account = ACCOUNT, region = "us-east-1", workload_arn = arn,
        lens_arn = review.lens_arn, question_id = question.QuestionId, choice_id = choice.ChoiceId } }
  end
  return review
end

local function record_of(review, found)
  return { key = found.key, partition = "aws", account = ACCOUNT, region = "us-east-1",
    workload_arn = review.workload.WorkloadArn, lens_arn = review.lens_arn, question_id = found.question.QuestionId,
    choice_id = found.choice.ChoiceId, status = "open", item_id = "oi-" .. found.key:sub(1, 12), sink = "opscenter",
    risk = "HIGH", title = "High Risk - " .. found.choice.ChoiceId, workload_name = review.workload.WorkloadName,
    lens_alias = "wellarchitected", first_seen = 1, last_seen = 1 }
end

local store = store_of.open { path = arg[1] }
for n = 1, WORKLOADS do
  local review, writes = review_of(n), {}
  for i, found in ipairs(review.findings) do writes[i] = { "put", "finding", record_of(review, found) } end
  assert(store:commit(writes))
end

local seconds, kept = 0, 0
for n = 1, WORKLOADS do
  local review = review_of(n)
  local before = os.clock()
  local records = {}
  for record in store:each("finding", { workload_arn = review.workload.WorkloadArn }) do
    if record.lens_arn == review.lens_arn then records[#records + 1] = record end
  end
  for _, action in ipairs(diff.review(review, records, 2)) do kept = kept + (action.kind == "keep" and 1 or 0) end
  seconds = seconds + os.clock() - before
end
assert(kept == WORKLOADS * PRACTICES, "every finding is still there")
store:close()
local status = assert(io.open("/proc/self/status")):read("a")
print(("%.3f %.1f"):format(seconds, tonumber(status:match("VmHWM:%s*(%d+)")) / 1024))
