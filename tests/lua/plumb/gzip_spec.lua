local gzip = require "plumb.gzip"
local protocol = require "plumb.aws.protocol"

describe("gzip", function()
  it("makes a gzip member, the same for equal input", function()
    local packed = gzip.compress(("plumb "):rep(1000))
    assert.equal("\31\139\8", packed:sub(1, 3)) -- RFC 1952 section 2.3.1: magic and method
    assert.equal("\0\0\0\0", packed:sub(5, 8)) -- no time of modification
    assert.is_true(#packed < 100)
    assert.equal(packed, gzip.compress(("plumb "):rep(1000)))
  end)

  it("compresses bodies of 10 KB and more where the model asks for it", function()
    local service = {
      name = "x", protocol = "json", json_version = "1.1", target_prefix = "X",
      operations = { Put = { http = "POST /", input = "In", compression = { "gzip" } },
        Plain = { http = "POST /", input = "In" } },
      shapes = { In = { type = "structure", members = { Text = { shape = "Text" } } }, Text = { type = "string" } },
    }
    local large = { Text = ("a"):rep(10240) }
    assert.equal("gzip", protocol.build(service, "Put", large).headers["content-encoding"])
    assert.is_true(#protocol.build(service, "Put", large).body < 1000)
    assert.is_nil(protocol.build(service, "Put", { Text = "small" }).headers["content-encoding"])
    assert.is_nil(protocol.build(service, "Plain", large).headers["content-encoding"])
  end)
end)
