-- What people get when they press Tab: in the shells themselves, as far as these are installed, with a state that a
-- scan has made, and without a network.

local process = require("support.process")
local simulator = require("support.simulator_process")

local BASH = [=[
source <(plumb completion bash)
compopt() { echo "compopt $*"; }
COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
_plumb plumb
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
]=]

-- A terminal with zsh in it: types the line and a Tab, then asks zsh what its line is now. The prompt says when zsh
-- is ready.
local ZSH = [=[
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1=; autoload -U compinit && compinit -u -D; source <(plumb completion zsh); bindkey '^I' complete-word"
zpty -w z "show() { BUFFER=\"print -r -- \${(qq)BUFFER}DO\"NE; zle accept-line }; zle -N show; bindkey '^X' show"
zpty -w z 'print REA""DY'
zpty -r z text '*READY*'
zpty -w -n z "$1"$'\t'$'\x18'
zpty -r z text '*DONE*DONE*'
print -r -- $text
]=]

describe("pressing Tab", function()
  local stage, path

  setup(function()
    stage = simulator.start()
    stage:document("scan --yes --json")
    os.execute(("mkdir %s/bin && ln -s %s %s/bin/plumb"):format(stage.folder, simulator.binary, stage.folder))
    path = ("%s/bin:%s"):format(stage.folder, os.getenv("PATH"))
  end)
  teardown(function() stage:stop() end)

  local function shell(program, ...)
    local env = { PATH = path }
    for name, value in pairs(stage.env) do env[name] = value end
    local result = process.run({ "env", "PATH=" .. path, program, ... }, { env = env })
    assert.equal("", result.err)
    return result.out
  end

  local function bash(line) return shell("bash", "-c", BASH, "bash", line) end

  it("completes in bash", function()
    assert.equal("scan\nschedule\nschema\n", bash("plumb sc"))
    assert.equal("billing\n", bash("plumb scan --workload bi"))
    assert.equal("billing\n", bash("plumb scan --workload=bi"))
    assert.equal([[Kasse\ \"Zürich\"\ \<b\>\&\ Söhne\</b\>\ 🚀\ \'n\ more]] .. "\n", bash("plumb scan --workload K"))
    assert.equal("compopt -o default\n", bash("plumb apply "))
    assert.equal("compopt -o nospace\nOpsItemId=\n", bash("plumb call ssm.GetOpsItem OpsItemI"))
  end)

  it("completes in fish", function()
    if not process.has_program("fish") then return pending("fish is not installed") end
    local function fish(line)
      return shell("fish", "--no-config", "-c", "plumb completion fish | source; complete -C $argv[1]", "--", line)
    end
    assert.equal("scan\tPlan and create OpsItems for missing best practices\n"
      .. "schedule\tShow when a schedule expression fires next\n"
      .. "schema\tDescribe a policy field, an AWS operation or a shape\n", fish("plumb sc"))
    assert.equal("billing\tus-east-1:111122223333\n", fish("plumb scan --workload bi"))
    assert.equal("--policy=README.md\n", fish("plumb scan --policy=REA"))
    assert.truthy(fish("plumb init exam"):find("^examples/"))
  end)

  it("completes in zsh", function()
    if not process.has_program("zsh") then return pending("zsh is not installed") end
    local function zsh(line)
      return shell("zsh", "-f", "-c", ZSH, "zsh", line):gsub("\r", ""):match("\n(plumb[^\n]*) DONE\n")
    end
    assert.equal("plumb cleanup", zsh("plumb clea"))
    assert.equal("plumb scan --workload billing", zsh("plumb scan --workload bi"))
    assert.equal([[plumb scan --workload Kasse\ \"Zürich\"\ \<b\>\&\ Söhne\</b\>\ 🚀\ \'n\ more]],
      zsh("plumb scan --workload K"))
  end)

  local function offered(...)
    local result = stage:plumb({ "__complete", "fish", "--", ... })
    assert.equal(0, result.code)
    assert.equal("", result.err)
    return result.out
  end

  it("knows the workloads and the open items of the state", function()
    local items = stage:document("item list --json").items
    for _, item in ipairs(items) do
      assert.truthy(offered("item", "show", item.id):find("^" .. item.id:gsub("%-", "%%-") .. "\t"), item.id)
    end
    assert.truthy(offered("call", "wa.GetWorkload", "WorkloadId="):find("\tbilling\n", 1, true))
    assert.truthy(offered("risk", "show", "bi"):find("^billing/rel_recovery\tHIGH How do"))
    assert.equal("", offered("scan", "--state", stage.folder .. "/none.db", "--workload", "b"))
    assert.is_false(process.exists(stage.folder .. "/none.db"))
  end)

  it("knows the profiles of AWS's files", function()
    os.execute("mkdir -p " .. stage.home .. "/.aws")
    process.write(stage.home .. "/.aws/config", "[profile prod]\nregion = eu-west-1\n[profile prod-read]\n")
    assert.equal("prod\nprod-read\n", offered("scan", "--profile", ""))
    process.write(stage.home .. "/.aws/config", "[profile prod\n")
    assert.equal("", offered("scan", "--profile", ""))
    os.remove(stage.home .. "/.aws/config")
  end)

  it("asks nobody: no call is made, and the network is not even loaded", function()
    stage:forget()
    local script = process.write(stage.folder .. "/tab.lua", [[
      local complete = require "plumb.cli.complete"
      for _, words in ipairs { { "" }, { "scan", "--workload", "" }, { "item", "show", "" }, { "help", "" },
          { "--profile", "" }, { "call", "wa.GetWorkload", "WorkloadId=" }, { "--set", "" } } do
        local current = table.remove(words)
        assert(complete.at(words, current))
      end
      return package.loaded["engine.http"] == nil and package.loaded["plumb.transport"] == nil
    ]])
    assert.equal(0, stage:plumb({ "run", script }).code)
    assert.same({}, stage:journal())
  end)

  it("is silent where a line cannot be understood", function()
    for _, words in ipairs({ { "scna", "" }, { "call", "nothing", "" }, { "scan", "--limit", "" },
      { "scan", "--nope=" }, { "scan", "--workload", "[%" }, { "call", "wa.", "=" } }) do
      offered(table.unpack(words))
    end
    process.write(stage.folder .. "/broken.db", ("no database"):rep(1000))
    assert.equal("", offered("scan", "--state", stage.folder .. "/broken.db", "--workload", ""))
  end)
end)
