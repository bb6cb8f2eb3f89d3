local glob = require("plumb.policy.glob")

describe("glob", function()
  it("covers the whole text", function()
    for _, case in ipairs({
      { "prod-shop", "prod-*", true }, { "my-prod-shop", "prod-*", false }, { "prod", "prod-*", false },
      { "", "*", true }, { "", "", true }, { "x", "", false }, { "abc", "a?c", true }, { "ac", "a?c", false },
      { "a.c", "a.c", true }, { "abc", "a.c", false }, { "%d", "%d", true }, { "1", "%d", false },
      { "abcabd", "*abd", true }, { "aXbXc", "a*b*c", true }, { "Prod", "prod", false },
      { "arn:aws:wellarchitected::aws:lens/serverless", "arn:*:lens/*", true },
    }) do
      assert.equal(case[3], glob.match(case[1], case[2]), case[1] .. " " .. case[2])
    end
  end)

  it("takes a whole character for ?", function()
    assert.is_true(glob.match("aüb", "a?b"))
    assert.is_true(glob.match("🔥", "?"))
    assert.is_false(glob.match("üü", "?"))
  end)

  it("says the same as the plainest reading of it, for texts and globs of every kind", function()
    local function reads(text, globbed)
      local first = globbed:sub(1, 1)
      if first == "" then return text == "" end
      if first == "*" then
        for from = 1, #text + 1 do
          if reads(text:sub(from), globbed:sub(2)) then return true end
        end
        return false
      end
      return text ~= "" and (first == "?" or first == text:sub(1, 1)) and reads(text:sub(2), globbed:sub(2))
    end
    local seed = 1
    local function any_of(letters, most)
      local made = {}
      seed = (seed * 1103515245 + 12345) % (1 << 31)
      for i = 1, seed // 65536 % (most + 1) do
        seed = (seed * 1103515245 + 12345) % (1 << 31)
        local at = seed // 65536 % #letters + 1
        made[i] = letters:sub(at, at)
      end
      return table.concat(made)
    end
    local yes = 0
    for _ = 1, 20000 do
      local text, globbed = any_of("aab", 8), any_of("aab**?", 6)
      local expected = reads(text, globbed)
      yes = yes + (expected and 1 or 0)
      if glob.match(text, globbed) ~= expected then assert.equal(expected, text .. " against " .. globbed) end
    end
    assert.is_true(yes > 2000)
  end)

  it("needs no more than text times glob steps", function()
    assert.is_false(glob.match(("a"):rep(5000), ("*a"):rep(40) .. "b"))
    assert.is_true(glob.match(("a"):rep(5000) .. "b", ("*a"):rep(40) .. "b"))
  end)

  it("answers for lists, single globs and absent texts", function()
    assert.is_true(glob.any("b", { "a", "b" }))
    assert.is_true(glob.any("b", "*"))
    assert.is_false(glob.any("b", {}))
    assert.is_false(glob.any(nil, { "*" }))
  end)
end)
