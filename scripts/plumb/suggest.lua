-- "Did you mean": the nearest of some known words to one that was mistyped. Every place that refuses
-- a name (command, flag, policy field, operation, member) asks here, so that all answer alike.

local LONGEST = 64 -- nobody mistypes a longer word by two letters; and the table below is quadratic
local LEAST = 3    -- letters that tell a beginning from chance

---The fewest insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
---Stops counting above `limit`, which keeps a long list of words cheap.
---@param a string
---@param b string
---@param limit integer
---@return integer distance  limit + 1 when it is more than limit
local function distance(a, b, limit)
  if math.abs(#a - #b) > limit then
    return limit + 1
  end
  local before, previous, row = {}, {}, {}
  for j = 0, #b do
    previous[j] = j
  end
  for i = 1, #a do
    row[0] = i
    local best = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      local d = math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + cost)
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        d = math.min(d, before[j - 2] + 1)
      end
      row[j] = d
      best = math.min(best, d)
    end
    if best > limit then
      return limit + 1
    end
    before, previous, row = previous, row, before
  end
  return previous[#b]
end

-- Somebody who knows how a name begins, and nothing else begins so: "policy" for policy_file.
local function the_one_that_begins(wanted, list)
  local found
  for _, candidate in ipairs(list) do
    if #wanted >= LEAST and type(candidate) == "string" and candidate:sub(1, #wanted):lower() == wanted then
      if found and found ~= candidate then return nil end
      found = candidate
    end
  end
  return found
end

---The word of `list` nearest to `word`: at most two mistakes away, one for words of up to three
---letters; capitals don't count. Where none is so near, the only one that begins with it. Among equals the one with the
---same first letter, then the first by alphabet, so the answer never depends on the order of the list.
---@param word string
---@param list string[]  other values than strings are passed over
---@return string|nil nearest
local function suggest(word, list)
  if #word == 0 or #word > LONGEST then
    return nil
  end
  local wanted = word:lower()
  local limit = #word <= 3 and 1 or 2
  local best, best_rank
  for _, candidate in ipairs(list) do
    if type(candidate) == "string" then
      local d = distance(wanted, candidate:lower(), limit)
      local stranger = candidate:sub(1, 1):lower() == wanted:sub(1, 1) and 0 or 1
      local rank = d * 2 + stranger
      if d <= limit and d < #word
        and (not best or rank < best_rank or (rank == best_rank and candidate < best)) then
        best, best_rank = candidate, rank
      end
    end
  end
  return best or the_one_that_begins(wanted, list)
end

---The nearest key of a table, for fields, members and operations kept by name.
---@param word string
---@param map table<string, any>
---@return string|nil nearest
local function suggest_key(word, map)
  local names = {}
  for name in pairs(map) do
    names[#names + 1] = name
  end
  return suggest(word, names)
end

return { suggest = suggest, key = suggest_key, distance = distance }
