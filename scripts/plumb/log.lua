-- What happened, for whoever runs plumb unattended: one line per event on standard error, for people
-- or as JSON for machines. Results never come here. Keys are flat snake_case; a value of a secret type
-- prints as *** by its own tostring, tables are not accepted, so nothing nested can leak by accident, and
-- each finished line is masked.

local M = {}

local LEVELS = { debug = 1, info = 2, warn = 3, error = 4 }

-- journald reads these from the start of a line: sd-daemon(3).
local PRIORITY = { debug = "<7>", info = "<6>", warn = "<4>", error = "<3>" }

-- Fields that come first, in the order people look for them; the rest follow by alphabet.
local FIRST = { "ts", "level", "event", "msg", "run", "workload", "lens", "question", "choice", "item" }
local RANK = {}
for i, name in ipairs(FIRST) do
  RANK[name] = i
end

local settings = {
  level = LEVELS.warn,
  format = "text",
  journal = false,
  with = {},
  write = function(line) io.stderr:write(line) end,
  now = function() return require("plumb.time").now() end,
}

---Changes how lines are written; fields left out stay as they are.
---@param opts { level: string?, format: ("text"|"json")?, journal: boolean?, write: function?, now: function?,
---  with: table<string, string>? }  journal: lines begin with the priority that journald reads; with: fields that
---  every line has
function M.configure(opts)
  if opts.level and not LEVELS[opts.level] then
    error("unknown log level '" .. tostring(opts.level) .. "'", 2)
  end
  settings.level = opts.level and LEVELS[opts.level] or settings.level
  settings.format = opts.format or settings.format
  if opts.journal ~= nil then
    settings.journal = opts.journal
  end
  settings.with = opts.with or settings.with
  settings.write = opts.write or settings.write
  settings.now = opts.now or settings.now
end

---Whether lines of a level are written at all; ask before putting together an expensive one.
---@param level "debug"|"info"|"warn"|"error"
---@return boolean
function M.enabled(level)
  return LEVELS[level] >= settings.level
end

local function timestamp(now)
  local ms = math.floor(now * 1000 + 0.5)
  return ("%s.%03dZ"):format(os.date("!%Y-%m-%dT%H:%M:%S", ms // 1000), ms % 1000)
end

local function scalar(name, value)
  local kind = type(value)
  if kind == "table" then
    if not (getmetatable(value) and getmetatable(value).__tostring) then
      error("log field '" .. name .. "' must not be a table", 4)
    end
    return tostring(value)
  elseif kind == "string" or kind == "number" or kind == "boolean" then
    return value
  end
  return tostring(value)
end

local function sorted_keys(record)
  local keys = {}
  for key in pairs(record) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    local ra, rb = RANK[a] or math.huge, RANK[b] or math.huge
    if ra ~= rb then
      return ra < rb
    end
    return a < b
  end)
  return keys
end

local function as_json(record)
  local json = require("plumb.json")
  local parts = {}
  for i, key in ipairs(sorted_keys(record)) do
    parts[i] = json.encode(key) .. ":" .. json.encode(record[key])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function as_text(record)
  local printable = require("plumb.cli.printable")
  local parts = { record.ts:sub(12, 19), ("%-5s"):format(record.level), printable.line(record.msg) }
  for _, key in ipairs(sorted_keys(record)) do
    if key ~= "ts" and key ~= "level" and key ~= "msg" then
      local value = printable.line(tostring(record[key]))
      parts[#parts + 1] = key .. "=" .. (value:find("[%s\"=]") and ('"' .. value:gsub('"', '\\"') .. '"') or value)
    end
  end
  return table.concat(parts, " ")
end

---Writes one line if its level is high enough.
---@param level "debug"|"info"|"warn"|"error"
---@param msg string
---@param fields? table<string, string|number|boolean>  flat; nil members are left out
function M.write(level, msg, fields)
  if LEVELS[level] < settings.level then
    return
  end
  local record = { ts = timestamp(settings.now()), level = level, msg = msg }
  for _, more in ipairs({ settings.with, fields }) do
    for name, value in pairs(more) do
      record[name] = scalar(name, value)
    end
  end
  local line = settings.format == "json" and as_json(record) or as_text(record)
  line = require("plumb.secret").mask(line)
  settings.write((settings.journal and PRIORITY[level] or "") .. line .. "\n")
end

for level in pairs(LEVELS) do
  M[level] = function(msg, fields)
    M.write(level, msg, fields)
  end
end

return M
