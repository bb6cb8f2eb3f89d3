local shell = require("plumb.cli.complete.shell")

local BREAKS = "\"'@><=;|&(:" -- of COMP_WORDBREAKS, without blanks

local function lines(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do list[#list + 1] = line end
  return list
end

describe("a line of bash", function()
  local function split(line)
    return { shell.split(line, BREAKS) }
  end

  it("is split as bash does it", function()
    assert.same({ { "plumb", "scan" }, "", nil, 0 }, split("plumb scan "))
    assert.same({ { "plumb" }, "sc", nil, 0 }, split("plumb  sc"))
    assert.same({ { "plumb", "a b", "c d" }, "e", nil, 0 }, split([[plumb 'a b' "c d" e]]))
    assert.same({ { "plumb" }, "a b", nil, 0 }, split([[plumb a\ b]]))
    assert.same({ { "plumb", "" }, "", nil, 0 }, split([[plumb '' ]]))
  end)

  it("knows what bash will leave as it is", function()
    assert.same({ { "plumb" }, "--policy=ex", nil, 9 }, split("plumb --policy=ex"))
    assert.same({ { "plumb" }, "--workload=my sh", "'", 11 }, split("plumb --workload='my sh"))
    assert.same({ { "plumb" }, "a=b", '"', 0 }, split('plumb "a=b'))
    assert.same({ { "plumb" }, "a=b", nil, 0 }, split("plumb a\\=b"))
  end)

  it("is answered with what goes behind that", function()
    assert.same({ "table", "tsv" }, lines(shell.bash({ "plumb scan --output=t", BREAKS })))
    assert.same({ "--output=table", "--output=tsv" }, lines(shell.bash({ "plumb scan --output=t", "" })))
    assert.same({ ":files" }, lines(shell.bash({ "plumb scan --policy ", BREAKS })))
    assert.equal(":nospace", lines(shell.bash({ "plumb call wa.ListAnswers ", BREAKS }))[1])
  end)
end)

describe("names that other people chose", function()
  local sources = require("plumb.cli.complete.sources")
  local real = sources.workloads

  local function named(name)
    sources.workloads = function() return { { name, "x\ty\27[31m" } } end
  end

  after_each(function() sources.workloads = real end)

  it("are no commands on the line of bash", function()
    named("$(touch x); `id` 'n & <b>")
    assert.equal([[\$\(touch\ x\)\;\ \`id\`\ \'n\ \&\ \<b\>]] .. "\n", shell.bash({ "plumb scan --workload ", BREAKS }))
    assert.equal("", shell.bash({ "plumb scan --workload '", BREAKS }))
    named("two words")
    assert.equal("two words\n", shell.bash({ "plumb scan --workload 'tw", BREAKS }))
  end)

  it("break neither the answer nor the terminal", function()
    named("first\nsecond")
    assert.equal("", shell.fish({ "scan", "--workload", "" }))
    named("Zürich")
    assert.equal("Zürich\tx y[31m\n", shell.zsh({ "scan", "--workload", "" }))
    assert.equal("Zürich\n", shell.bash({ "plumb scan --workload ", BREAKS }))
  end)
end)
