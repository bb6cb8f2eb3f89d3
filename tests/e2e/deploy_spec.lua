-- examples/deploy against what it is made for: nothing there may go its own way.

local cloudformation = require("support.cloudformation")
local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local state_table = require("plumb.store.dynamodb.table")

local HERE = "examples/deploy/"
local TEMPLATE = HERE .. "cloudformation.yaml"
local PLACE = { ["AWS::Partition"] = "aws-cn", ["AWS::Region"] = "cn-north-1", ["AWS::AccountId"] = "111122223333",
  CodeBucket = "bucket", CodeKey = "plumb.zip" }

local function plumb(...)
  local result = process.run({ simulator.binary, ... }, { env = { LANG = "C.UTF-8" } })
  assert.equal(0, result.code, result.all)
  return result.out
end

local function with(values)
  local all = {}
  for _, given in ipairs { PLACE, values or {} } do
    for name, value in pairs(given) do all[name] = value end
  end
  return all
end

describe("the CloudFormation template", function()
  local template, resources, used

  setup(function()
    if not cloudformation.can_read() then return end
    template = cloudformation.read(TEMPLATE)
    local resolved
    resolved, used = cloudformation.resolve(template, PLACE)
    resources = resolved.Resources
  end)

  local function check(name, fn)
    it(name, function()
      if not template then return pending "python3 and its yaml (Debian package python3-yaml)" end
      fn()
    end)
  end

  local function policy(role, name)
    for _, one in ipairs(role.Properties.Policies) do
      if one.PolicyName == name then return one.PolicyDocument end
    end
  end

  check("uses every parameter, and names of things that exist", function()
    for name in pairs(template.Parameters) do assert.is_true(used[name] or name == "AlarmTopic", name) end
    local far = cloudformation.resolve(template, with { AlarmTopic = "arn:topic" })
    assert.same({ "arn:topic" }, far.Resources.RunFailed.Properties.AlarmActions)
    assert.equal(json.null, resources.RunFailed.Properties.AlarmActions)
  end)

  check("gives the function the permissions that plumb generate prints, no more and no less", function()
    local printed = assert(json.decode(plumb("generate", "iam-policy", "--for", "serve", "--state", "dynamodb:ours",
      "--account", PLACE["AWS::AccountId"], "--region", PLACE["AWS::Region"])))
    local own = cloudformation.resolve(template, with { Name = "ours" }).Resources
    assert.same(printed, policy(own.Role, "plumb"))
    assert.equal("dynamodb:ours", own.Function.Properties.Environment.Variables.PLUMB_STATE)
    assert.equal("ours", own.State.Properties.TableName)
  end)

  check("gives it beside them its queue, its log, and the roles of other accounts when there are any", function()
    local queue, log = table.unpack(policy(resources.Role, "sandbox").Statement)
    assert.same({ "att:Hints.Arn" }, queue.Resource)
    assert.same({ "att:Log.Arn" }, log.Resource)
    assert.equal(3, #resources.Role.Properties.Policies)
    assert.equal(json.null, resources.Role.Properties.Policies[3])
    local far = cloudformation.resolve(template, with { RolesToAssume = json.list { "arn:a", "arn:b" } }).Resources
    assert.same({ { Sid = "Assume", Effect = "Allow", Action = { "sts:AssumeRole" },
      Resource = { "arn:a", "arn:b" } } }, policy(far.Role, "accounts").Statement)
  end)

  check("makes the table that plumb state init makes, and keeps it", function()
    local made = state_table.input "plumb"
    local properties = {}
    for name, value in pairs(resources.State.Properties) do properties[name] = value end
    properties.PointInTimeRecoverySpecification = nil -- an own call for those who make a table through the API
    assert.same(made, properties)
    assert.equal("Retain", resources.State.DeletionPolicy)
  end)

  check("brings hints to the function in the form that it reads, and in time", function()
    local mapping, queue = resources.HintsToFunction.Properties, resources.Hints.Properties
    assert.same({ "ReportBatchItemFailures" }, mapping.FunctionResponseTypes)
    assert.equal("att:Hints.Arn", mapping.EventSourceArn)
    assert.is_true(queue.VisibilityTimeout >= 6 * resources.Function.Properties.Timeout)
    assert.is_false(resources.TopicToHints.Properties.RawMessageDelivery)
    assert.equal("att:DeadLetters.Arn", queue.RedrivePolicy.deadLetterTargetArn)
    local senders = {}
    for _, statement in ipairs(resources.HintsPolicy.Properties.PolicyDocument.Statement) do
      senders[statement.Principal.Service] = statement.Condition.ArnEquals["aws:SourceArn"]
    end
    assert.same({ ["sns.amazonaws.com"] = "ref:Topic", ["events.amazonaws.com"] = "att:OpsItemRule.Arn" }, senders)
    local source = require("plumb.policy").load({ env = function() end }).source
    assert.same({ source }, resources.OpsItemRule.Properties.EventPattern.detail.source)
  end)

  check("has a schedule that fires, and one that may invoke", function()
    assert.equal(2, #assert(json.decode(plumb("schedule", "next", resources.ScheduleRule.Properties.ScheduleExpression,
      "-n", "2", "--json"))).next)
    assert.equal("att:ScheduleRule.Arn", resources.SchedulePermission.Properties.SourceArn)
  end)

  check("is for every partition, and starts the zip", function()
    assert.is_nil(process.read(TEMPLATE):find("arn:aws", 1, true))
    assert.equal("provided.al2023", resources.Function.Properties.Runtime)
    assert.equal("JSON", resources.Function.Properties.LoggingConfig.LogFormat)
  end)

  it("is one that cfn-lint likes", function()
    if process.run({ "cfn-lint", "--version" }).code ~= 0 then return pending "cfn-lint (no Debian package)" end
    local result = process.run({ "cfn-lint", TEMPLATE })
    assert.equal(0, result.code, result.all)
  end)
