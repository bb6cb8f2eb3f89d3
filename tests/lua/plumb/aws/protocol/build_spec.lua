-- Requests of a made-up service, one trap each; the wide test is
-- conformance/protocol_spec.lua.

local json = require "plumb.json"
local protocol = require "plumb.aws.protocol"

local SHAPES = {
  In = { type = "structure", members = {
    Key = { shape = "Text", location = "uri", locationName = "Key" },
    Rest = { shape = "Text", location = "uri", locationName = "Rest" },
    Tags = { shape = "List", location = "querystring", locationName = "tag" },
    Any = { shape = "Map", location = "querystring" },
    Names = { shape = "List", location = "header", locationName = "X-Names" },
    Meta = { shape = "Map", location = "headers", locationName = "X-Meta-" },
    Body = { shape = "Text" }, Items = { shape = "List" }, More = { shape = "Map" }, Size = { shape = "Double" },
    Count = { shape = "Long" }, At = { shape = "Time" }, Raw = { shape = "Blob" }, Tree = { shape = "Tree" },
  } },
  HostIn = { type = "structure", members = { Label = { shape = "Text", hostLabel = true } } },
  Tree = { type = "structure", members = { Child = { shape = "Tree" }, Name = { shape = "Text" } } },
  Text = { type = "string" }, Double = { type = "double" }, Long = { type = "long" }, Time = { type = "timestamp" },
  Blob = { type = "blob" }, List = { type = "list", member = { shape = "Text" } },
  Map = { type = "map", key = { shape = "Text" }, value = { shape = "Text" } },
}

local function service(name, http)
  return {
    name = "odd", service_id = "Odd", protocol = name, json_version = "1.1", target_prefix = "Odd", api_version = "1",
    operations = {
      Do = { http = http or "POST /", input = "In" }, Nothing = { http = "POST /" },
      Host = { http = "POST /", input = "HostIn", host_prefix = "{Label}.data." },
    },
    shapes = SHAPES,
  }
end

local function rest(input, http)
  return protocol.build(service("rest-json", http or "POST /k/{Key}/{Rest+}?fixed=1"), "Do", input)
end

local function rpc(input) return protocol.build(service "json", "Do", input) end

describe("restJson1", function()
  it("encodes an ARN in a path once, and a greedy label but for its slashes", function()
    assert.equal("/k/arn%3Aaws%3Ax%2Fy/a/b%20c", rest({ Key = "arn:aws:x/y", Rest = "a/b c" }).path)
  end)

  it("repeats a list in the query, beside what is constant", function()
    assert.equal("fixed=1&tag=a%26b&tag=", rest({ Key = "k", Rest = "r", Tags = { "a&b", "" } }).query)
  end)

  it("lets a named member win over the same key of a map", function()
    assert.equal("fixed=1&a=1&tag=named", rest({
      Key = "k", Rest = "r", Tags = { "named" }, Any = { tag = "map", a = "1" },
    }).query)
  end)

  it("quotes elements of a header list that hold commas or quotes", function()
    local headers = rest({ Key = "k", Rest = "r", Names = { "a,b", 'c"d', "e" }, Meta = { One = "1" } }).headers
    assert.equal([["a,b", "c\"d", e]], headers["x-names"])
    assert.equal("1", headers["x-meta-one"])
  end)

  it("has no body and no content type without an input", function()
    local parts = protocol.build(service "rest-json", "Nothing", {})
    assert.equal("", parts.body)
    assert.is_nil(parts.headers["content-type"])
  end)
end)

describe("awsJson", function()
  it("writes empty lists as lists and empty maps as objects", function()
    assert.equal('{"Items":[],"More":{}}', rpc({ Items = {}, More = {} }).body)
  end)

  it("sends an object even without an input", function()
    assert.equal("{}", protocol.build(service "json", "Nothing", {}).body)
  end)

  it("escapes what JSON wants escaped and nothing else", function()
    local text = 'q"b\\ n\n t\t z\0 u\31 d\127 ü/'
    local body = rpc({ Body = text }).body
    assert.equal(text, json.decode(body).Body)
    assert.truthy(body:find("ü/", 1, true))
    assert.is_nil(body:find("%c"))
  end)

  it("keeps numbers exact", function()
    assert.equal('{"Count":9007199254740993,"Size":0.1}', rpc({ Count = 9007199254740993, Size = 0.1 }).body)
    assert.equal('{"Count":3}', rpc({ Count = 3.0 }).body)
    assert.equal('{"Size":"NaN"}', rpc({ Size = 0 / 0 }).body)
    assert.equal('{"Size":"-Infinity"}', rpc({ Size = -math.huge }).body)
  end)

  it("takes timestamps as numbers and as text", function()
    assert.equal('{"At":1767322800.5}', rpc({ At = 1767322800.5 }).body)
    assert.equal('{"At":1767322800}', rpc({ At = "2026-01-02T03:00:00Z" }).body)
  end)

  it("encodes blobs", function()
    assert.equal('{"Raw":"AP8="}', rpc({ Raw = "\0\255" }).body)
  end)

  it("follows a shape that holds itself", function()
    local tree = { Child = { Child = { Name = "x" } } }
    assert.equal('{"Tree":{"Child":{"Child":{"Name":"x"}}}}', rpc({ Tree = tree }).body)
  end)

  it("leaves out what is null", function()
    assert.equal("{}", rpc({ Body = json.null }).body)
  end)

  it("puts a label into the host, when it can be one", function()
    assert.equal("a1.data.", protocol.build(service "json", "Host", { Label = "a1" }).host_prefix)
    for _, label in ipairs { "a/b", "a@b", "", "-a", ("a"):rep(64) } do
      assert.has_error(function() protocol.build(service "json", "Host", { Label = label }) end)
    end
  end)
end)

describe("the query protocol", function()
  it("counts lists and maps from one and sorts what has no order", function()
    local parts = protocol.build(service "query", "Do", {
      Items = { "a", "b c" }, More = { z = "1", a = "&" }, Body = "x=y",
    })
    assert.equal("Action=Do&Version=1&Body=x%3Dy&Items.member.1=a&Items.member.2=b%20c&More.entry.1.key=a"
      .. "&More.entry.1.value=%26&More.entry.2.key=z&More.entry.2.value=1", parts.body)
  end)

  it("says an empty list with an empty value", function()
    assert.equal("Action=Do&Version=1&Items=", protocol.build(service "query", "Do", { Items = {} }).body)
  end)
end)
