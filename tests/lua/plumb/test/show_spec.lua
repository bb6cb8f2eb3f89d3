local show = require("plumb.test.show")

local RESULTS = {
  { file = "a_spec.lua", name = "one <&> \"x\"", status = "passed", seconds = 0.0012 },
  { file = "a_spec.lua", name = "two #tag", status = "failed", seconds = 0.5,
    message = "a_spec.lua:3: no\nPassed in: <b>\1" },
  { file = "b_spec.lua", name = "three", status = "skipped", seconds = 0 },
}

describe("results of specs", function()
  it("end in one line that machines read", function()
    assert.equal("1 passed, 1 failed", show.last_line(RESULTS))
    assert.equal("0 passed, 0 failed", show.last_line({}))
  end)

  it("are TAP", function()
    assert.equal([[
TAP version 13
1..3
ok 1 - a_spec.lua: one <&> "x"
not ok 2 - a_spec.lua: two  tag
# a_spec.lua:3: no
# Passed in: <b>]] .. "\1" .. [[

ok 3 - b_spec.lua: three # SKIP
]], show.tap(RESULTS))
  end)

  it("are JUnit's XML, whatever is in their names", function()
    local xml = show.junit(RESULTS)
    assert.matches('<testsuites tests="3" failures="1" skipped="1" time="0.501">', xml, 1, true)
    assert.matches('name="one &lt;&amp;&gt; &quot;x&quot;" time="0.001"/>', xml, 1, true)
    assert.matches('<failure message="a_spec.lua:3: no">a_spec.lua:3: no\nPassed in: &lt;b&gt;?</failure>', xml, 1,
      true)
    assert.matches('<testsuite name="b_spec.lua" tests="1" failures="0" skipped="1"', xml, 1, true)
    assert.is_table(require("plumb.xml").parse(xml))
  end)

  it("are a JSON document", function()
    local document = show.document(RESULTS)
    assert.is_false(document.ok)
    assert.equal("two #tag", document.tests[2].name)
    assert.is_string(require("plumb.json").encode(document))
  end)
end)
