-- AWS's own command line client, run many times at the price of little more than one start.

local files = require("plumb.files")
local json = require("plumb.json")
local process = require("plumb.process")
local support = require("support.process")

local M = {}

local NOT_THERE = 77

---The Pythons of this machine that may have the client: Debian's first.
---@return string[]
function M.pythons()
  local found, seen = {}, {}
  for _, path in ipairs({ "/usr/bin/python3", support.shell("command -v python3") }) do
    -- What is found in PATH may be a script that looks for the real one in the home of whoever calls it.
    local real = path == "" and "" or support.shell(support.quote(path)
      .. " -c 'import os, sys; print(os.path.realpath(sys.executable))' 2>/dev/null")
    if real ~= "" and not seen[real] then
      seen[real] = true
      found[#found + 1] = real
    end
  end
  return found
end

---Runs the client once for each job, side by side. Waits, so servers of this process go on.
---@param python string
---@param home string    where it keeps its caches; the list of jobs is written there too
---@param jobs { arguments: string[], environment: table<string, string> }[]  HOME is added
---@return { version: string, runs: { code: integer, output: string, said: string }[] }|nil  nil: it has no client
function M.run(python, home, jobs)
  local file = home .. "/jobs.json"
  for _, job in ipairs(jobs) do job.environment.HOME = home end
  assert(files.write_atomic(file, json.encode(jobs)))
  local result = assert(process.run({ argv = { python, "tests/support/aws_cli.py", file },
    env = { PATH = os.getenv("PATH"), HOME = home, LANG = "C.UTF-8" }, timeout = 300,
    max_output = 1 << 22 }))
  if result.code == NOT_THERE then return nil end
  assert(result.code == 0, "aws_cli.py ended with code " .. result.code)
  return assert(json.decode(result.output))
end

---A folder for AWS_DATA_PATH that sends a service of the client to one address, whatever it thinks itself. Older
---versions know no variable for that, and their call to STS for a role would leave this machine.
---@param folder string
---@param service string  "sts/2011-06-15"
---@param url string
function M.lead(folder, service, url)
  local parameters = {}
  for name, kind in pairs({ Region = "AWS::Region", UseDualStack = "AWS::UseDualStack", UseFIPS = "AWS::UseFIPS",
    Endpoint = "SDK::Endpoint", UseGlobalEndpoint = "AWS::STS::UseGlobalEndpoint" }) do
    parameters[name] = { builtIn = kind, required = false, documentation = "",
      type = name:find("^Use") and "Boolean" or "String" }
  end
  assert(files.mkdir_all(folder .. "/" .. service))
  assert(files.write_atomic(folder .. "/" .. service .. "/endpoint-rule-set-1.json", json.encode({ version = "1.0",
    parameters = parameters, rules = json.list({ { type = "endpoint", conditions = json.list({}),
      endpoint = { url = url, properties = {}, headers = {} } } }) })))
end

return M
