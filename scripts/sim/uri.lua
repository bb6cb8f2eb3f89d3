-- Percent-encoding as a server sees it. The simulator has its own copy on purpose: an encoding mistake in the client's
-- builder or signer must not be met by the same mistake here.

---One byte as %XX with upper-case digits.
---@param char string
---@return string
local function escape(char)
  return ("%%%02X"):format(char:byte())
end

local M = {}

---Decodes %XX; a percent sign that starts no escape stays as it is, which is what the real front ends do.
---@param text string
---@return string
function M.decode(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

---Encodes everything but the unreserved characters of RFC 3986.
---@param text string
---@param keep string?  further characters to leave alone, as a Lua pattern class body, for example "/"
---@return string
---@see https://www.rfc-editor.org/rfc/rfc3986#section-2.3
function M.encode(text, keep)
  return (text:gsub("[^%w%-._~" .. (keep or "") .. "]", escape))
end

---Splits a raw query into decoded pairs, in the order sent. A plus sign means a blank, as in HTML forms.
---@param query string
---@return { [1]: string, [2]: string }[] pairs
function M.query(query)
  local pairs_ = {}
  for part in query:gmatch("[^&]+") do
    local key, value = part:match("^([^=]*)=(.*)$")
    key, value = key or part, value or ""
    pairs_[#pairs_ + 1] = { M.decode((key:gsub("%+", " "))), M.decode((value:gsub("%+", " "))) }
  end
  return pairs_
end

return M
