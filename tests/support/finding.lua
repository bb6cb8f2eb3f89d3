-- Findings as a scan makes them, for specs about policies: one of AWS's own lens, one of a custom lens, which
-- has an ARN and no alias.

local M = {}

M.ACCOUNT = "111122223333"

local WORKLOAD_ID = ("0123456789abcdef"):rep(2)

local function workload(name)
  return { WorkloadId = WORKLOAD_ID, WorkloadName = name, Owner = M.ACCOUNT, UpdatedAt = 1750000000,
    WorkloadArn = ("arn:aws:wellarchitected:eu-west-1:%s:workload/%s"):format(M.ACCOUNT, WORKLOAD_ID),
    Lenses = { "wellarchitected" }, RiskCounts = { HIGH = 4 } }
end

---A finding; `changes` replaces fields, one level deep in each part: { workload = { WorkloadName = "x" } }.
---@param changes table?
---@return table
function M.new(changes)
  local finding = {
    key = ("5f"):rep(32), risk = "HIGH", partition = "aws", account = M.ACCOUNT, region = "eu-west-1",
    lens_arn = "arn:aws:wellarchitected::aws:lens/wellarchitected", none_selected = {},
    workload = workload("prod-shop"),
    lens = { LensAlias = "wellarchitected", LensArn = "arn:aws:wellarchitected::aws:lens/wellarchitected",
      LensName = "AWS Well-Architected Framework", LensVersion = "2025-02-25" },
    question = { QuestionId = "identities", PillarId = "security", Risk = "HIGH",
      QuestionTitle = "How do you manage identities for people and machines?", SelectedChoices = {} },
    choice = { ChoiceId = "sec_identities_enforce_mechanisms", Title = "Use strong sign-in mechanisms" },
    console_url = "https://eu-west-1.console.aws.amazon.com/wellarchitected/home?region=eu-west-1#/workload/"
      .. WORKLOAD_ID,
  }
  for part, value in pairs(changes or {}) do
    if type(value) == "table" then
      for key, element in pairs(value) do
        finding[part][key] = element
      end
    else
      finding[part] = value
    end
  end
  return finding
end

M.CUSTOM_LENS = ("arn:aws:wellarchitected:eu-west-1:%s:lens/%s"):format(M.ACCOUNT, ("ab12"):rep(8))

---A finding of a custom lens.
---@param changes table?
---@return table
function M.custom(changes)
  local finding = M.new(changes)
  finding.lens = { LensArn = M.CUSTOM_LENS, LensName = "House rules", LensVersion = "1.0" }
  finding.lens_arn = M.CUSTOM_LENS
  return finding
end

---An environment for policies in which nothing is set.
---@return nil
function M.no_env()
  return nil
end

---A policy from source text, bound to the account of these findings.
---@param text string
---@param set table?
---@return plumb.Policy
function M.policy(text, set)
  local policy = require("plumb.policy").load({ text = text, set = set, env = M.no_env })
  policy:bind({ account = M.ACCOUNT, region = "eu-west-1" })
  return policy
end

return M
