-- Files whose path begins as it was typed, for Tab.

local files = require("plumb.files")

---@param _ plumb.Repl
---@param typed string
---@return string[] paths  sorted; folders end in a slash
return function(_, typed)
  local folder, start = typed:match("^(.*/)([^/]*)$")
  folder, start = folder or "", start or typed
  local found = {}
  for _, name in ipairs(files.list(folder == "" and "." or folder) or {}) do
    if name:sub(1, #start) == start and (name:sub(1, 1) ~= "." or start ~= "") then
      local path = folder .. name
      local is_folder = (files.stat(path) or {}).type == "directory"
      found[#found + 1] = is_folder and path .. "/" or path
    end
  end
  table.sort(found)
  return found
end
