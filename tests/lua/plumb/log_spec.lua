local log = require("plumb.log")

describe("log", function()
  local lines

  before_each(function()
    lines = {}
    log.configure({ level = "info", format = "text", journal = false,
      write = function(line) lines[#lines + 1] = line end,
      now = function() return 1795413612.481 end })
  end)

  after_each(function()
    log.configure({ level = "warn", format = "text", journal = false,
      write = function(line) io.stderr:write(line) end,
      now = function() return require("plumb.time").now() end })
  end)

  it("writes one line per event, known keys first", function()
    log.info("created", { ms = 131, item = "oi-1", workload = "my shop", event = "item.created" })
    assert.equal('06:00:12 info  created event=item.created workload="my shop" item=oi-1 ms=131\n', lines[1])
  end)

  it("writes JSON with a timestamp in milliseconds", function()
    log.configure({ format = "json" })
    log.warn("slow", { ms = 5, event = "x" })
    assert.equal('{"ts":"2026-11-23T06:00:12.481Z","level":"warn","event":"x","msg":"slow","ms":5}\n', lines[1])
  end)

  it("keeps quiet below its level", function()
    log.debug("nothing")
    assert.equal(0, #lines)
    assert.is_false(log.enabled("debug"))
    assert.is_true(log.enabled("error"))
  end)

  it("tells journald the priority", function()
    log.configure({ journal = true })
    log.error("x")
    assert.equal("<3>06:00:12 error x\n", lines[1])
  end)

  it("shows a secret by its own tostring and refuses plain tables", function()
    local secret = setmetatable({}, { __tostring = function() return "***" end })
    log.info("x", { token = secret })
    assert.truthy(lines[1]:find("token=***", 1, true))
    assert.has_error(function() log.info("x", { nested = { password = "p" } }) end)
  end)

  it("keeps a line one line", function()
    log.info("a\nb", { value = "c\27d" })
    assert.equal("06:00:12 info  a\\nb value=c\\x1bd\n", lines[1])
  end)

  it("refuses an unknown level", function()
    assert.has_error(function() log.configure({ level = "loud" }) end)
  end)
end)
