local policies = require("plumb.policy")
local reference = require("plumb.policy.reference")
local schema = require("plumb.policy.schema")

local entries

describe("the reference of policies", function()
  setup(function()
    entries = reference.entries((policies.read({ text = "return {}", env = function() end })))
  end)

  local function one(name) return (reference.find(entries, name))[1] end

  it("has every setting and hook, each with its type and an explanation", function()
    local names = {}
    for _, entry in ipairs(entries) do
      names[entry.name:match("^[^.]+")] = true
      assert.is_true(#entry.about > 10, entry.name)
      assert.is_true(#entry.expects > 3, entry.name)
      assert.is_nil(entry.about:find("---", 1, true), entry.name)
      assert.is_truthy(entry.default or entry.kind == "hook", entry.name)
    end
    for _, setting in ipairs(schema.settings) do assert.is_true(names[setting[1]] or false, setting[1]) end
    for _, name in ipairs(schema.hook_order) do assert.is_true(names[name] or false, name) end
  end)

  it("says what default.lua says", function()
    assert.equal("500", one("budget.run").default)
    assert.matches("The most new items in one run", one("budget.run").about, 1, true)
    assert.matches("How late by chance", one("serve.jitter").about, 1, true)
    assert.matches("which topics are heard", one("serve.webhook.topics").about, 1, true)
    assert.matches("how \"none of these\" is told", one("none_choices.ids").about:lower(), 1, true)
    assert.equal("string", one("title").returns)
    assert.same({ "workload", "lens" }, one("lens").arguments)
    assert.is_true(one("before_create").waits)
    assert.is_false(one("filter").waits)
  end)

  it("finds tables as a whole, and the name that was meant", function()
    assert.equal(3, #(reference.find(entries, "budget")))
    local found, near = reference.find(entries, "titel")
    assert.same({}, found)
    assert.equal("title", near)
    assert.equal("budget", (select(2, reference.find(entries, "budgt"))))
  end)

  it("is text that ends with the default", function()
    assert.equal("shared: true or false\n\n  Whether workloads that other accounts share with this one count too. "
      .. "Their owner may be running\n  plumb as well, and then every finding would get two items.\n\n"
      .. "  default  false\n  example  shared = true\n", reference.text(one("shared")))
    assert.equal("Regions to read, for example { \"eu-west-1\", \"us-east-1\" }", reference.sentence(one("regions")))
    assert.equal('Whether a line "plumb DAY ITEM CHOICE implemented: TITLE" is added to the notes of a changed answer, '
      .. "which is read first", reference.sentence(one("answer_notes")))
  end)
end)
