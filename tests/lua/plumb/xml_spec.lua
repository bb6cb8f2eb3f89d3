local xml = require "plumb.xml"

describe("plumb.xml", function()
  it("makes a tree of names, attributes, children and text", function()
    local root = assert(xml.parse('<a x="1"><b>one</b><b>t&lt;wo</b>tail</a>'))
    assert.equal("a", root.name)
    assert.same({ x = "1" }, root.attrs)
    assert.equal("tail", root.text)
    assert.equal(2, #root.children)
    assert.equal("one", root.children[1].text)
    assert.equal("t<wo", root.children[2].text)
    assert.same({}, root.children[1].children)
  end)

  it("puts text before and after children together", function()
    assert.equal("before after", xml.parse("<a>before <b>x</b>after</a>").text)
  end)

  it("reads CDATA and an XML declaration", function()
    assert.equal("<x>&", xml.parse('<?xml version="1.0" encoding="UTF-8"?>\n<a><![CDATA[<x>&]]></a>').text)
  end)

  local REFUSED = {
    ["nothing"] = "",
    ["text"] = "Service Unavailable",
    ["an element that stays open"] = "<a><b></b>",
    ["two roots"] = "<a/><b/>",
    ["an unknown entity"] = "<a>&foo;</a>",
    ["a document type"] = '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    ["an external document type"] = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    ["an encoding that does not exist"] = '<?xml version="1.0" encoding="martian"?><a/>',
    ["bytes that are not UTF-8"] = "<a>\255\254\255</a>",
    ["the same attribute twice"] = '<a x="1" x="2"/>',
    ["33 levels"] = ("<a>"):rep(33) .. ("</a>"):rep(33),
    ["more than 4 MiB"] = "<a>" .. ("x"):rep(4 * 1024 * 1024) .. "</a>",
    ["too many elements"] = "<a>" .. ("<b/>"):rep(100000) .. "</a>",
  }
  for what, text in pairs(REFUSED) do
    it("refuses " .. what, function()
      local root, message = xml.parse(text)
      assert.is_nil(root)
      assert.truthy(message:find("^XML"))
    end)
  end

  it("takes 32 levels", function()
    assert.truthy(xml.parse(("<a>"):rep(32) .. ("</a>"):rep(32)))
  end)

  it("works again after a text that it refused half way", function()
    for _ = 1, 200 do xml.parse("<a><b><c>text") end
    assert.equal("ok", xml.parse("<a>ok</a>").text)
  end)

  it("raises for what is not text", function()
    assert.has_error(function() xml.parse(nil) end)
  end)
end)
