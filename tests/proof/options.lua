-- Options of the scripts in this folder: `--name value`, with defaults that say which there are and of which type.

local options = {}

---@generic T: table
---@param words string[]
---@param defaults T  numbers take a number, false a bare flag, strings a word
---@return T  raises a string when a word cannot be understood
function options.read(words, defaults)
  local values, i = {}, 1
  for name, value in pairs(defaults) do values[name] = value end
  while words[i] do
    local name = (words[i]:match("^%-%-(.+)$") or ""):gsub("-", "_")
    local default = defaults[name]
    if default == nil then error("no option " .. words[i], 0) end
    if type(default) == "boolean" then
      values[name] = true
    else
      i = i + 1
      local value = words[i] or error("no value for --" .. name, 0)
      if type(default) == "number" then value = math.tointeger(tonumber(value)) or tonumber(value) end
      values[name] = value or error("--" .. name .. " wants a number", 0)
    end
    i = i + 1
  end
  return values
end

return options
