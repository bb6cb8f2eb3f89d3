-- Text from outside before anybody sees it. Services echo what they were sent: a signature that does not
-- match comes back with the whole request that was signed, session token included. What is known to be such
-- an echo is cut, and every secret of this process is masked wherever it still is.

local secret = require "plumb.secret"

local scrub = {}

-- From here on a message only repeats the request.
local ECHOES = { "The Canonical String", "The String%-to%-Sign", "[Cc]anonical [Ss]tring", "[Cc]anonical [Rr]equest",
  "AWS4%-HMAC%-SHA256" }

local function before_echo(text)
  local cut = #text + 1
  for _, pattern in ipairs(ECHOES) do
    local at = text:find(pattern)
    if at and at < cut then cut = at end
  end
  if cut > #text then return text end
  return (text:sub(1, cut - 1):gsub("[%s'\"(:]+$", ""))
end

-- Values that are secret whoever's they are.
local function without_values(text)
  text = text:gsub("([Xx]%-[Aa]mz%-[Ss]ecurity%-[Tt]oken\"?[:=]%s*)[^%s&\"']+", "%1***")
  return (text:gsub("(Signature=)%x+", "%1***"))
end

---A text without the secrets of this process.
---@param text string
---@return string
scrub.text = secret.mask

---What a server said.
---@param text string
---@return string
function scrub.server_text(text)
  return secret.mask(without_values(before_echo(text)))
end

---The members of an error that a server sent: a new table, each text in it scrubbed, at any depth.
---@param members table
---@return table
function scrub.members(members)
  local clean = {}
  for key, value in pairs(members) do
    if type(value) == "string" then
      value = scrub.server_text(value)
    elseif type(value) == "table" then
      value = setmetatable(scrub.members(value), getmetatable(value))
    end
    clean[key] = value
  end
  return clean
end

return scrub
