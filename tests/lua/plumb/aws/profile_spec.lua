-- What the shared cases (conformance/profile_spec.lua) leave open.

local profile = require "plumb.aws.profile"

describe("plumb.aws.profile", function()
  it("reads services sections to their values, without comments", function()
    local found = assert(profile.parse([[
[profile dev]
services = local
[services local]
wellarchitected =
  endpoint_url = http://127.0.0.1:4566 # here
  other = 1
ssm =
  endpoint_url = http://127.0.0.1:4567
]]))
    assert.same({ ["local"] = {
      wellarchitected = { endpoint_url = "http://127.0.0.1:4566", other = "1" },
      ssm = { endpoint_url = "http://127.0.0.1:4567" },
    } }, found.services)
    assert.same({ dev = { services = "local" } }, found.profiles)
  end)

  it("takes quoted names", function()
    local found = assert(profile.parse(
      '[profile "my team"]\nregion = eu-west-1\n', "['my team']\naws_access_key_id = A\n"))
    assert.same({ ["my team"] = { region = "eu-west-1", aws_access_key_id = "A" } }, found.profiles)
  end)

  it("skips a byte order mark and needs no newline at the end", function()
    assert.same({ default = { a = "b" } }, profile.parse("\239\187\191[default]\r\na = b").profiles)
  end)

  it("refuses NUL bytes and endless lines, naming file and line", function()
    for _, text in ipairs { "[default]\na = b\0c\n", "[default]\na = " .. ("x"):rep(70000) .. "\n" } do
      local found, e = profile.parse(text, nil, { config = "/some/config" })
      assert.is_nil(found)
      assert.truthy(e.message:find("/some/config, line 2", 1, true))
      assert.equal(2, e.line)
    end
  end)

  it("never shows a value", function()
    for _, text in ipairs { "[default]\nsecret hush\n", "[default]\n= hush\n", "hush\n", "[default]\ns3 =\n hush\n" } do
      local found, e = profile.parse(nil, text)
      assert.is_nil(found)
      assert.is_nil(e.message:find("hush", 1, true))
    end
  end)

  it("does not let one profile's continuation reach into another", function()
    local found = profile.parse("[profile in valid]\na = 1\n  b\n[profile ok]\nc = d\n")
    assert.same({ ok = { c = "d" } }, found.profiles)
  end)
end)
