local operation = require("plumb.cli.operation")
local operation_input = require("plumb.cli.operation_input")
local problem = require("plumb.problem")

local function refusal(fn, ...)
  local ok, failure = pcall(fn, ...)
  assert.is_false(ok)
  assert.is_true(problem.is(failure), tostring(failure))
  assert.equal(2, problem.exit_code(failure))
  return failure
end

describe("an operation", function()
  it("is found by service and name, with wa for wellarchitected", function()
    local service = operation.service("wa")
    assert.equal("wellarchitected", service.name)
    assert.truthy(operation.operation(service, "ListAnswers"))
    assert.same({ "wa", "ListAnswers" }, { operation.split("wa.ListAnswers") })
  end)

  it("is suggested when it is misspelt", function()
    assert.truthy(refusal(operation.service, "smm").fix:find("did you mean 'ssm'?", 1, true))
    local p = refusal(operation.operation, operation.service("wa"), "ListAnswer")
    assert.equal("E109", p.id)
    assert.truthy(p.fix:find("did you mean 'ListAnswers'?", 1, true))
    assert.equal("E109", refusal(operation.split, "ListAnswers").id)
    assert.equal("E109", refusal(operation.split, "a.b.c").id)
    assert.equal("E109", refusal(operation.service, "../x").id)
  end)
end)

describe("KEY=VALUE", function()
  local service = {
    name = "s",
    operations = {},
    shapes = {
      In = { type = "structure", required = { "Id" }, members = {
        Id = { shape = "String" }, Size = { shape = "Integer" }, Rate = { shape = "Double" },
        On = { shape = "Boolean" }, At = { shape = "Time" }, Names = { shape = "Names" },
        Sizes = { shape = "Sizes" }, Map = { shape = "Map" }, Deep = { shape = "Deep" }, Data = { shape = "Blob" },
      } },
      String = { type = "string" }, Integer = { type = "integer" }, Double = { type = "double" },
      Boolean = { type = "boolean" }, Time = { type = "timestamp" }, Blob = { type = "blob" },
      Names = { type = "list", member = { shape = "String" } },
      Sizes = { type = "list", member = { shape = "Integer" } },
      Map = { type = "map", key = { shape = "String" }, value = { shape = "Names" } },
      Deep = { type = "structure", members = { Names = { shape = "Names" } } },
    },
  }
  local entry = { input = "In" }

  local function read(...)
    return operation_input.read(service, entry, { ... })
  end

  it("becomes what the shape says", function()
    local input = read("Id=007", "Size=5", "Rate=0.5", "On=true", "At=1795413612", "Data=x=y", "Names=a")
    assert.equal("007", input.Id)
    assert.equal(5, input.Size)
    assert.equal("integer", math.type(input.Size))
    assert.equal(0.5, input.Rate)
    assert.is_true(input.On)
    assert.equal(1795413612, input.At)
    assert.equal("x=y", input.Data)
    assert.same({ "a" }, input.Names)
    assert.is_false(read("On=false").On)
    assert.equal("", read("Id=").Id)
  end)

  it("collects a list from its key given several times, or from JSON", function()
    assert.same({ "a", "b" }, read("Names=a", "Names=b").Names)
    assert.same({ 1, 2 }, read("Sizes=1", "Sizes=2").Sizes)
    local names = read('Names=["a","b c"]').Names
    assert.equal("b c", names[2])
  end)

  it("takes JSON for tables", function()
    assert.equal("v", read('Map={"k":["v"]}').Map.k[1])
    assert.equal("x", read('Deep={"Names":["x"]}').Deep.Names[1])
  end)

  it("is refused with the nearest member or an example", function()
    assert.equal("E110", refusal(read, "Sizse=1").id)
    assert.truthy(refusal(read, "Nmaes=1").fix:find("did you mean 'Names'?", 1, true))
    assert.equal("'x' is not a number for Size", refusal(read, "Size=x").what)
    assert.equal("'1.5' is not a whole number for Size", refusal(read, "Size=1.5").what)
    assert.equal("E110", refusal(read, "On=yes").id)
    assert.equal("E110", refusal(read, "Map={").id)
    assert.equal("E110", refusal(read, "Id").id)
    assert.equal("E110", refusal(read, "Id=1", "Id=2").id)
    assert.equal("E110", refusal(operation_input.read, service, {}, { "Id=1" }).id)
  end)

  it("beats the same member of --input", function()
    local input = operation_input.read(service, entry, { "Id=mine" }, '{"Id":"theirs","Size":3}')
    assert.equal("mine", input.Id)
    assert.equal(3, input.Size)
    assert.equal("E110", refusal(operation_input.read, service, entry, {}, '{"Sze":3}').id)
    assert.equal("E110", refusal(operation_input.read, service, entry, {}, "[").id)
  end)

  it("comes back as JSON can carry it: empty lists stay lists, bytes are base64", function()
    local json = require("plumb.json")
    local out = operation_input.writable(service, "In", { Names = {}, Map = { k = {} }, Data = "\xff\0",
      At = 1795413612.5, Other = 1 })
    assert.equal('{"At":"2026-11-23T06:00:12Z","Data":"/wA=","Map":{"k":[]},"Names":[],"Other":1}', json.encode(out))
  end)
end)
