-- Percent-encoding and request URI templates. A template such as
-- "/tags/{WorkloadArn}?x=1" is split once; filling it in is then a loop over
-- its parts.

local uri = {}

local HEX = {}
for byte = 0, 255 do HEX[string.char(byte)] = ("%%%02X"):format(byte) end

---Encodes every byte but A-Z a-z 0-9 - . _ ~, in a path label and in a query alike.
---@param text string
---@return string
---@see https://www.rfc-editor.org/rfc/rfc3986#section-2.3
function uri.encode(text)
  if not text:find("[^%w%-%._~]") then return text end
  return (text:gsub("[^%w%-%._~]", HEX))
end

---Like encode, but leaves "/": for greedy labels ({Key+}), which may span segments.
---@param text string
---@return string
function uri.encode_greedy(text)
  return (text:gsub("[^%w%-%._~/]", HEX))
end

---Splits a template into its constant and variable parts.
---@param template string  "/a/{B}/c/{D+}?e=f" as in a service model; also host prefixes "{label}.data."
---@return table[] parts   { text = string } or { label = string, greedy = boolean }
---@return string query    the constant query string, "" when there is none
function uri.split(template)
  local path, query = template:match("^([^?]*)%??(.*)$")
  local parts, at = {}, 1
  while at <= #path do
    local first, last, name, plus = path:find("{([%w_%-]+)(%+?)}", at)
    if not first then
      parts[#parts + 1] = { text = path:sub(at) }
      break
    end
    if first > at then parts[#parts + 1] = { text = path:sub(at, first - 1) } end
    parts[#parts + 1] = { label = name, greedy = plus == "+" }
    at = last + 1
  end
  return parts, query
end

return uri
