-- Time zones by their IANA names, from the system's own data, so that they are as new as the system is. A
-- zone turns a moment into what a clock on the wall shows there, and back: a wall time may belong to one
-- moment, to none (clocks were put forward over it) or to two (they were put back).
-- The file format is RFC 9636.

local calendar = require "plumb.calendar"
local err = require "plumb.err"
local files = require "plumb.files"
local rule = require "plumb.zone.rule"

local zone = {}

local FOLDERS = { "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo" }
local MAX_BYTES = 256 * 1024
local LAST_YEAR = 2200 -- schedules end with 2199
local AROUND = 2 * calendar.DAY -- no offset is further away than that, nor any change of it larger

---@class plumb.Zone
---@field name string
---@field package changes { at: integer, offset: integer, name: string }[]  in order
---@field package first { offset: integer, name: string }  before the first change
local Zone = {}
Zone.__index = Zone

local function refuse(name, message)
  return nil, err.new { kind = "input", code = "NoSuchZone", message = ("time zone %s: %s"):format(name, message) }
end

-- ---- the file ----

local HEADER = ">c4c1c15I4I4I4I4I4I4"
local HEADER_SIZE = 44

-- The lengths in a header: how many UT/local and standard/wall marks, leap seconds, changes, types, name bytes.
local function header_at(data, at)
  if #data < at + HEADER_SIZE - 1 then return nil end
  local magic, version, _, marks, wall_marks, leaps, changes, types, bytes = HEADER:unpack(data, at)
  if magic ~= "TZif" then return nil end
  return { version = version, marks = marks, wall_marks = wall_marks, leaps = leaps, changes = changes, types = types,
    bytes = bytes }
end

local function size_of(header, time_size)
  return header.changes * (time_size + 1) + header.types * 6 + header.bytes + header.leaps * (time_size + 4)
    + header.wall_marks + header.marks
end

local function types_at(data, at, header)
  local names_at, list = at + header.types * 6, {}
  for i = 1, header.types do
    local offset, _, index = (">i4I1I1"):unpack(data, at + (i - 1) * 6)
    list[i - 1] = { offset = offset, name = ("z"):unpack(data, names_at + index) }
  end
  return list
end

-- The data block of the file with times of that size in bytes; the rule stands behind it.
local function block_at(data, at, header, time_size)
  local made, types_from = { changes = {} }, at + header.changes * (time_size + 1)
  local types = types_at(data, types_from, header)
  local times, format = at, time_size == 8 and ">i8" or ">i4"
  for i = 1, header.changes do
    local kind = types[data:byte(at + header.changes * time_size + i - 1)]
    made.changes[i] = { at = format:unpack(data, times), offset = kind.offset, name = kind.name }
    times = times + time_size
  end
  made.first = types[0]
  made.rule = data:match("^\n([^\n]*)\n", at + size_of(header, time_size))
  return made
end

-- Later versions have everything twice: first with 32-bit times for old readers, then with 64-bit ones.
local function parse(data)
  local header, at, time_size = header_at(data, 1), 1 + HEADER_SIZE, 4
  if header and header.version ~= "\0" then
    at = at + size_of(header, 4)
    header, at, time_size = header_at(data, at), at + HEADER_SIZE, 8
  end
  if not header or header.types == 0 then error("not a time zone file", 0) end
  if header.leaps > 0 then error("it counts leap seconds, which no clock here does", 0) end
  return block_at(data, at, header, time_size)
end

-- Writes the rule out as changes for as long as schedules run.
local function extend(made)
  local text = made.rule
  if not text or text == "" then return end
  local parsed = rule.parse(text)
  if not parsed then error(("its rule %q cannot be read"):format(text), 0) end
  local last = made.changes[#made.changes]
  local from = last and calendar.date(last.at // calendar.DAY) or 1900
  for year = from, LAST_YEAR do
    for _, change in ipairs(rule.changes(parsed, year)) do
      if not last or change.at > last.at then made.changes[#made.changes + 1] = change end
    end
  end
  if not last and not parsed.dst then made.first = { offset = parsed.offset, name = parsed.name } end
end

-- ---- what others call ----

local UTC = setmetatable({ name = "UTC", changes = {}, first = { offset = 0, name = "UTC" } }, Zone)

local function is_name(name)
  if #name > 64 or not name:find("^%a[%w_+-]*[%w_+/-]*$") then return false end
  return not name:find("//", 1, true) and name:sub(-1) ~= "/"
end

local function read(name, folder)
  for _, path in ipairs(folder and { folder } or FOLDERS) do
    local data = files.read(path .. "/" .. name, MAX_BYTES)
    if data then return data end
  end
end

---Finds a zone. "UTC" is always there; the others are as the system has them.
---@param name string  "Europe/Berlin"
---@param options? { folder: string? }  where the zone files are
---@return plumb.Zone|nil
---@return plumb.Error? err  code NoSuchZone, with the reason
function zone.load(name, options)
  if name == "UTC" then return UTC end
  if type(name) ~= "string" or not is_name(name) then
    return refuse(("%q"):format(tostring(name):sub(1, 64)), "names look like Europe/Berlin")
  end
  local data = read(name, options and options.folder)
  if not data then return refuse(name, "not installed; the package tzdata has them, and the name's case counts") end
  local ok, made = pcall(parse, data)
  local reason = not ok and made or nil
  if ok then ok, reason = pcall(extend, made) end
  if not ok then
    return refuse(name, (tostring(reason):gsub("^[^\n:]+:%d+: ", "")))
  end
  return setmetatable({ name = name, changes = made.changes, first = made.first }, Zone)
end

-- The index of the last change at or before a moment; 0 before the first one.
local function index_at(self, t)
  local low, high = 0, #self.changes
  while low < high do
    local middle = (low + high + 1) // 2
    if self.changes[middle].at <= t then low = middle else high = middle - 1 end
  end
  return low
end

---What is in force at a moment.
---@param t number  epoch seconds
---@return integer offset  seconds east of UTC
---@return string name  "CEST"
function Zone:offset(t)
  local entry = self.changes[index_at(self, t)] or self.first
  return entry.offset, entry.name
end

---The moments at which the clocks show a wall time, in order: one, none or two.
---@param wall integer  seconds since 1970-01-01T00:00:00 on that wall
---@return integer[]
function Zone:moments(wall)
  local found, seen = {}, {}
  local i = index_at(self, wall - AROUND)
  repeat
    local offset = (self.changes[i] or self.first).offset
    local t = wall - offset
    if not seen[t] and self:offset(t) == offset then
      seen[t], found[#found + 1] = true, t
    end
    i = i + 1
  until not self.changes[i] or self.changes[i].at > wall + AROUND
  table.sort(found)
  return found
end

---A moment as text with the offset in force: "2026-07-01T08:00:00+02:00", or with "Z" in UTC.
---@param t number
---@return string
function Zone:iso(t)
  local offset = self:offset(t)
  local text = os.date("!%Y-%m-%dT%H:%M:%S", math.floor(t) + offset) --[[@as string]]
  if self == UTC then return text .. "Z" end
  local minutes = math.abs(offset) // 60
  return ("%s%s%02d:%02d"):format(text, offset < 0 and "-" or "+", minutes // 60, minutes % 60)
end

return zone
