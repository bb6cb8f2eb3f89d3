local version = require("commands.version")

describe("plumb version", function()
  local said

  local function fake_cli()
    said = {}
    return { out = function(text) said.text = text end, json = function(value) said.json = value end }
  end

  it("prints one line", function()
    version.run({}, fake_cli())
    assert.equal("plumb " .. require("plumb.build").version, said.text)
  end)

  it("adds the libraries for --json", function()
    version.run({ json = true }, fake_cli())
    assert.is_nil(said.text)
    assert.equal(require("plumb.build").version, said.json.version)
    assert.truthy(said.json.lua:find("5%.4"))
  end)
end)
