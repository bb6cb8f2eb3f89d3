-- plumb.test, what specs of a policy work with: made-up findings, the policy's decisions as plain values, and a
-- simulated AWS in this process. Nothing here needs credentials or a network.

local problem = require "plumb.problem"
local sample = require "plumb.policy.sample"
local view = require "plumb.policy.view"

local M = {}

-- A mistake in a spec is shown with the spec's own line.
local function refuse(message, level) error(message, level + 1) end

local function check_names(changes, kind, label)
  if type(changes) ~= "table" then refuse(("%s must be a table, not a %s"):format(label, type(changes)), 4) end
  for name in pairs(changes) do
    local message = view.unknown_field(kind, name)
    if message then refuse(message, 4) end
  end
end

local function changed(base, changes, kind_name)
  local kind = view.kind(kind_name)
  check_names(changes or {}, kind, kind.label)
  for name, value in pairs(changes or {}) do
    local part = kind.names[name]
    if type(part) == "table" and part.names and type(value) == "table" then
      check_names(value, part, part.label)
      base[name] = base[name] or {}
      for key, element in pairs(value) do base[name][key] = element end
    else
      base[name] = value
    end
  end
  return base
end

---A finding as a scan makes it: HIGH, security, workload sample-shop, AWS's own lens. `changes` replaces what the
---spec is about: { risk = "MEDIUM", workload = { WorkloadName = "shop" }, question = { PillarId = "reliability" } }.
---@param changes? table  members in AWS's words; an unknown one is an error with a suggestion
---@return table
function M.finding(changes)
  local made = changed(sample.full(), changes, "finding")
  local own = changes and changes.question and changes.question.Risk
  made.question.Risk = own or made.risk
  return made
end

---A finding of a custom lens: no alias, and nothing that AWS may leave out. It shows whether a hook relies on too much.
---@param changes? table
---@return table
function M.bare_finding(changes) return changed(sample.bare(), changes, "finding") end

---A finding as the texts of an item for several practices see it: with a field `group`.
---@param changes? table
---@return table
function M.grouped_finding(changes) return changed(sample.grouped(), changes, "finding") end

---An item that somebody resolved, as on_resolve is given it.
---@param changes? { outcome_field: string?, fields: table<string, string>?, finding: table?, title: string?,
---  status: string?, id: string? }  finding: changes of the sample finding
---@return table
function M.resolved(changes)
  local own = {}
  for name, value in pairs(changes or {}) do own[name] = value end
  local finding = M.finding(own.finding)
  own.finding = nil
  local item = changed(sample.resolved_item(finding), own, "item")
  if item.outcome_field then item.fields.Outcome = item.outcome_field end
  return item
end

-- The folders in which a file named by a spec may be: the spec's own, the one above it, and the current one.
local function candidates(name, source)
  if name:sub(1, 1) == "/" then return { name } end
  local folder = source:match "^@(.*)/[^/]*$" or "."
  local above = folder:find "^[%./]*$" and folder .. "/.." or folder:match "^(.*)/[^/]+$" or "."
  local function path(where) return where == "." and name or where .. "/" .. name end
  return { path(folder), path(above), name }
end

local function find(name, source)
  local files = require "plumb.files"
  local tried = candidates(name, source)
  for _, path in ipairs(tried) do
    if files.stat(path) then return path end
  end
  refuse(("there is no '%s' beside the spec, in the folder above it or in the current folder"):format(name), 3)
end

local function caller()
  for level = 3, 50 do
    local info = debug.getinfo(level, "S")
    if not info then break end
    if info.source:sub(1, 1) == "@" and info.source:find("_spec%.lua$") then return info.source end
  end
  return "@./spec"
end

---Loads a policy file. It fails with what plumb check would say.
---@param name? string  "policy.lua" unless told; looked for beside the spec, above it, and in the current folder
---@param opts? { set: table? }  settings to change, as with --set: { set = { ["budget.run"] = 5 } }
---@return plumb.test.Policy
function M.load(name, opts)
  local path = find(name or "policy.lua", caller())
  return require("plumb.test.policy").new({ path = path, set = opts and opts.set })
end

---A policy from source text: plumb.test.policy [[ return { risks = { "HIGH" } } ]].
---@param text? string  the defaults unless told
---@param opts? { set: table? }
---@return plumb.test.Policy
function M.policy(text, opts)
  return require("plumb.test.policy").new({ text = text or "return {}", set = opts and opts.set })
end

---An AWS of its own in this process, with a state that knows nothing yet.
---@param opts? { seed: string?, region: string? }  seed: demo, empty, large or a file with a custom lens
---@return plumb.test.Simulator
function M.simulator(opts)
  return require("plumb.test.simulator").new(opts or {})
end

---What went wrong, as text that busted shows.
---@param failure plumb.Problem
---@return string
function M.words(failure)
  return (problem.render(failure):gsub("^error: ", ""):gsub("\n$", ""))
end

return M
