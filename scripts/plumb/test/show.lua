-- Results of specs as text: for people while they run, and as TAP, JUnit and JSON for programs.

local M = {}

---@param results plumb.test.Result[]
---@return { passed: integer, failed: integer, skipped: integer }
function M.count(results)
  local n = { passed = 0, failed = 0, skipped = 0 }
  for _, result in ipairs(results) do n[result.status] = n[result.status] + 1 end
  return n
end

---The last line, which CI systems read.
---@param results plumb.test.Result[]
---@return string  "2 passed, 0 failed"
function M.last_line(results)
  local n = M.count(results)
  return ("%d passed, %d failed"):format(n.passed, n.failed)
end

local function indented(text, indent)
  return indent .. text:gsub("%s+$", ""):gsub("\n", "\n" .. indent)
end

local MARKS = { passed = { "ok", "green" }, failed = { "fail", "red" }, skipped = { "dots", "yellow" } }

---Writes each result as it comes, under the name of its file.
---@param cli plumb.Cli
---@return fun(result: plumb.test.Result)
function M.pretty(cli)
  local current
  return function(result)
    if result.file ~= current then
      current = result.file
      cli.out(current)
    end
    local symbol, color = table.unpack(MARKS[result.status])
    local name = result.name .. (" "):rep(60 - (utf8.len(result.name) or #result.name))
    cli.out(("  %s %s %8.1f ms"):format(cli.color(color, cli.symbol(symbol), "stdout"), name, result.seconds * 1000))
    if result.message and result.status ~= "passed" then cli.out(indented(tostring(result.message), "      ")) end
  end
end

---Test Anything Protocol, version 13.
---@param results plumb.test.Result[]
---@return string
---@see https://testanything.org/tap-version-13-specification.html
function M.tap(results)
  local lines = { "TAP version 13", ("1..%d"):format(#results) }
  for i, result in ipairs(results) do
    local name = ("%s: %s"):format(result.file, result.name):gsub("[#\n]", " ")
    lines[#lines + 1] = ("%s %d - %s%s"):format(result.status == "failed" and "not ok" or "ok", i, name,
      result.status == "skipped" and " # SKIP" or "")
    if result.message and result.status == "failed" then
      lines[#lines + 1] = indented(tostring(result.message), "# ")
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

local ESCAPES = { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;", ['"'] = "&quot;" }

-- Text for XML 1.0, in which most control bytes cannot even be escaped.
local function xml(text)
  text = tostring(text)
  return ((utf8.len(text) and text or text:gsub("[\x80-\xFF]", "?")):gsub("[%z\1-\8\11\12\14-\31]", "?")
    :gsub('[<>&"]', ESCAPES))
end

local function junit_case(result)
  local head = ('    <testcase classname="%s" name="%s" time="%.3f"'):format(xml(result.file), xml(result.name),
    result.seconds)
  if result.status == "failed" then
    local first = tostring(result.message or "failed"):match "^[^\n]*"
    return ('%s>\n      <failure message="%s">%s</failure>\n    </testcase>'):format(head, xml(first),
      xml(result.message or "failed"))
  elseif result.status == "skipped" then
    return head .. ">\n      <skipped/>\n    </testcase>"
  end
  return head .. "/>"
end

local function by_file(results)
  local order, groups = {}, {}
  for _, result in ipairs(results) do
    if not groups[result.file] then
      groups[result.file] = {}
      order[#order + 1] = result.file
    end
    table.insert(groups[result.file], result)
  end
  return order, groups
end

local function seconds(results)
  local sum = 0
  for _, result in ipairs(results) do sum = sum + result.seconds end
  return sum
end

---The XML that CI systems read as JUnit's.
---@param results plumb.test.Result[]
---@return string
function M.junit(results)
  local n = M.count(results)
  local lines = { '<?xml version="1.0" encoding="UTF-8"?>',
    ('<testsuites tests="%d" failures="%d" skipped="%d" time="%.3f">'):format(#results, n.failed, n.skipped,
      seconds(results)) }
  local order, groups = by_file(results)
  for _, file in ipairs(order) do
    local own = M.count(groups[file])
    lines[#lines + 1] = ('  <testsuite name="%s" tests="%d" failures="%d" skipped="%d" time="%.3f">'):format(xml(file),
      #groups[file], own.failed, own.skipped, seconds(groups[file]))
    for _, result in ipairs(groups[file]) do lines[#lines + 1] = junit_case(result) end
    lines[#lines + 1] = "  </testsuite>"
  end
  lines[#lines + 1] = "</testsuites>"
  return table.concat(lines, "\n") .. "\n"
end

---@param results plumb.test.Result[]
---@return table  for plumb.json
function M.document(results)
  local json = require "plumb.json"
  local n, list = M.count(results), {}
  for i, result in ipairs(results) do
    list[i] = { file = result.file, name = result.name, status = result.status, seconds = result.seconds,
      message = result.message and tostring(result.message) or nil, line = result.line }
  end
  return { schema = "plumb.test/1", ok = n.failed == 0, passed = n.passed, failed = n.failed, skipped = n.skipped,
    tests = json.list(list) }
end

return M
