local locate = require("plumb.policy.locate")

-- "line:column" of the key and of the value of each path.
local function places(text)
  local found = {}
  for path, place in pairs(locate.places(text)) do
    found[path] = ("%d:%d %d:%d"):format(place.key.line, place.key.col, place.value.line, place.value.col)
  end
  return found
end

describe("locate", function()
  it("finds every field of the table that a file returns", function()
    assert.same({
      ["lenses"] = "2:3 2:12", ["lenses[1]"] = "2:14 2:14", ["lenses[2]"] = "3:5 3:5",
      ["budget"] = "4:3 4:12", ["budget.run"] = "4:14 4:20", ["budget.month"] = "4:24 4:35",
    }, places('return {\n  lenses = { "a",\n    [[b]] },\n  budget = { run = 5; ["month"] = 3 },\n}'))
  end)

  it("writes odd keys as Lua does", function()
    local found = places('return { tags = { ["a b"] = "x", ["c"] = "y", [1] = "z" } }')
    assert.is_truthy(found['tags["a b"]'])
    assert.is_truthy(found["tags.c"])
    assert.is_truthy(found["tags[1]"])
  end)

  it("is not led astray by tables, returns and ends inside functions", function()
    local found = places([==[
local function helper() return { titel = 1 } end
return {
  title = function(f)
    if f then return { a = 1 } end
    for i = 1, 2 do local t = { b = i } end
    while false do end
    repeat local x = { c = 1 } until true
    return "}" -- } end
  end, --[[ d = { ]] filter = call({ e = 1 }, function() end),
  shared = true,
}]==])
    local names = {}
    for name in pairs(found) do
      names[#names + 1] = name
    end
    table.sort(names)
    assert.same({ "filter", "shared", "title" }, names)
    assert.equal("10:3 10:12", found.shared)
  end)

  it("follows a table that has a name", function()
    local found = places("local p = { a = 1 }\np.b = { c = 2 }\nfunction p.d() end\nreturn p")
    assert.same({ a = "1:13 1:17", b = "2:3 2:7", ["b.c"] = "2:9 2:13", d = "3:12 3:12" }, found)
  end)

  it("takes whatever it is given", function()
    for _, text in ipairs({ "", "return", "return {", "return { a", "return { a =", "return { ['",
      "return { [a] = 1, }",
      "--[[", "[[", "'\\", "return { a = { } }}", "#!/x\nreturn { a = 1 }", "return f{ a = 1 }", "\0\255" }) do
      assert.is_table(locate.places(text))
    end
    assert.equal("2:10 2:14", places("#!/usr/bin/plumb\nreturn { a = 1 }").a)
  end)

  it("reads keys with escapes", function()
    assert.is_truthy(places([[return { ["a\98\x63\u{e4}\z
      d"] = 1 }]])['["abcäd"]'])
  end)
end)
