-- What a scan ought to find, worked out from the answers one by one and by a rule of its own: plumb reads ListAnswers
-- and decides in plumb.finding, this reads GetAnswer and knows nothing of plumb's modules but the client.

local M = {}

local NONE_TITLES = {
  ["none of these"] = true, ["none of the above"] = true, ["none of these apply"] = true, none = true,
}

local function is_none(choice)
  local title = (choice.Title or ""):lower():gsub("^%s+", ""):gsub("[%s.]+$", "")
  return choice.ChoiceId:sub(-3) == "_no" or NONE_TITLES[title] == true
end

-- The status that GetAnswer gives each choice.
local function statuses(answer)
  local status = {}
  for _, entry in ipairs(answer.ChoiceAnswers or {}) do status[entry.ChoiceId] = entry.Status end
  for _, id in ipairs(answer.SelectedChoices or {}) do status[id] = "SELECTED" end
  return status
end

local function missing_in(answer)
  local list = {}
  if answer.IsApplicable == false or (answer.Risk ~= "HIGH" and answer.Risk ~= "MEDIUM") then return list end
  local status = statuses(answer)
  for _, choice in ipairs(answer.Choices) do
    local is_open = (status[choice.ChoiceId] or "UNSELECTED") == "UNSELECTED"
    if is_open and not is_none(choice) then list[#list + 1] = choice end
  end
  return list
end

---Every missing best practice behind a risk, in the workloads of the account itself.
---@param client table
---@param account string
---@return table<string, table> by_name  "workload/lens/question/choice" -> { workload, lens, answer, choice }
---@return integer count
function M.missing(client, account)
  local found, count = {}, 0
  for workload in client.wellarchitected:each("ListWorkloads", {}) do
    local reviews = workload.Owner == account
      and assert(client.wellarchitected:all("ListLensReviews", { WorkloadId = workload.WorkloadId })) or {}
    for _, lens in ipairs(reviews) do
      local name = lens.LensAlias or lens.LensArn
      local path = { WorkloadId = workload.WorkloadId, LensAlias = name }
      for summary in client.wellarchitected:each("ListAnswers", path) do
        local answer = assert(client.wellarchitected:GetAnswer({ WorkloadId = workload.WorkloadId, LensAlias = name,
          QuestionId = summary.QuestionId })).Answer
        for _, choice in ipairs(missing_in(answer)) do
          found[table.concat({ workload.WorkloadName, name, answer.QuestionId, choice.ChoiceId }, "/")] =
            { workload = workload, lens = lens, answer = answer, choice = choice }
          count = count + 1
        end
      end
    end
  end
  return found, count
end

---The value of an entry of an OpsItem's operational data.
---@param item table
---@param name string
---@return string|nil
function M.field(item, name)
  local entry = item.OperationalData[name]
  return entry and entry.Value
end

---OpsItems by the same names as `missing`.
---@param items table<string, table>
---@return table<string, table[]>
function M.by_name(items)
  local map = {}
  for _, item in pairs(items) do
    local name = table.concat({ M.field(item, "WorkloadName") or "?", M.field(item, "Lens") or "?",
      M.field(item, "QuestionId") or "?", M.field(item, "ChoiceId") or "?" }, "/")
    map[name] = map[name] or {}
    table.insert(map[name], item)
  end
  return map
end

return M
