-- Manual pages in the man macros: one for plumb, one for each command, one for the policy. Pure: from the tables to
-- text.

local build = require "plumb.build"
local cli = require "plumb.cli"
local flags = require "plumb.cli.flags"
local help = require "plumb.cli.help"
local topics = require "plumb.cli.topics"

local M = {}

-- What roff would take for its own: backslashes everywhere, a dot or a quote where a line begins. Hyphens are those
-- that people type.
local function escape(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-")
  return (("\n" .. text):gsub("\n([.'])", "\n\\&%1"):sub(2))
end

local function bold(text) return "\\fB" .. escape(text) .. "\\fR" end
local function italic(text) return "\\fI" .. escape(text) .. "\\fR" end

-- Two builds make the same pages: the date is that of the sources, when whoever builds says which that is.
local WRITTEN = "2026-11-23"

local function date()
  local epoch = math.tointeger(tonumber(os.getenv "SOURCE_DATE_EPOCH" or ""))
  return epoch and os.date("!%Y-%m-%d", epoch) or WRITTEN
end

local Page = {}
Page.__index = Page

local function new_page(name, section)
  local page = setmetatable({}, Page)
  page:line('.\\" Made by engine/tools/docs.lua; do not edit.')
  page:line((".TH %s %d %s \"plumb %s\" \"plumb manual\""):format(escape(name:upper()), section, date(), build.version))
  return page
end

function Page:line(text) self[#self + 1] = text end

function Page:section(title) self:line(".SH " .. escape(title:upper())) end

-- Prose, which may be filled, and lines that are indented, which stay as they are.
function Page:text(text, paragraph)
  local pending, fixed = nil, false
  for line in (text:gsub("\n+$", "") .. "\n"):gmatch("([^\n]*)\n") do
    local indented = line:find "^  " ~= nil
    if not line:find "%S" then
      pending = paragraph or ".PP"
    else
      if fixed and not indented then self:line ".fi" end
      if pending then self:line(pending) end
      if indented and not fixed then self:line ".nf" end
      self:line(escape(line))
      pending, fixed = nil, indented
    end
  end
  if fixed then self:line ".fi" end
end

-- As it stands: tables of words and what they mean, made for a screen.
function Page:verbatim(text)
  self:line ".nf"
  for line in (text:gsub("\n+$", "") .. "\n"):gmatch("([^\n]*)\n") do self:line(escape(line)) end
  self:line ".fi"
end

function Page:entry(tag, text)
  self:line ".TP"
  self:line(tag)
  self:line(escape(text))
end

function Page:finish() return table.concat(self, "\n") .. "\n" end

local function flag_tag(flag)
  local names = bold(flag[1]) .. (flag[2] and ", " .. bold(flag[2]) or "")
  return names .. (flag.value and " " .. italic(flag.value) or "") .. (flag.many and " ..." or "")
end

local function flag_text(flag)
  return flag.help .. (flag.many and "; may be given again" or "")
end

local function write_flags(page, list)
  for _, flag in ipairs(list) do page:entry(flag_tag(flag), flag_text(flag)) end
end

local function write_examples(page, examples)
  page:section "Examples"
  for _, example in ipairs(examples) do page:entry(bold(example[1]), example[2]) end
end

local function see_also(page, ...)
  page:section "See also"
  local list = {}
  for i, name in ipairs { ... } do list[i] = bold(name:match "^%S+") .. "(" .. name:match "%d$" .. ")" end
  page:line(table.concat(list, ", "))
end

local function command_page(command)
  local page = new_page("plumb-" .. command.name, 1)
  page:section "Name"
  page:line(("plumb\\-%s \\- %s"):format(escape(command.name), escape(command.summary)))
  page:section "Synopsis"
  page:line(bold(help.usage(command)))
  if command.description then
    page:section "Description"
    page:text(command.description)
  end
  if command.arguments and command.arguments[1] then
    page:section "Arguments"
    for _, argument in ipairs(command.arguments) do
      page:entry(italic(argument.name) .. (argument.many and " ..." or ""), argument.help)
    end
  end
  if command.flags and command.flags[1] then
    page:section "Options"
    write_flags(page, command.flags)
  end
  for _, name in ipairs(flags.used(command)) do
    page:section("Options: " .. flags.groups[name].title)
    write_flags(page, flags.groups[name].flags)
  end
  write_examples(page, command.examples)
  page:section "Exit status"
  page:line "As for every command of plumb, see"
  page:line(bold "plumb" .. "(1).")
  see_also(page, "plumb 1", "plumb-policy 5")
  return page:finish()
end

local function main_page(commands)
  local page = new_page("plumb", 1)
  page:section "Name"
  page:line "plumb \\- risks of AWS Well\\-Architected reviews as work items, and resolved items as answers"
  page:section "Synopsis"
  page:line(bold "plumb" .. " " .. italic "COMMAND" .. " [flags]")
  page:section "Description"
  page:text(help.ABOUT)
  for _, group in ipairs(help.group_order) do
    page:section("Commands: " .. group)
    for _, command in ipairs(commands) do
      if command.group == group then page:entry(bold("plumb-" .. command.name) .. "(1)", command.summary) end
    end
  end
  for _, name in ipairs { "environment", "files", "exit-codes" } do
    page:section(name == "exit-codes" and "Exit status" or name)
    page:verbatim(topics[name]())
  end
  write_examples(page, {
    { "plumb scan --sim --dry-run", "a plan, offline, without an AWS account" },
    { "plumb scan --dry-run", "a plan for your account; a dry run cannot write" },
    { "plumb help E201", "what an error is about" },
  })
  see_also(page, "plumb-policy 5", "plumb-scan 1", "plumb-resolve 1")
  return page:finish()
end

local function policy_page()
  local page = new_page("plumb-policy", 5)
  page:section "Name"
  page:line "plumb\\-policy \\- what becomes an item, what it says, and what resolving it means"
  local fields = require "docs.policy_fields"
  page:section "Description"
  page:text(fields.introduction())
  for _, section in ipairs(fields.sections()) do
    page:section(section.title)
    if section.text then page:text(section.text) end
    for _, entry in ipairs(section.entries) do
      page:line ".TP"
      page:line(bold(entry.name) .. (entry.default and escape(" = " .. entry.default) or ""))
      page:text(entry.text, ".IP")
    end
  end
  see_also(page, "plumb 1", "plumb-init 1", "plumb-check 1", "plumb-test 1")
  return page:finish()
end

---Every page by its file name.
---@return table<string, string>
function M.pages()
  local commands = cli.commands()
  local pages = { ["man1/plumb.1"] = main_page(commands), ["man5/plumb-policy.5"] = policy_page() }
  for _, command in ipairs(commands) do
    pages[("man1/plumb-%s.1"):format(command.name)] = command_page(command)
  end
  return pages
end

return M
