-- Says where an answer comes from and how old it is, and what could not be read.

local age = require "plumb.view.age"
local time = require "plumb.time"

local source = {}

local SOME_FAILED = 5

---Opens a context for a command that only looks: no state is made, and nothing can be written.
---@param args table
---@param cli plumb.Cli
---@return plumb.Context  to be closed
function source.open(args, cli)
  args.dry_run = true
  return require("plumb.context").open(args, cli)
end

---Whether there is a state at all: looking at one that is not there makes none, and finds it empty.
---@param plumb plumb.Context
---@return boolean
function source.has_state(plumb)
  local about = plumb.store:describe()
  return about.driver ~= "sqlite" or require("plumb.files").stat(about.place) ~= nil
end

---Raises E111 when there is no state: what is not there has no faults either, and is not what was meant.
---@param plumb plumb.Context
---@param verb string  "check"
function source.need_state(plumb, verb)
  if source.has_state(plumb) then return end
  require("plumb.problem").raise { id = "E111", what = ("there is no state to %s"):format(verb),
    where = plumb.store:describe().place, fix = "name it with --state FILE; plumb scan makes one" }
end

---The members of a JSON document that say where it comes from.
---@param found plumb.Survey
---@return { from: string, at: string? }
function source.head(found) return { from = found.from, at = found.at and time.iso(found.at) } end

local function place(found)
  if found.from == "tool" then return "read from AWS just now" end
  return found.at and ("from the state as of the last scan, %s; --live asks AWS"):format(age.ago(found.at))
    or "from the state of a scan that did not end; --live asks AWS"
end

---Tells what could not be read, and where the rest comes from.
---@param cli plumb.Cli
---@param found plumb.Survey
---@param what string  "12 risks in 4 workloads"
---@return integer exit_code  5 when something could not be read
function source.tell(cli, found, what)
  for _, failure in ipairs(require("plumb.policy.group")(found.problems)) do cli.warn(failure) end
  cli.note(("%s, %s"):format(what, place(found)))
  return found.problems[1] and SOME_FAILED or 0
end

---Facts about one thing, a line each; those without a value are left out.
---@param cli plumb.Cli
---@param facts { [1]: string, [2]: any }[]
function source.facts(cli, facts)
  local line = require("plumb.cli.printable").line
  local cell = require("plumb.table_view").cell
  for _, fact in ipairs(facts) do
    local text = cell(fact[2])
    if text ~= "" then cli.out(("  %-11s %s"):format(fact[1], line(text))) end
  end
end

---Raises E506.
function source.no_history()
  require("plumb.problem").raise { id = "E506", what = "there is no history yet",
    because = "it is made of what plumb scan reads, and no scan has been carried out on this state",
    fix = "plumb scan" }
end

---"1 risk", "2 risks".
---@param n integer
---@param word string
---@return string
function source.count(n, word) return n == 1 and "1 " .. word or ("%d %ss"):format(n, word) end

return source
