-- Whole files. The door of engine.files. What fails gives nil, a message that names the path, and a code:
-- "FileNotFound", "FileRefused", "FileTooLarge" or "FileError".

local engine = require("engine.files")

---@class plumb.files
local files = {}

---Reads a whole file; pipes work too.
---@type fun(path: string, max_bytes: integer): string|nil, string?, string?
files.read = engine.read

---Replaces a file so that at every moment there is the old one or the new one, flushed to the disk.
---The folder must exist; the mode is 0600 when left out.
---@type fun(path: string, bytes: string, mode: integer?): true|nil, string?, string?
files.write_atomic = engine.write_atomic

---Makes a folder and those above it; the mode is 0700 when left out. One that is there is fine.
---@type fun(path: string, mode: integer?): true|nil, string?, string?
files.mkdir_all = engine.mkdir_all

---@class plumb.Stat
---@field type "file"|"directory"|"link"|"other"
---@field mode integer   permission bits
---@field size integer   bytes
---@field uid integer
---@field mtime number   seconds since 1970

---What stands at a path; links are followed unless options.links asks about the link itself.
---@type fun(path: string, options: { links: boolean }?): plumb.Stat|nil, string?, string?
files.stat = engine.stat

---The names in a folder, sorted, without "." and "..".
---@param path string
---@return string[]|nil names
---@return string? message
---@return string? code
function files.list(path)
  local names, message, code = engine.list(path)
  if names then
    table.sort(names)
  end
  return names, message, code
end

---@type fun(path: string): true|nil, string?, string?
files.unlink = engine.unlink

return files
