-- The zip of ./dev lambda: unpacked where there is nothing else, no library, no shell, no certificates, and started
-- there as AWS would start it.

local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local state_table = require("plumb.store.dynamodb.table")
local transport = require("plumb.transport")

local BOOTSTRAP = simulator.binary:gsub("[^/]+$", "engine/bootstrap")

-- The words that start a program with a folder as its whole world; nil where nobody may do that.
local function jail()
  if process.shell("id -u") == "0" then return "/usr/sbin/chroot" end
  return process.run({ "unshare", "--map-root-user", "true" }).code == 0 and "unshare --map-root-user /usr/sbin/chroot"
    or nil
end

describe("the zip of a function", function()
  local folder, task_root, said

  setup(function()
    folder = process.folder()
    task_root = folder .. "/world/var/task"
    if not process.exists(BOOTSTRAP) then return end -- sanitizers cannot be linked statically
    local policy = process.write(folder .. "/mine.lua",
      "return { title = function(finding, default) return 'ZIP ' .. default(finding) end }")
    said = process.run({ "engine/tools/lambda_zip.sh", simulator.binary, BOOTSTRAP, folder .. "/plumb.zip", policy })
    process.shell(("umask 022; mkdir -p %s/world/var/task && unzip -q -d %s %s/plumb.zip"):format(folder, task_root,
      folder))
  end)
  teardown(function() process.remove(folder) end)

  local function needs(...)
    if not process.exists(BOOTSTRAP) then return pending "a build without sanitizers" end
    if select("#", ...) > 0 and not ... then return pending "root, or a namespace in which to be root" end
    return true
  end

  it("is said to be made, with its size, which is what Lambda likes", function()
    if not needs() then return end
    assert.equal(0, said.code, said.all)
    assert.matches("^Built .*plumb%.zip: %d+%.%d MB, %S+, with %d+ libraries of ", said.out)
    local bytes = tonumber(process.shell("stat -c %s " .. folder .. "/plumb.zip"))
    assert.is_true(bytes < 15 * 1000 * 1000, bytes)
    local packages = process.read(task_root .. "/libraries.txt")
    for _, name in ipairs { "libc6", "libcurl4", "libssl3", "ca-certificates" } do
      assert.matches("\n" .. name .. " ", "\n" .. packages, 1, true)
    end
  end)

  it("runs where no library of the system can be seen, with the policy that is in it", function()
    local words = jail()
    if not needs(words) then return end
    local stage = simulator.start()
    assert(state_table.create(stage:client(), "plumb"))
    local env = { PLUMB_STATE = "dynamodb:plumb", AWS_LAMBDA_RUNTIME_API = stage.url:match "//(.+)$",
      AWS_LAMBDA_FUNCTION_NAME = "plumb", LAMBDA_TASK_ROOT = "/var/task" }
    for name, value in pairs(stage.env) do env[name] = name ~= "PLUMB_SCRIPTS" and value or nil end
    local started = process.start({ "sh", "-c", ("echo started; exec %s %s/world /var/task/bootstrap"):format(words,
      folder) }, { env = env, err = stage.folder .. "/function.log" })
    local response = assert(transport.send { method = "POST", scheme = "http", host = stage.url:match "//(.+)$",
      path = "/_sim/invoke", query = "", headers = {}, timeout = 100,
      body = json.encode { event = { command = "scan", args = { limit = 3 } }, seconds = 60 } })
    started:stop()
    local answer = assert(json.decode(response.body))
    local log, items = process.read(stage.folder .. "/function.log"), stage:items()
    stage:stop()
    assert.equal("done", answer.status, response.body .. log)
    assert.equal(3, answer.response.runs[1].summary.created)
    local _, item = next(items)
    assert.matches("^ZIP ", item.Title)
  end)

  it("starts plumb with its own loader and libraries, and trusts its own certificates unless told", function()
    if not needs() then return end
    local stub = folder .. "/stub"
    process.shell(("mkdir -p %s/lib && cp %s/bootstrap %s"):format(stub, task_root, stub))
    process.write(stub .. "/lib/ld.so", '#!/bin/sh\necho "$@" "$AWS_CA_BUNDLE"\n')
    process.shell("chmod 755 " .. stub .. "/lib/ld.so")
    local ours = process.run({ stub .. "/bootstrap" })
    assert.equal(("--inhibit-cache --library-path S/lib S/plumb lambda S/ca-certificates.crt\n"):gsub("S", stub),
      ours.out)
    local theirs = process.run({ stub .. "/bootstrap" }, { env = { AWS_CA_BUNDLE = "/var/task/company.pem" } })
    assert.matches(" /var/task/company.pem\n$", theirs.out)
    assert.equal(127, process.run({ "sh", "-c", "PATH=" .. stub .. " bootstrap" }).code)
  end)
end)
