local digest = require("plumb.digest")
local secret = require("plumb.secret")

describe("digest", function()
  it("computes SHA-256, MD5 and SHA-1", function()
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      digest.hex(digest.sha256("abc")))
    assert.equal("900150983cd24fb0d6963f7d28e17f72", digest.hex(digest.md5("abc")))
    assert.equal("a9993e364706816aba3e25717850c26c9cd0d89d", digest.hex(digest.sha1("abc")))
    assert.equal(32, #digest.sha256(""))
  end)

  it("computes HMAC-SHA-256, RFC 4231 case 2", function()
    assert.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      digest.hex(digest.hmac_sha256("Jefe", "what do ya want for nothing?")))
  end)

  it("computes the CRC-32 of x-amz-crc32", function()
    assert.equal(0xcbf43926, digest.crc32("123456789"))
  end)

  it("goes to base64 and back, any byte", function()
    local all = {}
    for i = 0, 255 do
      all[i + 1] = string.char(i)
    end
    local bytes = table.concat(all)
    for n = 0, 8 do
      assert.equal(bytes:sub(1, 256 - n), digest.unbase64(digest.base64(bytes:sub(1, 256 - n))))
    end
    assert.equal("Zm9vYg==", digest.base64("foob"))
  end)

  it("gives nil for what is not exactly base64", function()
    for _, text in ipairs { "Zg", "Zg=", "Zh==", "Zm9v\n", "Zm9-", "====" } do
      assert.is_nil(digest.unbase64(text))
    end
  end)

  it("digests secrets and does not give them away", function()
    local key = secret.new("Jefe")
    assert.equal(digest.hmac_sha256("Jefe", "x"), digest.hmac_sha256(key, "x"))
    assert.equal(digest.sha256("Jefe"), digest.sha256(key))
    assert.error(function() digest.hex(key) end)
    assert.error(function() digest.base64(key) end)
  end)

  it("raises on what is no string", function()
    assert.error(function() digest.sha256(12) end)
    assert.error(function() digest.sha256(nil) end)
    assert.error(function() digest.hex({}) end)
  end)
end)
