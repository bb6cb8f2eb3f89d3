local metrics = require("plumb.metrics")

describe("metrics", function()
  local r
  before_each(function() r = metrics.new() end)

  it("are nothing until something was measured", function()
    r:counter("a_total", "As.")
    assert.equal("\n", r:text())
  end)

  it("count, with a series for each combination of labels", function()
    local m = r:counter("calls_total", "Calls sent.", { "service", "status" })
    m:add({ service = "ssm", status = 200 })
    m:add({ service = "ssm", status = 200 }, 2)
    m:add({ service = "sqs", status = 400 })
    assert.equal('# HELP calls_total Calls sent.\n# TYPE calls_total counter\n'
      .. 'calls_total{service="sqs",status="400"} 1\ncalls_total{service="ssm",status="200"} 3\n', r:text())
  end)

  it("are set, and forgotten", function()
    local m = r:gauge("depth", "How deep.")
    m:set({}, 1.5)
    m:set({}, 2)
    assert.truthy(r:text():find("\ndepth 2\n", 1, true))
    m:clear()
    assert.equal("\n", r:text())
  end)

  it("fall into buckets that add up", function()
    local m = r:histogram("took", "Seconds.", { "what" }, { 0.1, 1 })
    for _, value in ipairs({ 0.05, 0.1, 0.5, 7 }) do m:observe({ what = "x" }, value) end
    assert.equal('# HELP took Seconds.\n# TYPE took histogram\ntook_bucket{what="x",le="0.1"} 2\n'
      .. 'took_bucket{what="x",le="1"} 3\ntook_bucket{what="x",le="+Inf"} 4\ntook_sum{what="x"} 7.65\n'
      .. 'took_count{what="x"} 4\n', r:text())
  end)

  it("carry any text in a label without breaking the line", function()
    local m = r:gauge("g", "A \\ and\na line.", { "name" })
    m:set({ name = 'a "b"\\c\nd é' }, 1)
    assert.equal('# HELP g A \\\\ and\\na line.\n# TYPE g gauge\ng{name="a \\"b\\"\\\\c\\nd é"} 1\n', r:text())
  end)

  it("write what is no ordinary number as Prometheus does", function()
    local m = r:gauge("g", "G.", { "n" })
    m:set({ n = 1 }, math.huge)
    m:set({ n = 2 }, -math.huge)
    m:set({ n = 3 }, 0 / 0)
    m:set({ n = 4 }, 1795432429.34495)
    assert.same({ "+Inf", "-Inf", "NaN", "1795432429.34495" },
      { r:text():match('"1"} (%S+)\n.-"2"} (%S+)\n.-"3"} (%S+)\n.-"4"} (%S+)\n') })
  end)

  it("refuse labels that are missing or not theirs", function()
    local m = r:counter("a_total", "As.", { "x" })
    assert.has_error(function() m:add({}) end, "metric a_total lacks the label 'x'")
    assert.has_error(function() m:add({ x = 1, y = 2 }) end, "metric a_total has no such label")
  end)
end)
