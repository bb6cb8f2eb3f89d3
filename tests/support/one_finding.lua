-- One finding, a fake sink, a state in memory and a clock: what the specs about making and closing items need.

local diff = require "plumb.diff"
local fake_sink = require "support.fake_sink"
local findings = require "support.finding"
local open = require "plumb.open"
local store_of = require "plumb.store"

local M = {}

---Seconds that an unknown create keeps its finding waiting, by the default policy.
M.QUARANTINE = 1200

---@class tests.OneFinding
---@field clock number
---@field found table
---@field sink table
---@field store plumb.Store
---@field opener plumb.Opener
local One = {}
One.__index = One

---@return tests.OneFinding
function M.new()
  local self = setmetatable({ clock = 1000000, found = findings.new() }, One)
  self.store = store_of.open { path = ":memory:" }
  self.sink = fake_sink.new(function() return self.clock end)
  self.opener = self:new_opener()
  return self
end

---Another opener on the same state.
---@param policy_text? string
---@return plumb.Opener
function One:new_opener(policy_text)
  return open.new { store = self.store, sink = self.sink, now = function() return self.clock end, run = "run",
    policy = findings.policy(policy_text or "return {}") }
end

---@return table
function One:item()
  return { key = self.found.key, title = "High Risk - prod-shop - Sign in", severity = "2",
    fields = { ["Risk level"] = "HIGH" } }
end

---What the state knows of the finding.
---@return table?
function One:record() return self.store:get("finding", self.found.key) end

---What a scan would do now, by the rules of diff; nil when nothing.
---@param missing boolean  whether the practice is missing, or selected in the Tool
---@return plumb.Action?
function One:next_step(missing)
  local choice = self.found.choice
  local review = { findings = missing and { self.found } or {}, answers = { { QuestionId = "identities", Risk = "HIGH",
    Choices = { choice }, SelectedChoices = not missing and { choice.ChoiceId } or {} } } }
  local action = diff.review(review, { self:record() }, self.clock)[1]
  if action then action.item = self:item() end
  return action
end

---Creates the item as a scan that found the practice missing.
---@return string? done
---@return string|plumb.Error
function One:create()
  return self.opener:create { kind = "create", finding = self.found, item = self:item(), record = self:record() }
end

---One scan over this one finding.
---@param missing? boolean  default true
---@return any ...  of the opener; "keep" or "wait" when it is not asked
function One:scan(missing)
  local step = self:next_step(missing ~= false)
  if not step or step.kind == "keep" or step.kind == "wait" then return step and step.kind end
  if step.kind == "close" or step.kind == "obsolete" then return self.opener:close(step) end
  if step.kind == "update" then return self.opener:update(step) end
  return self.opener:create(step)
end

---The next call of an operation raises, as if the process ended there.
---@param operation string
function One:crash_in(operation)
  self.sink:answers(operation, function() error "crash" end)
end

return M
