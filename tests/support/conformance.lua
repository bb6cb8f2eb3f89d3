-- Finds the test data that other people wrote. It lives outside the tree; a spec
-- that needs a file which is not there is pending, with the reason.

local conformance = {}

local function root()
  return os.getenv("PLUMB_CONFORMANCE") or "../shared/conformance"
end

---The text of a data file.
---@param path string  inside the conformance folder
---@return string? text  nil when it is not there
---@return string path   where it was looked for
function conformance.read(path)
  local full = root() .. "/" .. path
  local file = io.open(full, "rb")
  if not file then return nil, full end
  local text = file:read("a")
  file:close()
  return text, full
end

return conformance
