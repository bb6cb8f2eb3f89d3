-- What the user is told when something goes wrong: always what happened, where, why, what plumb tried
-- and how to fix it, under an id that never changes meaning. Any code may raise one; main.lua shows it
-- and exits with the code of its id. The ids are in plumb.problem.catalogue.

local printable = require("plumb.cli.printable")
local secret = require("plumb.secret")

---@class plumb.Problem
---@field id string       "E402"
---@field what string     what happened, in the user's words; may have several lines, as may all below
---@field where? string   file:line, or operation and resource
---@field because? string the cause; AWS's own code, message and request id verbatim
---@field tried? string   what plumb already did about it
---@field fix? string     the command or the edit that solves it
---@field aws? table      { code, message, service, operation, status, request_id } for --json
---@field item? string    the OpsItem it is about, when it is about one
---@field exit? integer   instead of the exit code of the id

local M = {}

local Problem = { __name = "plumb.Problem" }
Problem.__index = Problem

function Problem.__tostring(p)
  return ("%s [%s]"):format(p.what, p.id)
end

---@param fields plumb.Problem
---@return plumb.Problem
function M.new(fields)
  if type(fields) ~= "table" or type(fields.id) ~= "string" or type(fields.what) ~= "string" then
    error("a problem needs at least id and what", 2)
  end
  local p = {}
  for key, value in pairs(fields) do
    -- What a hook says of itself may end within a character.
    p[key] = type(value) == "string" and not utf8.len(value) and printable.lines(value) or value
  end
  return setmetatable(p, Problem)
end

---Raises a new problem; never returns.
---@param fields plumb.Problem
function M.raise(fields)
  error(M.new(fields), 0)
end

---@param value any
---@return boolean
function M.is(value)
  return getmetatable(value) == Problem
end

---The catalogue's entry; an id that is not in it has the first of its range, so that a message is
---never lost over its number.
---@param id string
---@return plumb.CatalogueEntry
function M.entry(id)
  local catalogue = require("plumb.problem.catalogue") -- long, and most runs have no problem
  return catalogue[id] or catalogue[id:sub(1, 2) .. "00"] or catalogue.E901
end

---@param p plumb.Problem
---@return integer
function M.exit_code(p)
  return p.exit or M.entry(p.id).exit
end

local LABELS = { "where", "because", "tried", "fix" }
local INDENT = (" "):rep(11)
local ID_COLUMN = 77

local LONGEST_WORD = 1000 -- bytes; longer than any ARN or URL that somebody would want to copy

local function cut(word)
  if #word <= LONGEST_WORD then return nil end
  local stop = LONGEST_WORD
  while word:byte(stop + 1) & 0xC0 == 0x80 do stop = stop - 1 end -- within a character
  return ("%s… (%d bytes)"):format(word:sub(1, stop), #word)
end

-- Values come from anywhere and may have any length. Secrets go first, as half a secret is not known as one.
local function shown(text)
  return printable.lines((secret.mask(text):gsub("%S+", cut)))
end

-- Breaks one line at spaces; a word longer than the width stays whole, to be copied.
local function wrap(line, width)
  local lines, current = {}, nil
  for word in line:gmatch("%S+") do
    if current and utf8.len(current) + 1 + utf8.len(word) > width then
      lines[#lines + 1] = current
      current = word
    else
      current = current and (current .. " " .. word) or word
    end
  end
  lines[#lines + 1] = current
  return lines
end

local function section(out, label, text, width)
  local first = true
  for line in (shown(text):gsub("\n+$", "") .. "\n"):gmatch("(.-)\n") do
    -- Only prose is wrapped: code, carets and commands must stay as they are.
    local pieces = label == "because" and #line > width and wrap(line, width) or { line }
    for _, piece in ipairs(pieces) do
      local prefix = first and ("  %-9s"):format(label) or INDENT
      out[#out + 1] = ((prefix .. piece):gsub("%s+$", ""))
      first = false
    end
  end
end

local function headline(p, word)
  local text = shown(p.what)
  local first, rest = text:match("^([^\n]*)\n?(.*)$")
  first = word .. ": " .. first
  local gap = math.max(2, ID_COLUMN - utf8.len(first))
  local line = ("%s%s[%s]"):format(first, (" "):rep(gap), p.id)
  return rest == "" and line or (line .. "\n" .. rest:gsub("([^\n]+)", "  %1"))
end

---The message as shown on a terminal, ending in a newline. The last line is the fix.
---@param p plumb.Problem
---@param opts? { word: string?, width: integer?, color: function? }  word is "error" unless told
---@return string
function M.render(p, opts)
  opts = opts or {}
  local word = opts.word or "error"
  local out = { headline(p, word) }
  for _, label in ipairs(LABELS) do
    local text = p[label]
    if text and text ~= "" then
      section(out, label, text, math.max(40, (opts.width or 100) - #INDENT))
    end
  end
  if opts.color then
    out[1] = opts.color(word == "error" and "red" or "yellow", word .. ":") .. out[1]:sub(#word + 2)
  end
  return secret.mask(table.concat(out, "\n") .. "\n")
end

---The message for programs: one line of JSON without a newline. A program splits nothing: each part is
---a string under its own name.
---@param p plumb.Problem
---@return string
function M.json(p)
  return secret.mask(require("plumb.json").encode({
    error = {
      code = p.id,
      message = shown(p.what),
      where = p.where and shown(p.where),
      because = p.because and shown(p.because),
      tried = p.tried and shown(p.tried),
      fix = p.fix and shown(p.fix),
      exit = M.exit_code(p),
      aws = p.aws,
    },
  }))
end

---Makes a problem of a plumb.Error: the world's no in the user's words.
---@param err plumb.Error
---@return plumb.Problem
function M.from(err)
  if M.is(err) then
    return err
  end
  return M.new(require("plumb.problem.from_error")(err))
end

return M
