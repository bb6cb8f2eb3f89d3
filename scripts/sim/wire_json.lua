-- Values to JSON text by their shape: the shape decides between list and map, number and timestamp, so nothing depends
-- on what an empty Lua table looks like. A member set to plumb.json.null is written as null, because some of the real
-- replies do that instead of leaving the member out.

local digest = require("plumb.digest")
local clock = require("sim.clock")
local json = require("plumb.json")

local M = {}

local SHORT = { ["\""] = "\\\"", ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape(char)
  return SHORT[char] or ("\\u%04x"):format(char:byte())
end

---A JSON string, quotes included.
---@param text string
---@return string
function M.quote(text)
  if not text:find("[%c\"\\]") then
    return "\"" .. text .. "\""
  end
  return "\"" .. text:gsub("[%c\"\\]", escape) .. "\""
end

-- Tables that never change and are written again and again; their text is kept with them.
local frozen = setmetatable({}, { __mode = "k" })

---Marks a table as one that will not change, and is only ever written by one shape.
---@generic T: table
---@param value T
---@return T value
function M.freeze(value)
  frozen[value] = ""
  return value
end

---A number the way the services print it: whole ones without a point, others with at most three decimals.
---@param value number
---@return string
function M.number(value)
  local whole = math.tointeger(value)
  return whole and ("%d"):format(whole) or (("%.3f"):format(value):gsub("0+$", ""):gsub("%.$", ".0"))
end

-- Members in the order of their names, per structure shape, so that the same reply is always the same bytes.
local order = setmetatable({}, { __mode = "k" })

local function members_of(shape)
  local names = order[shape]
  if not names then
    names = {}
    for name in pairs(shape.members or {}) do
      names[#names + 1] = name
    end
    table.sort(names)
    order[shape] = names
  end
  return names
end

local write

local WRITE = {}

function WRITE.structure(service, shape, value, out)
  out[#out + 1] = "{"
  local first = true
  for _, name in ipairs(members_of(shape)) do
    local item, reference = value[name], shape.members[name]
    if item ~= nil then
      out[#out + 1] = (first and "" or ",") .. "\"" .. (reference.locationName or name) .. "\":"
      write(service, reference.shape, item, out, reference)
      first = false
    end
  end
  out[#out + 1] = "}"
end

function WRITE.list(service, shape, value, out)
  out[#out + 1] = "["
  for i, item in ipairs(value) do
    if i > 1 then
      out[#out + 1] = ","
    end
    write(service, shape.member.shape, item, out, shape.member)
  end
  out[#out + 1] = "]"
end

function WRITE.map(service, shape, value, out)
  local keys = {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  out[#out + 1] = "{"
  for i, key in ipairs(keys) do
    out[#out + 1] = (i > 1 and "," or "") .. M.quote(key) .. ":"
    write(service, shape.value.shape, value[key], out, shape.value)
  end
  out[#out + 1] = "}"
end

function WRITE.string(_, _, value, out)
  out[#out + 1] = M.quote(value)
end

function WRITE.blob(_, _, value, out)
  out[#out + 1] = M.quote(digest.base64(value))
end

function WRITE.boolean(_, _, value, out)
  out[#out + 1] = tostring(value)
end

function WRITE.integer(_, _, value, out)
  out[#out + 1] = M.number(value)
end
WRITE.long, WRITE.double, WRITE.float = WRITE.integer, WRITE.integer, WRITE.integer

function WRITE.timestamp(_, shape, value, out, reference)
  local form = reference and reference.timestampFormat or shape.timestampFormat
  out[#out + 1] = form == "iso8601" and M.quote(clock.iso(value)) or M.number(value)
end

function write(service, name, value, out, reference)
  if value == json.null then
    out[#out + 1] = "null"
    return
  end
  local shape = service.shapes[name]
  local text = frozen[value]
  if text == "" then
    local own = {}
    WRITE[shape.type](service, shape, value, own, reference)
    text = table.concat(own)
    frozen[value] = text
  end
  if text then
    out[#out + 1] = text
  else
    WRITE[shape.type](service, shape, value, out, reference)
  end
end

---@param service table  a service table
---@param name string    shape name
---@param value any      a value of that shape; unknown members are not written
---@return string
function M.encode(service, name, value)
  local out = {}
  write(service, name, value, out)
  return table.concat(out)
end

return M
