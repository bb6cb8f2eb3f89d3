local binary = require("support.binary")

local function repl(arguments, opts)
  return binary.run(table.move(arguments, 1, #arguments, 2, { "repl" }), opts)
end

describe("plumb repl", function()
  it("reads standard input without a prompt", function()
    local result = repl({}, { input = "x = 20\nx + 1\nfor i = 1, 2 do\nprint(i)\nend\n" })
    assert.equal("21\n1\n2\n", result.out)
    assert.equal("", result.err)
    assert.equal(0, result.code)
  end)

  it("goes on after errors and says at the end that there were some", function()
    local result = repl({}, { input = "nil + 1\n2\nif true then" })
    assert.equal("2\n", result.out)
    assert.equal(2, select(2, result.err:gsub("error: repl:1: ", "")))
    assert.equal(1, result.code)
  end)

  it("leaves at .quit", function()
    assert.equal("1\n", repl({}, { input = "1\n.quit\n2\n" }).out)
  end)

  it("evaluates -e, as JSON on request", function()
    assert.equal("2\n", repl({ "-e", "1 + 1" }).out)
    assert.equal('{"a":[1]}\n', repl({ "--json", "-e", "{ a = require('plumb.json').list({ 1 }) }" }).out)
    assert.equal("null\n", repl({ "--json", "-e", "nil" }).out)
    local result = repl({ "-e", "error('x')" })
    assert.equal(1, result.code)
    assert.truthy(result.err:find("[E410]", 1, true))
    assert.truthy(result.err:find("repl:1", 1, true))
  end)

  it("has AWS at hand and shows lists as tables", function()
    local result = repl({ "--sim" }, { input = "wa.ListWorkloads{}\nsts.GetCallerIdentity().Account\n" })
    assert.equal("", result.err)
    assert.truthy(result.out:find("#  WorkloadName", 1, true))
    assert.truthy(result.out:find("  1  shop-prod", 1, true))
    assert.truthy(result.out:find('"111122223333"', 1, true))
  end)

  local CREATE = 'ssm.CreateOpsItem{ Title = "x", Description = "y", Source = "z" }'

  it("is read-only", function()
    local result = repl({ "--sim", "-e", CREATE })
    assert.equal(2, result.code)
    assert.truthy(result.err:find("[E107]", 1, true))
    assert.truthy(result.err:find("plumb repl --write", 1, true))
  end)

  it("stays read-only whatever the code tries", function()
    local result = repl({ "--sim", "-e", "plumb.args.dry_run = false; plumb.aws.read_only = false; return " .. CREATE })
    assert.equal(2, result.code)
    assert.truthy(result.err:find("[E107]", 1, true))
  end)

  it("writes with --write", function()
    local result = repl({ "--sim", "--write", "-e", CREATE })
    assert.equal("", result.err)
    assert.truthy(result.out:find("OpsItemId +\"oi%-"))
  end)

  it("needs no credentials for what needs none", function()
    assert.equal(0, repl({ "-e", "1" }).code)
    local result = repl({ "-e", "wa.ListWorkloads()" }, { env = { AWS_REGION = "eu-west-1",
      AWS_EC2_METADATA_DISABLED = "true" } })
    assert.equal(4, result.code)
    assert.truthy(result.err:find("[E201]", 1, true))
  end)

  it("aligns tables without a locale", function()
    local result = repl({ "-e", '{ { Name = "é", Id = "1" }, { Name = "漢🔥", Id = "2" } }' }, { env = { LANG = "" } })
    assert.equal(table.concat({
      "  #  Name  Id",
      "  -  ----  --",
      "  1  é     1",
      "  2  漢🔥  2",
      "",
    }, "\n"), result.out)
  end)

  it("gives a listing as JSON, all of it", function()
    local result = repl({ "--sim", "--json", "-e", "wa.ListWorkloads{}" })
    assert.equal(5, #require("plumb.json").decode(result.out))
    result = repl({ "--sim", "-o", "csv", "-e", "workloads()" })
    assert.equal("WorkloadName,", result.out:sub(1, 13))
  end)

  it("says where typed code went wrong, and never shows a traceback", function()
    for _, code in ipairs({ "nil + 1", "wa.Nope{}", "wa.GetWorkload{ X = 1 }", "risks{ x = 1 }", "policy.nope",
      "error({})", "string.rep()", "help(nil, nil, 'x') + 1", "error(nil)", "whatif{}" }) do
      local result = repl({ "--sim", "-e", code })
      assert.is_true(result.code > 0, code)
      assert.falsy(result.err:find("traceback", 1, true), code)
      assert.falsy(result.err:find("scripts/", 1, true), code .. result.err)
      assert.falsy(result.err:find("crash", 1, true), code)
    end
  end)

  it("shows no escape character off a terminal", function()
    local result = repl({}, { input = '"\\27[2J"\nerror("\\27[31m")\n' })
    assert.falsy((result.out .. result.err):find("\27"))
  end)
end)
