-- Dot-commands about how results look and what calls cost.

local dot = require("plumb.repl.dot")
local view = require("plumb.repl.view")

local ON_OFF = { "off", "on" }

local function flag(command, rest)
  if rest ~= "on" and rest ~= "off" then
    dot.refuse(command, rest == "" and "on or off?" or ("'%s' is neither on nor off"):format(rest))
  end
  return rest == "on"
end

-- A command that turns a setting of the session on and off.
local function switch(name, help)
  local command
  command = { name, usage = (".%s on|off"):format(name), help = help, words = ON_OFF, run = function(session, rest)
    session.settings[name] = flag(command, rest)
  end }
  return command
end

local mode = { "mode", usage = "." .. "mode " .. table.concat(view.MODES, "|"),
  help = "how results look; auto is a table, or lines where it does not fit", words = view.MODES }

function mode.run(session, rest)
  for _, known in ipairs(view.MODES) do
    if rest == known then
      session.presenter.settings.mode = rest
      return
    end
  end
  local near = require("plumb.suggest").suggest(rest, view.MODES)
  dot.refuse(mode, rest == "" and "mode is " .. session.presenter.settings.mode or ("no mode '%s'%s"):format(rest,
    near and (" (did you mean '%s'?)"):format(near) or ""))
end

local columns = { "columns", usage = ".columns NAME,NAME|auto",
  help = "which columns tables have: .columns WorkloadName,RiskCounts.HIGH" }

-- Those of the last result, when it is a list.
function columns.words(session)
  local names, value = { "auto" }, session.results.list[1]
  if type(value) == "table" and type(value[1]) == "table" then
    for _, path in ipairs(require("plumb.repl.columns").every({ value[1] })) do
      names[#names + 1] = path
    end
  end
  return names
end

function columns.run(session, rest)
  local names = {}
  for name in rest:gmatch("[^,%s]+") do
    names[#names + 1] = name
  end
  if #names == 0 then
    dot.refuse(columns, "which columns?")
  end
  session.presenter.settings.columns = rest ~= "auto" and names or nil
end

local width = { "width", usage = ".width N|auto", help = "cells that a line may take", words = { "auto" } }

function width.run(session, rest)
  local n = math.tointeger(tonumber(rest))
  if rest ~= "auto" and not (n and n >= 20 and n <= 10000) then
    dot.refuse(width, "a width is a number from 20 to 10000, or auto")
  end
  session.presenter.settings.width = n
end

local time = { "time", usage = ".time CODE", help = "run CODE and say what its calls cost" }

function time.run(session, rest)
  if rest == "" then
    dot.refuse(time, "time what?")
  end
  local chunk, message = require("plumb.repl.compile").compile(rest, session.env)
  if not chunk then
    error(message, 0)
  end
  local counts, clock = session.place.counts, require("plumb.time")
  local calls, retries, started = counts.calls, counts.retries, clock.monotonic()
  chunk()
  local ms = (clock.monotonic() - started) * 1000
  calls, retries = counts.calls - calls, counts.retries - retries
  session.out(("%d calls, %.0f ms, mean %.0f ms, %d retries"):format(calls, ms, calls > 0 and ms / calls or 0, retries))
end

local debug_ = { "debug", usage = ".debug http|off", help = "show each request and its answer, without secrets",
  words = { "http", "off" } }

function debug_.run(session, rest)
  if rest ~= "http" and rest ~= "off" then
    dot.refuse(debug_, "http or off?")
  end
  session.place:trace(rest == "http")
end

local last = { "last", usage = ".last", help = "the last result with all its rows" }

function last.run(session)
  local value = session.results.list[1]
  if value == nil then
    dot.refuse(last, "there is no result yet")
  end
  session.out((session.presenter:text(value, { whole = true })))
end

local function fields_of(failure)
  local lines = {}
  for name, value in pairs(failure) do
    lines[#lines + 1] = ("  %-12s %s"):format(name, tostring(value))
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

local error_ = { "error", usage = ".error", help = "the last error in full" }

function error_.run(session)
  local failure = rawget(session.env, "_err")
  if failure == nil then
    dot.refuse(error_, "there was no error yet")
  end
  local text = session.results.traceback
    or type(failure) == "table" and tostring(failure) .. "\n" .. fields_of(failure) or tostring(failure)
  session.out(require("plumb.cli.printable").lines(require("plumb.secret").mask(text)))
end

return { mode, columns, width, switch("page", "long output through a pager"),
  switch("timing", "say after each input what its calls cost"), time, debug_, last, error_ }
