-- Other programs, started as a shell would start them: in an environment of their own and with an end. Nothing here
-- waits by the clock; a program that does not end by itself is ended after TIMEOUT, so that no run of the specs hangs.

local M = {}

M.TIMEOUT = 120 -- seconds; generous, since sanitizers make programs slow

---@param text string
---@return string  one word for the shell
function M.quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

---@param path string
---@return string|nil bytes
function M.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

---@param path string
---@param text string
---@return string path
function M.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

---A fresh folder that nobody else can read.
---@return string
function M.folder()
  local pipe = assert(io.popen("mktemp -d"))
  local path = pipe:read("l")
  pipe:close()
  return path
end

---@param folder string  from `folder`
function M.remove(folder)
  os.execute("chmod -R u+rwX " .. M.quote(folder) .. " && rm -rf " .. M.quote(folder))
end

---@param path string
---@return boolean
function M.exists(path) return (os.execute("test -e " .. M.quote(path))) == true end

---What the shell says, without the line end.
---@param command string
---@return string
function M.shell(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  pipe:close()
  return (text:gsub("\n$", ""))
end

---@param name string
---@return boolean
function M.has_program(name) return (os.execute("command -v " .. M.quote(name) .. " >/dev/null 2>&1")) == true end

local function words(list)
  local quoted = {}
  for i, word in ipairs(list) do quoted[i] = M.quote(tostring(word)) end
  return table.concat(quoted, " ")
end

-- `env -i` with these variables and a PATH. Sanitizers are set up by the environment too.
local function environment(env)
  local parts = { "env -i", "PATH=" .. M.quote(os.getenv("PATH") or "/usr/bin:/bin") }
  for _, name in ipairs({ "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" }) do
    if os.getenv(name) then parts[#parts + 1] = name .. "=" .. M.quote(os.getenv(name)) end
  end
  local names = {}
  for name in pairs(env or {}) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if env[name] ~= "" then parts[#parts + 1] = name .. "=" .. M.quote(env[name]) end
  end
  return table.concat(parts, " ")
end

---@class spec.Result
---@field code integer   exit code; 124 when it had to be ended, 128 + n after signal n
---@field out string
---@field err string
---@field all string     both, for looking for what must be nowhere

---Runs a program to its end.
---@param list string[]  program and arguments
---@param opts? { env: table<string, string>?, input: string?, folder: string?, after: string?, pty: boolean?,
---  limits: string? }  env is all it gets, save PATH; folder: where it runs; after: shell text behind the command, such
---  as "| head -1"; pty: on a terminal of its own, whose output is then all in `out`; limits: ulimit's arguments
---@return spec.Result
function M.run(list, opts)
  opts = opts or {}
  local out, err, input = os.tmpname(), os.tmpname(), os.tmpname()
  M.write(input, opts.input or "")
  local command = environment(opts.env) .. " " .. words(list)
  if opts.pty then command = "script -qec " .. M.quote(command) .. " /dev/null" end
  command = ("timeout -k 5 %d %s %s"):format(M.TIMEOUT, command, opts.after or "")
  local before = opts.limits and ("ulimit %s; "):format(opts.limits) or ""
  if opts.folder then before = "cd " .. M.quote(opts.folder) .. " && " .. before end
  local _, how, code = os.execute(("( %s%s ) < %s > %s 2> %s"):format(before, command, M.quote(input), M.quote(out),
    M.quote(err)))
  local result = { code = how == "exit" and code or 128 + code, out = M.read(out), err = M.read(err) }
  result.all = result.out .. "\n" .. result.err
  for _, path in ipairs({ out, err, input }) do os.remove(path) end
  return result
end

---@class spec.Process
---@field pid integer
---@field first string  the first line it printed
local Process = {}
Process.__index = Process

---Starts a program that stays, and waits for its first line.
---@param list string[]
---@param opts? { env: table<string, string>?, err: string? }  err: a file for its standard error
---@return spec.Process
function M.start(list, opts)
  opts = opts or {}
  local command = ("echo $$; exec timeout -k 5 600 %s %s 2>%s"):format(environment(opts.env), words(list),
    M.quote(opts.err or "/dev/null"))
  local pipe = assert(io.popen(command))
  local self = setmetatable({ pipe = pipe, pid = math.tointeger(tonumber(pipe:read("l"))) }, Process)
  self.first = pipe:read("l")
  if not self.first then
    self:stop()
    error("it ended before it said anything: " .. words(list) .. "\n" .. (opts.err and M.read(opts.err) or ""), 2)
  end
  return self
end

---Ends it and waits until it has ended.
---@param signal? string  "TERM" unless told
---@return integer|nil code  exit code, 128 + n after signal n; nil when it had been stopped before
function Process:stop(signal)
  if not self.pipe then return nil end
  os.execute(("kill -%s %d 2>/dev/null"):format(signal or "TERM", self.pid))
  local _, how, code = self.pipe:close() -- waits for the child
  self.pipe = nil
  return how == "exit" and code or 128 + code
end

return M
