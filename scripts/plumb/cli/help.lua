-- Help texts, made from the tables that the parser reads, so that the two cannot differ. Every text is
-- shorter than 60 lines. Pure: returns strings.

local flags = require("plumb.cli.flags")

local M = {}

M.group_order = { "DO THE WORK", "LOOK AROUND", "WRITE POLICY", "OPERATE" }

---What plumb is, in a sentence.
M.ABOUT = "plumb turns the risks of AWS Well-Architected reviews into work items, and resolved items into answers."

local WIDTH = 100

local function label(flag)
  local names = flag[2] and (flag[1] .. ", " .. flag[2])
    or (flag[1]:sub(1, 2) == "--" and "    " .. flag[1] or flag[1])
  return names .. (flag.value and " " .. flag.value or "") .. (flag.many and "..." or "")
end

-- Two columns: names and what they mean, the second wrapped at words. Names longer than `most` stand out to the right.
local function columns(rows, most)
  local widest = 0
  for _, row in ipairs(rows) do
    widest = math.max(widest, utf8.len(row[1]) or #row[1])
  end
  widest = math.min(widest, most or 34)
  local out = {}
  for _, row in ipairs(rows) do
    local line = "  " .. row[1] .. (" "):rep(math.max(2, widest + 2 - (utf8.len(row[1]) or #row[1])))
    for word in row[2]:gmatch("%S+") do
      if #line + #word > WIDTH then
        out[#out + 1] = line:gsub("%s+$", "")
        line = (" "):rep(widest + 4)
      end
      line = line .. word .. " "
    end
    out[#out + 1] = line:gsub("%s+$", "")
  end
  return table.concat(out, "\n")
end

-- Flags that few people need share one row, which names the topic that explains them.
local function flag_rows(list)
  local rows, terse, topic = {}, {}, nil
  for _, flag in ipairs(list) do
    if flag.topic then
      terse[#terse + 1] = label(flag):match("%S.*$")
      topic = flag.topic
    else
      rows[#rows + 1] = { label(flag), flag.help }
    end
  end
  if topic then rows[#rows + 1] = { "    " .. table.concat(terse, ", "), "plumb help " .. topic } end
  return rows
end

---"plumb call OPERATION [KEY=VALUE...] [flags]"
---@param command table
---@return string
function M.usage(command)
  local parts = { "plumb", command.name }
  if command.raw then
    parts[#parts + 1] = "[flags]"
  end
  for _, argument in ipairs(command.arguments or {}) do
    local text = argument.name .. (argument.many and "..." or "")
    parts[#parts + 1] = argument.optional and "[" .. text .. "]" or text
  end
  if not command.raw then
    parts[#parts + 1] = "[flags]"
  end
  return table.concat(parts, " ")
end

local function examples(command)
  local rows = {}
  for i, example in ipairs(command.examples or {}) do
    rows[i] = { example[1], example[2] }
  end
  return #rows > 0 and "Examples\n" .. columns(rows, 56) or nil
end

local function arguments(command)
  local rows = {}
  for i, argument in ipairs(command.arguments or {}) do
    rows[i] = { argument.name .. (argument.many and "..." or ""), argument.help or "" }
  end
  return #rows > 0 and "Arguments\n" .. columns(rows) or nil
end

local function own_flags(command)
  return command.flags and #command.flags > 0 and "Flags\n" .. columns(flag_rows(command.flags)) or nil
end

-- Groups as sections; those of one flag or two share one, so that the text fits a screen.
local function shared_flags(names)
  local sections, small = {}, {}
  for _, name in ipairs(names) do
    local group = flags.groups[name]
    if #group.flags > 2 then
      sections[#sections + 1] = group.title .. "\n" .. columns(flag_rows(group.flags))
    else
      table.move(group.flags, 1, #group.flags, #small + 1, small)
      small.titles = small.titles and small.titles .. ", " .. group.title:lower() or group.title
    end
  end
  if small[1] then table.insert(sections, 1, small.titles .. "\n" .. columns(flag_rows(small))) end
  return sections
end

---Help for one command: short for -h, long for --help.
---@param command table
---@param long boolean
---@return string
function M.command(command, long)
  local parts = { ("plumb %s: %s"):format(command.name, command.summary) }
  local function add(part)
    parts[#parts + 1] = part
  end
  if long then
    add(examples(command))
  end
  add("Usage: " .. M.usage(command))
  add(arguments(command))
  add(own_flags(command))
  local shown = {}
  for _, name in ipairs(flags.used(command)) do
    if long or name == "write" then shown[#shown + 1] = name end
  end
  for _, section in ipairs(shared_flags(shown)) do
    add(section)
  end
  if long then
    add(command.description)
  else
    add(("plumb %s --help shows examples and every flag."):format(command.name))
  end
  return table.concat(parts, "\n\n") .. "\n"
end

local function command_groups(commands)
  local groups = {}
  for _, command in ipairs(commands) do
    groups[command.group] = groups[command.group] or {}
    table.insert(groups[command.group], { ("%-8s"):format(command.name), command.summary })
  end
  return groups
end

---Help for plumb itself: all commands by group, and where to begin.
---@param commands table[]
---@return string
function M.top(commands)
  local parts = {
    M.ABOUT,
    "Usage: plumb COMMAND [flags]",
  }
  local groups = command_groups(commands)
  for _, name in ipairs(M.group_order) do
    if groups[name] then
      parts[#parts + 1] = name .. "\n" .. columns(groups[name])
    end
  end
  parts[#parts + 1] = "Start here\n" .. columns({
    { "plumb scan --sim --dry-run", "see a plan offline, without an AWS account" },
    { "plumb COMMAND --help", "examples and every flag of a command" },
    { "plumb help TOPIC", "environment, files, policy, outcomes, formatting, exit-codes, errors, or an error id such "
      .. "as E201" },
  })
  return table.concat(parts, "\n\n") .. "\n"
end

M.columns = columns

return M