end)

describe("the systemd units", function()
  local folder

  setup(function()
    folder = process.folder()
    for _, name in ipairs { "plumb.service", "plumb@.service", "plumb@.timer" } do
      local text = process.read(HERE .. "systemd/" .. name)
      process.write(folder .. "/" .. name:gsub("@", "@scan"), (text:gsub("/usr/bin/plumb", function()
        return simulator.binary
      end)))
    end
  end)
  teardown(function() process.remove(folder) end)

  local function analyze(...)
    if not process.has_program("systemd-analyze") then pending "systemd-analyze (Debian package systemd)" end
    return process.run({ "systemd-analyze", ... })
  end

  it("are good ones", function()
    local result = analyze("verify", "--man=no", folder .. "/plumb.service", folder .. "/plumb@scan.service",
      folder .. "/plumb@scan.timer")
    assert.equal(0, result.code, result.all)
    assert.equal("", result.err)
  end)

  it("leave plumb nothing but what it needs", function()
    for _, name in ipairs { "plumb.service", "plumb@scan.service" } do
      local result = analyze("security", "--offline=true", "--threshold=20", folder .. "/" .. name)
      assert.equal(0, result.code, result.out:sub(-200))
    end
  end)
end)

describe("the other ways to run it", function()
  -- The command lines of plumb in a text: at the beginning of a line, or of a command in one of cron's.
  local function commands(text)
    local list = {}
    for line in text:gmatch "[^\n]+" do
      line = line:gsub("^[%d*]+ %* %* %* %* plumb ", ""):gsub("%s+#.*", "")
      for command in (line:find "^plumb " and line or ""):gmatch "[^;]+" do
        local argv = {}
        for word in command:gsub(">%S+", ""):gmatch "%S+" do argv[#argv + 1] = word end
        assert.equal("plumb", table.remove(argv, 1))
        list[#list + 1] = require("plumb.cli").parse(argv)
      end
    end
    return list
  end

  it("have command lines that plumb reads, and that write without a question", function()
    local found = commands(process.read(HERE .. "plumb.cron"))
    assert.equal(2, #found)
    for _, line in ipairs(found) do assert.is_true(line.args.yes and line.args.quiet) end
    assert.is_true(#commands(process.read(HERE .. "README.md")) >= 4)
  end)

  local function has_word(text, word) return text:find("%s" .. word:gsub("%p", "%%%0") .. "%s") ~= nil end

  it("build the container from the packages of ./dev, and run it with those that plumb is linked to", function()
    local text = process.read(HERE .. "Containerfile")
    local build, run = text:match "^(.*)\nFROM(.*)$"
    for name in process.read("dev"):match("\nPACKAGES=(%b())"):gmatch "[%w.-]+" do
      if name ~= "libedit-dev" and name ~= "ca-certificates" then
        assert.is_true(has_word(build, name), name)
      end
    end
    if not process.has_program "dpkg-query" then return pending "dpkg-query" end
    local headers = process.run({ "objdump", "-p", simulator.binary }).out
    for library in headers:gmatch "NEEDED +(%S+)" do
      local package = process.shell("dpkg-query -S '*/" .. library .. "' | head -1"):match "^[^:]+"
      if package ~= "libc6" and package ~= "libedit2" and not library:find "san%.so" then
        assert.is_true(has_word(run, package), package)
      end
    end
  end)
end)
