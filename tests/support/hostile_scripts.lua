-- Policies that do what no policy should: hang, exhaust, crash, escape, lie or blunder. Each is a name that tells what
-- it does, and Lua text: the body of a `title` hook, which is given `finding` and `default`. `calm` ones end by
-- themselves and make a title; every other has to fail with a problem of its own, and nothing else may happen.

local M = {}

M.endless = {
  ["loops"] = "while true do end",
  ["loops by repeat"] = "repeat until false",
  ["loops by goto"] = "::again:: goto again",
  ["counts to the end of time"] = "for i = 1, math.maxinteger do end",
  ["counts by nothing at all"] = "for i = 1, 2, 1e-300 do end",
  ["catches its own end"] = "while true do pcall(function() while true do end end) end",
  ["catches its end in a chain"] = "local function f() pcall(f) return f() end f()",
  ["raises in a loop"] = "while true do pcall(error) end",
  ["loops in a comparison of a sort"] = "table.sort({ 3, 2, 1 }, function() while true do end end)",
  ["loops in a replacement"] = "string.gsub('x', '.', function() while true do end end)",
  ["loops in a method's replacement"] = "('x'):gsub('.', function() while true do end end)",
  ["loops in gmatch"] = "for _ in ('x'):gmatch('') do while true do end end",
  ["calls itself in the tail"] = "local function f() return f() end f()",
  ["calls two functions in turn"] = "local f, g function f() return g() end function g() return f() end f()",
  ["walks a circle of tables"] = "local t = {} t.t = t while t do t = t.t end",
  ["appends to what it walks"] = "local t = { 1 } for i, v in ipairs(t) do t[i + 1] = v end",
  ["asks default for ever"] = "while true do default(finding) end",
  ["asks matches for ever"] = "while true do matches('a', '*a') end",
  ["reads the finding for ever"] = "while true do local x = finding.workload.WorkloadName end",
  ["repeats nothing, very often"] = "while true do string.rep('', math.maxinteger) end",
  ["turns megabytes round for ever"] = "local s = ('x'):rep(8e6) while true do s:reverse() end",
  ["capitalises megabytes for ever"] = "local s = ('x'):rep(8e6) while true do s:upper() end",
  ["joins megabytes for ever"] = "local s = ('x'):rep(8e6) while true do local t = s .. 'y' end",
  ["compares megabytes for ever"] = [[local s, t = ('x'):rep(8e6), ('x'):rep(8e6 - 1) .. 'y'
    while true do local u = s < t end]],
  ["shifts a long list for ever"] = [[local t = {} for i = 1, 1e5 do t[i] = i end
    while true do table.insert(t, 1, 0) table.remove(t, 1) end]],
  ["moves a long list for ever"] = [[local t = {} for i = 1, 1e5 do t[i] = i end
    while true do table.move(t, 1, #t, 2) end]],
  ["counts characters for ever"] = "local s = ('ü'):rep(4e6) while true do utf8.len(s) end",
  ["sorts the same long text by the thousand"] = [[local s, t = ('x'):rep(8e6), {}
    for i = 1, 1e5 do t[i] = s end table.sort(t)]],
  ["packs for ever"] = "while true do string.pack('c1000000', 'x') end",
  ["formats for ever"] = "while true do string.format('%99.99f', 1e300) end",
}

M.memory = {
  ["fills a table"] = "local t = {} for i = 1, 1e9 do t[i] = { i } end",
  ["fills a table with texts"] = "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e6) .. i end",
  ["doubles a text"] = "local s = 'x' while true do s = s .. s end",
  ["doubles a text, catching"] = "local s = 'x' while true do pcall(function() s = s .. s end) end",
  ["repeats a letter ten billion times"] = "return ('x'):rep(1e10)",
  ["repeats by a number written as text"] = "return string.rep('x', '10000000000')",
  ["repeats a number"] = "return string.rep(1, 1e10)",
  ["repeats a separator"] = "return string.rep('', 1e10, 'x')",
  ["repeats a separator that is a number"] = "return string.rep('', 1e10, 7)",
  ["joins with a long separator"] = "return table.concat({ 1, 2 }, ('x'):rep(8e6))",
  ["grows by replacing"] = "return (('x'):rep(1e5):gsub('x', ('y'):rep(1e5)))",
  ["grows by replacing, twice"] = [[local s = ('x'):rep(3e3):gsub('x', ('x'):rep(3e3)):gsub('x', ('x'):rep(3e3))
    return s]],
  ["pads to gigabytes"] = "return string.pack('c2147483647', 'x')",
  ["pads to more than there is"] = "return string.pack('c9223372036854775807', 'x')",
  ["unpacks ten million"] = "return select('#', table.unpack({}, 1, 1e7))",
  ["unpacks from end to end"] = "return table.unpack({}, math.mininteger, math.maxinteger)",
  ["takes the bytes of a long text"] = "return (('x'):rep(8e6)):byte(1, -1)",
  ["takes the code points of a long text"] = "return utf8.codepoint(('x'):rep(8e6), 1, -1)",
  ["spreads a list over arguments"] = [[local t = {} for i = 1, 2e6 do t[i] = i end
    return string.char(table.unpack(t))]],
  ["builds a list of functions"] = "local t = {} for i = 1, 1e9 do t[i] = function() return i end end",
  ["nests tables without end"] = "local t = {} for i = 1, 1e9 do t = { t } end",
  ["formats a million fields"] = "return string.format(('%99d'):rep(1e6), 1)",
  ["moves a million million elements"] = "table.move({}, 1, 1e12, 2)",
  ["moves elements counted in texts"] = "table.move({}, '1', '1000000000000', 2)",
  ["moves from end to end"] = "table.move({}, math.mininteger, math.maxinteger, 1)",
  ["raises sixty megabytes"] = "error(('x'):rep(8e6):rep(7))",
  ["raises eight megabytes"] = "error(('x'):rep(8e6))",
  ["joins a billion nothings"] = "return table.concat({}, ',', 1, 1e9)",
}

M.patterns = {
  ["tries optional letters"] = "return ('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(40))",
  ["tries optional letters by function"] = "return string.match(('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(41))",
  ["tries stars"] = "return (('a'):rep(60)):match(('a*'):rep(20) .. 'b')",
  ["tries short repetitions"] = "return (('x'):rep(3e5)):find('.-.-b')",
  ["tries to end with blanks"] = "return ((' '):rep(1e6) .. 'x'):match('^(.-)%s*$'):find('%s*y')",
  ["replaces by short repetitions"] = "return (('x'):rep(3e5)):gsub('.-.-b', '')",
  ["goes through short repetitions"] = "for _ in (('x'):rep(3e4)):gmatch('.-.-.-b') do end",
  ["repeats what was captured"] = "return (('a'):rep(1e5)):find('(a*)%1b')",
  ["balances brackets that never close"] = "return (('('):rep(3e5)):find('%b()x')",
  ["looks for half a text in a text"] = "return (('a'):rep(8e6)):find(('a'):rep(4e6) .. 'b', 1, true)",
  ["looks for half a text in a pattern"] = "return (('a'):rep(8e5)):find(('a'):rep(4e5) .. 'b')",
  ["matches half a text"] = "return (('a'):rep(8e5)):match(('a'):rep(4e5) .. 'b')",
  ["matches with a set of megabytes"] = "return (('b'):rep(1e6)):find('[' .. ('a'):rep(1e6) .. ']')",
  ["captures too much"] = "return (('a'):rep(1e4)):find(('(a)'):rep(40) .. ('.-'):rep(3))",
  ["nests captures"] = "return ('a'):find(('('):rep(50) .. 'a' .. (')'):rep(50))",
  ["opens a set and leaves"] = "return ('a'):find('[a')",
  ["ends with an escape"] = "return ('a'):rep(1e4):find('.-.-%')",
  ["leaves a bracket open"] = "return ('a'):find('(a')",
  ["speaks of a capture that is not there"] = "return ('a'):gsub('a', '%9')",
  ["replaces by a function that fails"] = "return ('a'):gsub('a', function() error('no') end)",
  ["replaces by a table of tables"] = "return ('a'):gsub('a', { a = {} })",
}

M.recursion = {
  ["calls itself"] = "local function f(x) return 1 + f(x) end return f(1)",
  ["calls itself by pcall"] = [[local function f() local ok, e = pcall(f) if not ok then error(e) end
    return 1 + f() end f()]],
  ["calls itself by gsub"] = "local function f() return (('x'):gsub('x', f)) end return 1 + #f() + f()",
  ["calls itself by sort"] = "local function f() table.sort({ 2, 1 }, f) return f() end f()",
  ["calls itself by the default"] = "local function f() return default(finding) .. f() end return f()",
  ["raises out of the depth"] = "local function f(n) if n == 0 then error({}) end return 1 + f(n - 1) end f(150000)",
  ["nests what it returns"] = "local t = {} for i = 1, 2e5 do t = { t } end return t",
  ["returns itself in a table"] = "local t = {} t[1] = t t[t] = t return t",
  ["joins through the default's default"] = "return default(default, default(default))",
  ["calls a text"] = "return ('x')()",
  ["calls a number"] = "return (5)()",
}

M.escape = {
  ["reaches for os"] = "return os.execute('true')",
  ["reaches for io"] = "return io.open('/etc/passwd')",
  ["reaches for load"] = "return load('return 1')()",
  ["reaches for loadstring"] = "return loadstring('return 1')()",
  ["reaches for dofile"] = "return dofile('/etc/passwd')",
  ["reaches for require"] = "return require('plumb.aws')",
  ["reaches for the C modules"] = "return require('engine.sign')",
  ["reaches for package"] = "return package.loaded.os",
  ["reaches for debug"] = "return debug.getregistry()",
  ["reaches for coroutine"] = "return coroutine.wrap(function() end)",
  ["reaches for collectgarbage"] = "return collectgarbage('stop')",
  ["reaches for _G"] = "return _G.os",
  ["reaches for the environment's metatable"] = "return getmetatable(_ENV).__index",
  ["reaches for a text's metatable"] = "return getmetatable('').__index",
  ["sets a metatable with a finaliser"] = "setmetatable({}, { __gc = function() while true do end end })",
  ["sets a metatable with a close"] = "local x <close> = setmetatable({}, { __close = function() end })",
  ["closes what cannot be closed"] = "local x <close> = {}",
  ["dumps a function"] = "return string.dump(title)",
  ["dumps by method"] = "return ('x').dump(function() end)",
  ["replaces string.rep"] = "string.rep = nil",
  ["adds to string"] = "table.insert(string, 1)",
  ["adds to string raw"] = "rawset(string, 'x', 1)",
  ["changes the finding"] = "finding.risk = 'LOW'",
  ["changes the workload"] = "finding.workload.WorkloadName = 'x'",
  ["changes a list of the finding"] = "table.insert(finding.question.SelectedChoices, 'x')",
  ["sorts a list of the finding"] = "table.sort(finding.workload.Lenses) table.insert(finding.workload.Lenses, 1)",
  ["changes the policy"] = "policy.risks = {}",
  ["changes a list of the policy"] = "policy.risks[1] = 'LOW'",
  ["changes the defaults"] = "default = nil",
  ["makes a global"] = "leak = finding",
  ["makes a global function"] = "function leak() end",
  ["swaps its environment and goes on"] = "local _ENV = {} return os.time()",
  ["asks for addresses"] = "return string.format('%p', {})",
  ["asks AWS where it cannot wait"] = "return aws.ssm:GetOpsItem { OpsItemId = 'oi-0123456789ab' }",
  ["asks AWS to change something"] = "return aws.ssm:CreateOpsItem { Title = 'x' }",
  ["asks for credentials"] = "return aws.credentials()",
  ["asks aws for its insides"] = "return aws.client.credentials()",
  ["walks through aws"] = "for name in next, aws do return name end return nil",
  ["prints"] = "print(finding.workload.WorkloadName)",
  ["loads bytes"] = "return load('\\27Lua')",
}

M.errors = {
  ["raises nothing"] = "error()",
  ["raises nil"] = "error(nil)",
  ["raises false"] = "error(false)",
  ["raises a number"] = "error(42)",
  ["raises a table"] = "error({})",
  ["raises a table with a message"] = "error({ message = 'no' })",
  ["raises a table with a table for a message"] = "error({ message = {} })",
  ["raises a function"] = "error(function() while true do end end)",
  ["raises the finding"] = "error(finding)",
  ["raises the string library"] = "error(string)",
  ["raises aws"] = "error(aws)",
  ["raises a library of itself"] = "error(policy)",
  ["raises control bytes"] = "error('\\27[2J\\0\\r\\n' .. ('\\n'):rep(1e5))",
  ["raises what looks like a traceback"] = "error('x\\nstack traceback:\\n\\tpolicy.lua:999: in function')",
  ["raises bad UTF-8"] = "error('\\xff\\xfe' .. ('\\xc3'):rep(600))",
  ["raises at a level of its own"] = "error('x', 100)",
  ["raises in an error"] = "pcall(error) error(select(2, pcall(error, {})))",
  ["asserts nothing"] = "assert(nil)",
  ["asserts with a table"] = "assert(false, {})",
  ["indexes nothing"] = "return finding.choice.ImprovementPlan.Nothing.more",
  ["misspells a field"] = "return finding.workload.WorklodName",
  ["joins nothing"] = "local owner return 'x' .. owner",
  ["adds a table"] = "return 1 + {}",
  ["compares a text with a number"] = "return 'x' < 1",
  ["sorts what has no order"] = "table.sort({ 1, 'x', {} })",
  ["sorts with an order that is none"] = [[local t = {} for i = 1, 100 do t[i] = i % 7 end
    table.sort(t, function() return true end) error('sorted')]],
  ["divides by zero"] = "return 1 // 0",
  ["formats a table as a number"] = "return string.format('%d', {})",
  ["formats with too few"] = "return string.format('%s %s %s', 1)",
  ["formats wider than wide"] = "return string.format('%9999d', 1)",
  ["makes a character that is none"] = "return string.char(256)",
  ["unpacks with a bad form"] = "return string.unpack('!17', 'x')",
  ["selects from nothing"] = "return select(0)",
  ["asks the next of a view"] = "return next(finding)",
  ["asks the next of a stranger"] = "return next({}, 'x')",
}

M.results = {
  ["returns nothing"] = "return",
  ["returns a blank"] = "return '  '",
  ["returns a table"] = "return {}",
  ["returns a function"] = "return print_me",
  ["returns its default"] = "return default",
  ["returns the finding"] = "return finding",
  ["returns a number"] = "return 5",
  ["returns true"] = "return true",
}

M.calm = {
  ["returns the most that fits"] = "return ('x'):rep(1024)",
  ["returns far too much"] = "return ('x'):rep(8e6)",
  ["returns bad UTF-8"] = "return '\\xff' .. finding.risk",
  ["returns control bytes"] = "return '\\27[2J' .. finding.risk",
  ["catches an error"] = "return tostring(pcall(error, 'x'))",
  ["raises deep and catches"] = [[local function f(n) if n == 0 then error('x') end f(n - 1) end
    return tostring(pcall(f, 150))]],
  ["sorts ten thousand"] = "local t = {} for i = 1, 1e4 do t[i] = -i end table.sort(t) return t[1] .. ''",
  ["matches a long text sensibly"] = "return (finding.workload.WorkloadName:rep(1000):gsub('%W', ''):sub(1, 20))",
  ["trims a name"] = "return (('  ' .. finding.workload.WorkloadName):match('^%s*(.-)%s*$'))",
  ["counts its characters"] = "return 'x' .. utf8.len(finding.workload.WorkloadName)",
  ["has two hundred locals"] = (function()
    local lines = {}
    for i = 1, 150 do lines[i] = ("local v%d = %d"):format(i, i) end
    return table.concat(lines, " ") .. " return 'x' .. v150"
  end)(),
  ["has twenty thousand constants"] = (function()
    local parts = {}
    for i = 1, 20000 do parts[i] = ("%d.5"):format(i) end
    return "local t = { " .. table.concat(parts, ",") .. " } return 'x' .. (t[20000] + t[1] == 20002.0 and 1 or 0)"
  end)(),
}

-- Whole files that Lua must refuse or survive; the rest of the policy does not count.
M.files = {
  ["is compiled code"] = "\27Lua\x54\0\x19\x93\r\n\x1a\n\4\8\8",
  ["is compiled code behind a comment line"] = "#!lua\n\27Lua",
  ["is empty"] = "",
  ["is a NUL"] = "\0",
  ["is not text"] = ("\xff\xfe\0\1"):rep(1000),
  ["opens a hundred thousand brackets"] = "return " .. ("("):rep(100000) .. "1" .. (")"):rep(100000),
  ["opens a hundred thousand tables"] = "return " .. ("{"):rep(100000) .. ("}"):rep(100000),
  ["opens a hundred thousand functions"] = "return {" .. ("f=function() "):rep(100000) .. ("end "):rep(100000) .. "}",
  ["negates a hundred thousand times"] = "return " .. ("not "):rep(100000) .. "x",
  ["joins a hundred thousand times"] = "return " .. ("'x'.."):rep(100000) .. "'x'",
  ["raises to a hundred thousand powers"] = "return " .. ("2^"):rep(100000) .. "2",
  ["is a number of half a million digits"] = "return { budgt = " .. ("1"):rep(500000) .. " }",
  ["is one line of thirty thousand fields"] = "return {" .. ("x=1,"):rep(30000) .. " }",
  ["never closes a text"] = "return { source = 'x",
  ["never closes a long text"] = "return { source = [==[" .. ("]="):rep(100000),
  ["escapes badly"] = "return { source = '\\u{110000000}' }",
  ["jumps into nowhere"] = "goto nowhere",
  ["has too many locals"] = ("local x = 1\n"):rep(300),
  ["has too many upvalues"] = (function()
    local names = {}
    for i = 1, 300 do names[i] = "x" .. i end
    return "return { " .. ("title = function() return " .. table.concat(names, " + ")) .. " end, titel = 1 }"
  end)(),
  ["assigns to a constant"] = "local x <const> = 1 x = 2",
  ["makes its environment constant"] = "local _ENV <const> = {} return { source = x .. y }",
  ["loops while it is read"] = "while true do end",
  ["takes all memory while it is read"] = "local t = {} for i = 1, 1e9 do t[i] = {} end",
  ["raises a table while it is read"] = "error({})",
  ["asks AWS while it is read"] = "aws.ssm:GetOpsItem {}",
  ["returns a text"] = "return 'x'",
  ["returns itself"] = "local t = { titel = 1 } t.lenses = t t.tags = { x = t } return t",
  ["returns lists with holes"] = "return { lenses = { 'a', nil, 'b', [10] = 'c' } }",
  ["returns what is not a number"] = "return { budget = { run = 0 / 0 }, parallel = 1 / 0, flood = -1 }",
  ["returns bad UTF-8"] = "return { source = '\\xff' }",
  ["returns tables two hundred thousand deep"] = [[local t = {} for i = 1, 2e5 do t = { t } end
    return { tags = t, x = 1 }]],
  ["returns keys of every kind"] = "return { [1] = 1, [true] = 2, [{}] = 3, [1.5] = 4 }",
}

return M
