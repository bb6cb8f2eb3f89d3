-- Dot-commands about files and about what was typed.

local dot = require("plumb.repl.dot")
local files = require("plumb.files")
local problem = require("plumb.problem")

local BIGGEST = 4 << 20 -- bytes of a script
local SHOWN = 20

local function unusable(path, message)
  problem.raise({ id = "E111", what = ("%s cannot be used"):format(path), because = message })
end

local run = { "run", usage = ".run FILE", help = "run a Lua file in this session", words = require("plumb.repl.paths") }

function run.run(session, rest)
  if rest == "" then
    dot.refuse(run, "which file?")
  end
  local text, message = files.read(rest, BIGGEST)
  if not text then
    unusable(rest, message)
  end
  local chunk
  chunk, message = load(text, "@" .. rest, "t", session.env)
  if not chunk then
    error(message, 0)
  end
  chunk()
end

-- "4", "4-7", "4-" or nothing for all.
local function range_of(command, text, count)
  if text == nil then
    return 1, count
  end
  local from, dash, to = text:match("^(%d+)(%-?)(%d*)$")
  if not from then
    dot.refuse(command, ("'%s' is no range such as 4-7"):format(text))
  end
  from = math.tointeger(tonumber(from))
  to = to ~= "" and math.tointeger(tonumber(to)) or dash == "-" and count or from
  if from < 1 or to > count or from > to then
    dot.refuse(command, ("there are inputs 1 to %d; .history lists them"):format(count))
  end
  return from, to
end

local save = { "save", usage = ".save FILE [FROM-TO]", help = "put inputs into a file; .history numbers them" }

function save.run(session, rest)
  local path, range = rest:match("^(%S+)%s*(%S*)$")
  if not path then
    dot.refuse(save, "which file?")
  elseif #session.inputs == 0 then
    dot.refuse(save, "there is nothing to save yet")
  elseif files.stat(path) then
    unusable(path, "it is there already")
  end
  local from, to = range_of(save, range ~= "" and range or nil, #session.inputs)
  local text = table.concat(session.inputs, "\n", from, to) .. "\n"
  local ok, message = files.write_atomic(path, text, tonumber("600", 8))
  if not ok then
    unusable(path, message)
  end
  session.note(("%d inputs to %s"):format(to - from + 1, path))
end

local history = { "history", usage = ".history [N]", help = "the last N inputs with their numbers, 20 unless told" }

function history.run(session, rest)
  local n = rest == "" and SHOWN or math.tointeger(tonumber(rest))
  if not n or n < 1 then
    dot.refuse(history, ("'%s' is no number of inputs"):format(rest))
  end
  local lines, count = {}, #session.inputs
  for i = math.max(1, count - n + 1), count do
    lines[#lines + 1] = ("%4d  %s"):format(i, (session.inputs[i]:gsub("\n", "\n      ")))
  end
  session.out(#lines > 0 and require("plumb.cli.printable").lines(table.concat(lines, "\n")) or "(none)")
end

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function editor()
  for _, name in ipairs({ "VISUAL", "EDITOR" }) do
    local value = os.getenv(name)
    if value and value ~= "" then
      return value
    end
  end
  return "vi"
end

local edit = { "edit", usage = ".edit [N]", help = "change input N, or the last one, in $VISUAL or $EDITOR and run it" }

function edit.run(session, rest)
  local n = rest == "" and #session.inputs or math.tointeger(tonumber(rest))
  if not session.place.interactive then
    dot.refuse(edit, "there is no terminal to edit on")
  elseif rest ~= "" and not session.inputs[n] then
    dot.refuse(edit, ("there are inputs 1 to %d"):format(#session.inputs))
  end
  local path = os.tmpname()
  local _ <close> = setmetatable({}, { __close = function() os.remove(path) end })
  assert(files.write_atomic(path, (session.inputs[n] or "") .. "\n", tonumber("600", 8)))
  if not os.execute(editor() .. " " .. quoted(path)) then
    problem.raise({ id = "E111", what = ("'%s' did not end well; nothing was run"):format(editor()),
      fix = "set EDITOR to the editor you like" })
  end
  local text, message = files.read(path, BIGGEST)
  if not text then
    unusable(path, message)
  elseif text:find("%S") then
    session.out(require("plumb.cli.printable").lines((text:gsub("%s+$", ""))))
    session:run((text:gsub("%s+$", "")))
  end
end

return { run, save, edit, history }
