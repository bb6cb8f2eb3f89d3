-- Numbers about a process that runs on: one registry, and its text in the form that Prometheus reads.
-- https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

local metrics = {}

---@class plumb.Metric
---@field name string
---@field kind "counter"|"gauge"|"histogram"
---@field help string
---@field package labels string[]
---@field package series table<string, table>  by label values
---@field package buckets number[]?
local Metric = {}
Metric.__index = Metric

---@class plumb.Metrics
---@field package list plumb.Metric[]
local Registry = {}
Registry.__index = Registry

-- The series for these label values; an unknown or missing label is a bug.
local function series_of(self, values)
  local key, n = {}, 0
  for i, label in ipairs(self.labels) do
    if values[label] == nil then error(("metric %s lacks the label '%s'"):format(self.name, label), 3) end
    key[i] = tostring(values[label])
  end
  for _ in pairs(values) do n = n + 1 end
  if n ~= #self.labels then error(("metric %s has no such label"):format(self.name), 3) end
  local id = table.concat(key, "\0")
  local found = self.series[id]
  if not found then
    found = { values = key, value = 0, counts = self.buckets and {} or nil, count = 0 }
    self.series[id] = found
  end
  return found
end

---Adds to a counter.
---@param values table<string, any>  every label
---@param amount? number  1 unless told
function Metric:add(values, amount)
  local series = series_of(self, values)
  series.value = series.value + (amount or 1)
end

---Sets a gauge, or a counter that somebody else counts.
---@param values table<string, any>
---@param value number
function Metric:set(values, value) series_of(self, values).value = value end

---Forgets every series, for gauges about things that come and go.
function Metric:clear() self.series = {} end

---Notes a value in a histogram.
---@param values table<string, any>
---@param value number
function Metric:observe(values, value)
  local series = series_of(self, values)
  series.value, series.count = series.value + value, series.count + 1
  for i, limit in ipairs(self.buckets) do
    if value <= limit then series.counts[i] = (series.counts[i] or 0) + 1 end
  end
end

local function register(self, kind, name, help, labels, buckets)
  local metric = setmetatable({ kind = kind, name = name, help = help, labels = labels or {}, series = {},
    buckets = buckets }, Metric)
  self.list[#self.list + 1] = metric
  return metric
end

---@param name string  ends in _total
---@param help string
---@param labels? string[]
---@return plumb.Metric
function Registry:counter(name, help, labels) return register(self, "counter", name, help, labels) end

---@param name string
---@param help string
---@param labels? string[]
---@return plumb.Metric
function Registry:gauge(name, help, labels) return register(self, "gauge", name, help, labels) end

---@param name string
---@param help string
---@param labels string[]
---@param buckets number[]  upper limits, in order
---@return plumb.Metric
function Registry:histogram(name, help, labels, buckets)
  return register(self, "histogram", name, help, labels, buckets)
end

-- ---- text ----

local function number(value)
  if value ~= value then return "NaN" end
  if value == math.huge or value == -math.huge then return value > 0 and "+Inf" or "-Inf" end
  return math.tointeger(value) and ("%d"):format(math.tointeger(value)) or ("%.15g"):format(value)
end

local ESCAPES = { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }

local function labels_text(names, values, name, value)
  local parts = {}
  for i, label in ipairs(names) do parts[i] = ('%s="%s"'):format(label, (values[i]:gsub('[\\"\n]', ESCAPES))) end
  if name then parts[#parts + 1] = ('%s="%s"'):format(name, value) end
  return #parts > 0 and "{" .. table.concat(parts, ",") .. "}" or ""
end

local function add_histogram(lines, metric, series)
  for i, limit in ipairs(metric.buckets) do
    lines[#lines + 1] = ("%s_bucket%s %d"):format(metric.name,
      labels_text(metric.labels, series.values, "le", number(limit)), series.counts[i] or 0)
  end
  lines[#lines + 1] = ("%s_bucket%s %d"):format(metric.name, labels_text(metric.labels, series.values, "le", "+Inf"),
    series.count)
  local own = labels_text(metric.labels, series.values)
  lines[#lines + 1] = ("%s_sum%s %s"):format(metric.name, own, number(series.value))
  lines[#lines + 1] = ("%s_count%s %d"):format(metric.name, own, series.count)
end

local function add_metric(lines, metric)
  lines[#lines + 1] = ("# HELP %s %s"):format(metric.name, (metric.help:gsub("[\\\n]", ESCAPES)))
  lines[#lines + 1] = ("# TYPE %s %s"):format(metric.name, metric.kind)
  local ids = {}
  for id in pairs(metric.series) do ids[#ids + 1] = id end
  table.sort(ids)
  for _, id in ipairs(ids) do
    local series = metric.series[id]
    if metric.kind == "histogram" then
      add_histogram(lines, metric, series)
    else
      lines[#lines + 1] = ("%s%s %s"):format(metric.name, labels_text(metric.labels, series.values),
        number(series.value))
    end
  end
end

---All of it, in the order in which the metrics were made.
---@return string
function Registry:text()
  local lines = {}
  for _, metric in ipairs(self.list) do
    if next(metric.series) then add_metric(lines, metric) end
  end
  return table.concat(lines, "\n") .. "\n"
end

---@return plumb.Metrics
function metrics.new() return setmetatable({ list = {} }, Registry) end

return metrics
