local places = require("plumb.repl.place")
local problem = require("plumb.problem")
local talk = require("support.talk")

local SERVICE = { name = "ssm" }

describe("the place of a session", function()
  -- It may write from the start: a gate that is held would stay so for all other specs.
  local function led(answers)
    local asked = {}
    local place = places.new({ sim = true, write = true, verbose = 0 }, talk.new({}), { ask = function(question)
      asked[#asked + 1] = question
      return table.remove(answers, 1)
    end })
    return place, asked
  end

  local function change(place, input)
    local ok, failure = pcall(place.before_change, place, SERVICE, "UpdateOpsItem", input or { OpsItemId = "oi-1" })
    return ok or failure
  end

  it("asks before each change and takes nothing but yes for it", function()
    local place, asked = led({ "y", "Yes ", "n", "", "yse" })
    assert.is_true(change(place))
    assert.is_true(change(place))
    for _ = 1, 4 do -- at the end nobody answers at all: Ctrl-D
      assert.equal("E108", change(place).id)
    end
    assert.equal("ssm.UpdateOpsItem (OpsItemId oi-1) in sim:us-east-1? [y/N/a] ", asked[1])
    assert.equal(6, #asked)
  end)

  it("asks no more after all, until writing is turned off", function()
    local place, asked = led({ "a", "n" })
    assert.is_true(change(place))
    assert.is_true(change(place))
    assert.equal(1, #asked)
    place.all_changes = false -- what .write does
    assert.equal("E108", change(place).id)
  end)

  it("names what is changed and not what it is changed to", function()
    local place, asked = led({ "y" })
    change(place, { OpsItemId = "oi-1", Title = "a secret plan", QueueUrl = "u", LongId = ("x"):rep(300), Tags = {} })
    assert.truthy(asked[1]:find("(OpsItemId oi-1, QueueUrl u)", 1, true))
  end)

  it("is told by profile and Region, as the files say", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write("[profile prod]\nregion = eu-west-1\n[profile bare]\n")
    file:close()
    local cli = talk.new({})
    cli.env = function(name) return ({ AWS_CONFIG_FILE = path, HOME = "/nonexistent" })[name] end
    local place = places.new({ write = true, profile = "prod", verbose = 0 }, cli)
    assert.equal("prod:eu-west-1", place:name())
    place:go({ profile = "bare" })
    assert.equal("bare", place:name())
    local ok, failure = pcall(place.go, place, { profile = "prdo" })
    assert.is_false(ok)
    assert.is_true(problem.is(failure))
    assert.equal("bare", place:name()) -- where it was
    place:go({ region = "us-west-2" })
    assert.equal("bare:us-west-2", place:name())
    place:go({ sim = true })
    assert.equal("sim:us-west-2", place:name())
    os.remove(path)
  end)

  it("says how to write to whoever may not", function()
    local place = led({})
    assert.truthy(place:read_only_problem("ssm.UpdateOpsItem").fix:find(".write on", 1, true))
    place = places.new({ sim = true, write = true, verbose = 0 }, talk.new({}))
    assert.equal("plumb repl --write", place:read_only_problem("ssm.UpdateOpsItem").fix)
  end)
end)
