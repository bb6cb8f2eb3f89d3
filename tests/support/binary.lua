-- Runs the built binary as a shell would, in an environment of its own: an empty home, no AWS settings,
-- no terminal. PLUMB_BINARY says where it is.

local M = {}

M.path = os.getenv("PLUMB_BINARY") or "build/plumb"

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end
M.quote = quote

local function absolute(path)
  return path:sub(1, 1) == "/" and path or os.getenv("PWD") .. "/" .. path
end

local function read_all(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  os.remove(path)
  return text
end

---A fresh folder, to be given to `remove` at the end.
---@return string
function M.folder()
  local pipe = assert(io.popen("mktemp -d"))
  local path = pipe:read("l")
  pipe:close()
  return path
end

---@param folder string  from `folder`
function M.remove(folder)
  os.execute("rm -rf " .. quote(folder))
end

---Writes a file and returns its path.
---@param path string
---@param text string
---@return string
function M.file(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

---Runs plumb.
---@param arguments string[]
---@param opts? { input: string?, env: table<string, string>?, before: string?, after: string?, folder: string? }
---  before and after are shell text around the command, such as "| head -1"; folder: where to run it
---@return { code: integer, out: string, err: string }
function M.run(arguments, opts)
  opts = opts or {}
  local out, err, input = os.tmpname(), os.tmpname(), os.tmpname()
  M.file(input, opts.input or "")
  local words = { opts.folder and "cd " .. quote(opts.folder) .. " &&" or "", opts.before or "",
    "env -i PATH=" .. quote(os.getenv("PATH") or "/usr/bin:/bin") }
  local env = { HOME = "/nonexistent", LANG = "C.UTF-8", PLUMB_SCRIPTS = os.getenv("PLUMB_SCRIPTS"),
    AWS_EC2_METADATA_DISABLED = "true" }
  for name, value in pairs(opts.env or {}) do
    env[name] = value
  end
  for name, value in pairs(env) do
    words[#words + 1] = name .. "=" .. quote(value)
  end
  words[#words + 1] = quote(opts.folder and absolute(M.path) or M.path)
  for _, argument in ipairs(arguments) do
    words[#words + 1] = quote(argument)
  end
  words[#words + 1] = opts.after or ""
  local _, _, code = os.execute(("( %s ) < %s > %s 2> %s"):format(table.concat(words, " "), quote(input), quote(out),
    quote(err)))
  os.remove(input)
  return { code = code, out = read_all(out), err = read_all(err) }
end

return M
