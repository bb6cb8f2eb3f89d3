-- Tells "none of these" from a best practice. AWS marks it by an id that ends in `_no`, many custom lenses only
-- by its title, and some have real practices with such an id; so the rules are settings, per lens if need be.

local glob = require("plumb.policy.glob")

local M = {}

-- "  None of the above. " and "none of the above" are the same title.
local function plain(title)
  return (title:lower():gsub("^%s+", ""):gsub("[%s.]+$", ""))
end

-- The rules for a lens, the longest and so most particular glob first.
local function for_lens(rules, lens)
  local found = {}
  for pattern, own in pairs(rules.lenses) do
    if glob.any(lens.LensAlias, pattern) or glob.any(lens.LensArn, pattern) then
      found[#found + 1] = { pattern = pattern, rules = own }
    end
  end
  table.sort(found, function(a, b)
    if #a.pattern ~= #b.pattern then
      return #a.pattern > #b.pattern
    end
    return a.pattern < b.pattern
  end)
  return found
end

local function first(found, key, otherwise)
  for _, own in ipairs(found) do
    if own.rules[key] then
      return own.rules[key]
    end
  end
  return otherwise
end

---Whether a choice means "none of these". Ids and titles are globs; titles are compared in small letters.
---@param rules table  the setting none_choices
---@param lens { LensAlias: string?, LensArn: string? }
---@param choice { ChoiceId: string, Title: string? }
---@return boolean
function M.is(rules, lens, choice)
  local found = for_lens(rules, lens)
  if glob.any(choice.ChoiceId, first(found, "practices", {})) then
    return false
  elseif glob.any(choice.ChoiceId, first(found, "none", {})) then
    return true
  elseif glob.any(choice.ChoiceId, first(found, "ids", rules.ids)) then
    return true
  end
  return glob.any(choice.Title and plain(choice.Title), first(found, "titles", rules.titles))
end

return M
