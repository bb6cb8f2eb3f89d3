-- Writes what is made from plumb's own tables, during the build and for the copies that are kept in the tree:
--
--   plumb run engine/tools/docs.lua man FOLDER         manual pages, to be installed
--   plumb run engine/tools/docs.lua reference FOLDER   the reference in Markdown
--   plumb run engine/tools/docs.lua cookbook PLUMB   what the commands of each recipe print
--   plumb run engine/tools/docs.lua report PLUMB FILE.svg   the chart of a report
--   plumb run engine/tools/docs.lua picture PLUMB SCRIPT FILE.svg   a moving picture of a session
--
-- Every command, flag, setting, operation and error comes from the tables that plumb itself works with: what is new
-- there is in the next build's pages.

local files = require "plumb.files"

local function write(path, text)
  assert(files.mkdir_all(path:match("^(.*)/[^/]+$") or ".", tonumber("755", 8)))
  assert(files.write_atomic(path, text, tonumber("644", 8)))
end

local function write_all(folder, pages)
  for name, text in pairs(pages) do write(folder .. "/" .. name, text) end
end

local JOBS = {}

function JOBS.man(folder) write_all(folder, require("docs.man").pages()) end

function JOBS.reference(folder) write_all(folder, require("docs.reference").pages()) end

function JOBS.picture(program, script, path)
  write(path, require("docs.picture").draw(assert(files.read(script, 1 << 20)), program))
end

function JOBS.cookbook(program) require("docs.cookbook").record_all("examples/cookbook", program) end

function JOBS.report(program, path) write(path, require("docs.report_picture").draw(program)) end

local job = JOBS[...]
if not job then
  io.stderr:write("man FOLDER, reference FOLDER, cookbook PLUMB, report PLUMB FILE.svg, "
    .. "or picture PLUMB SCRIPT FILE.svg\n")
  return 2
end
job(select(2, ...))
