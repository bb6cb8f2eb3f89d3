local cli = require("plumb.cli")
local help = require("commands.help")
local catalogue = require("plumb.problem.catalogue")
local problem = require("plumb.problem")

describe("plumb help", function()
  local function text_of(args)
    local text
    help.run(args, { out = function(t) text = t end })
    return text
  end

  it("without a topic is plumb --help", function()
    assert.truthy(text_of({}):find("Usage: plumb COMMAND", 1, true))
  end)

  it("knows every command", function()
    for _, name in ipairs(cli.names) do
      assert.truthy(text_of({ topic = name }):find("plumb " .. name .. ": ", 1, true), name)
    end
  end)

  it("explains every error id, in any case", function()
    for id, entry in pairs(catalogue) do
      local text = text_of({ topic = id:lower() })
      assert.truthy(text:find(entry.title, 1, true), id)
      assert.truthy(text:find("exit code " .. entry.exit, 1, true), id)
    end
  end)

  it("has the topics that ux promises", function()
    assert.truthy(text_of({ topic = "environment" }):find("AWS_ENDPOINT_URL", 1, true))
    assert.truthy(text_of({ topic = "errors" }):find("E201", 1, true))
    for _, word in ipairs({ "implemented", "not_applicable", "accepted: until", "ignore", "OUT_OF_SCOPE" }) do
      assert.truthy(text_of({ topic = "outcomes" }):find(word, 1, true), word)
    end
    local codes = text_of({ topic = "exit-codes" })
    for _, code in ipairs({ 0, 1, 2, 4, 5, 7, 8, 9, 70, 130, 143 }) do
      assert.truthy(codes:find("\n  " .. code .. " ", 1, true), code)
    end
  end)

  it("names every exit code of the catalogue", function()
    local codes = text_of({ topic = "exit-codes" })
    for id, entry in pairs(catalogue) do
      assert.truthy(codes:find("\n  " .. entry.exit .. " ", 1, true), id)
    end
  end)

  it("describes services and operations", function()
    assert.truthy(text_of({ topic = "wa" }):find("\n  ListAnswers\n", 1, true))
    local text = text_of({ topic = "wa.ListAnswers" })
    assert.truthy(text:find("wellarchitected.ListAnswers: reads", 1, true))
    assert.truthy(text:find("WorkloadId +string +required"))
    assert.truthy(text_of({ topic = "wa.UpdateAnswer" }):find("changes something", 1, true))
    assert.truthy(text_of({ topic = "call", flags = { "wa.GetAnswer" } }):find("wellarchitected.GetAnswer", 1, true))
    assert.truthy(text_of({ topic = "call", flags = { "--json" } }):find("plumb call: ", 1, true))
  end)

  it("suggests a topic for a typo", function()
    local ok, failure = pcall(text_of, { topic = "enviroment" })
    assert.is_false(ok)
    assert.is_true(problem.is(failure))
    assert.truthy(failure.fix:find("did you mean 'environment'?", 1, true))
    assert.equal(2, problem.exit_code(failure))
  end)

  it("is JSON on request", function()
    local value
    help.run({ topic = "E201", json = true }, { json = function(v) value = v end })
    assert.equal("E201", value.topic)
    assert.truthy(value.text:find("credentials", 1, true))
  end)
end)

describe("error ids", function()
  local function each_script(fn)
    for _, name in ipairs(require("plumb.scripts").list()) do
      if not name:find("^plumb/problem/") then
        fn(name, require("plumb.scripts").source(name))
      end
    end
  end

  it("are all in the catalogue", function()
    each_script(function(name, source)
      for id in source:gmatch('"(E[1-9]%d%d)"') do
        assert.truthy(catalogue[id], name .. " uses " .. id)
      end
    end)
  end)
end)
