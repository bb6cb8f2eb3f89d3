-- Chance that can be had again: everything drawn follows from one seed, whatever the machine. SplitMix64.

local dice = {}

local Dice = {}
Dice.__index = Dice

---@param seed integer
---@return proof.Dice
function dice.new(seed) return setmetatable({ state = seed }, Dice) end

local function draw(self)
  self.state = self.state + 0x9E3779B97F4A7C15
  local z = self.state
  z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
  z = (z ~ (z >> 27)) * 0x94D049BB133111EB
  return z ~ (z >> 31)
end

---@class proof.Dice
---@return number  from 0 up to, not including, 1
function Dice:number() return (draw(self) >> 11) / (1 << 53) end

---Whether something happens that happens with this probability.
---@param probability number
---@return boolean
function Dice:chance(probability) return self:number() < probability end

---@param low integer
---@param high integer
---@return integer  low to high, both included
function Dice:between(low, high) return low + math.floor(self:number() * (high - low + 1)) end

---@generic T
---@param list T[]
---@return T?  nil from an empty list
function Dice:one_of(list) return list[self:between(1, #list)] end

---One of several names by their weights.
---@param weights { [1]: string, [2]: number }[]
---@return string
function Dice:by_weight(weights)
  local total = 0
  for _, entry in ipairs(weights) do total = total + entry[2] end
  local left = self:number() * total
  for _, entry in ipairs(weights) do
    left = left - entry[2]
    if left < 0 then return entry[1] end
  end
  return weights[#weights][1]
end

---@param count integer
---@return string bytes
function Dice:bytes(count)
  local parts = {}
  for i = 1, (count + 7) // 8 do parts[i] = string.pack("<i8", draw(self)) end
  return table.concat(parts):sub(1, count)
end

---Puts a list into another order.
---@param list any[]  changed in place
function Dice:shuffle(list)
  for i = #list, 2, -1 do
    local j = self:between(1, i)
    list[i], list[j] = list[j], list[i]
  end
end

return dice
