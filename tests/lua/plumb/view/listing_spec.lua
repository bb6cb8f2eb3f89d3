local console = require("plumb.cli.console")
local json = require("plumb.json")
local listing = require("plumb.view.listing")
local problem = require("plumb.problem")

local COLUMNS = { { key = "workload" }, { key = "risk" }, { key = "arn" } }
local ROWS = { { workload = "shop", risk = "HIGH", arn = "arn:1" }, { workload = "billing", arn = "arn:2" } }

-- What a listing writes to a pipe.
local function written(args)
  local stream = { text = "" }
  function stream:write(text) self.text = self.text .. text return self end
  function stream.flush() end
  local cli = console.new({ args = args, stdout = stream, stderr = stream, env = function() return nil end,
    tty = { stdin = false, stdout = false, stderr = false } })
  listing.show(cli, { schema = "plumb.spec/1", columns = COLUMNS, eyes = { "risk", "workload" },
    programs = { "workload", "risk" }, rows = ROWS, head = { from = "state" } })
  return stream.text
end

describe("a listing", function()
  it("shows the usual columns", function()
    assert.equal("shop\tHIGH\nbilling\t\n", written({}))
    assert.equal("| risk | workload |\n| --- | --- |\n| HIGH | shop |\n|  | billing |\n",
      written({ output = "markdown" }))
  end)

  it("shows those that are named, in their order", function()
    assert.equal("arn:1\tshop\narn:2\tbilling\n", written({ columns = { "arn", "workload" } }))
    assert.equal("workload\r\nshop\r\nbilling\r\n", written({ output = "csv", columns = { "workload" } }))
  end)

  it("refuses one that is not there, with a suggestion and the list", function()
    local ok, failure = pcall(written, { columns = { "wrkload" } })
    assert.is_false(ok)
    assert.equal("E103", problem.is(failure) and failure.id)
    assert.truthy(failure.fix:find("did you mean 'workload'", 1, true))
    assert.truthy(failure.fix:find("workload, risk, arn", 1, true))
  end)

  it("is a document that says what it is, with the same members in every item", function()
    local document = assert(json.decode(written({ output = "json", json = true })))
    assert.equal("plumb.spec/1", document.schema)
    assert.equal("state", document.from)
    assert.same({ workload = "billing", risk = json.null, arn = "arn:2" }, document.items[2])
  end)

  it("has just the members that were named in JSON too", function()
    local text = written({ output = "json", json = true, columns = { "risk" } })
    assert.equal('{"from":"state","items":[{"risk":"HIGH"},{"risk":null}],"schema":"plumb.spec/1"}\n', text)
    assert.equal('{"risk":"HIGH"}\n{"risk":null}\n', written({ output = "jsonl", columns = { "risk" } }))
  end)
end)
