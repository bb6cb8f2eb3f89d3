local model = require "plumb.aws.model"

local function published(changes)
  local out = {
    metadata = {
      serviceId = "Odd Service", protocol = "json", jsonVersion = "1.1", targetPrefix = "Odd",
      apiVersion = "2020-01-01", endpointPrefix = "odd",
    },
    operations = {
      GetThing = {
        name = "GetThing", http = { method = "POST", requestUri = "/" }, documentation = "<p>long</p>",
        input = { shape = "GetThingRequest" }, output = { shape = "GetThingResponse" },
        errors = { { shape = "ZError" }, { shape = "AError" } },
      },
      Forget = { name = "Forget", http = { method = "POST", requestUri = "/" }, authtype = "none" },
    },
    shapes = {
      GetThingRequest = {
        type = "structure", required = { "Id" }, documentation = "x",
        members = { Id = { shape = "Id", documentation = "x" }, Tree = { shape = "Tree" } },
      },
      GetThingResponse = { type = "structure", members = {} },
      Id = { type = "string", min = 1.0, max = 64.0, pattern = "[a-z\\-]+\n" },
      Tree = { type = "structure", members = { children = { shape = "Trees" } } },
      Trees = { type = "list", member = { shape = "Tree" } },
      ZError = { type = "structure", members = {}, exception = true },
      AError = { type = "structure", members = {}, exception = true },
      Unreached = { type = "string" },
    },
  }
  for key, value in pairs(changes or {}) do out.metadata[key] = value end
  return out
end

describe("plumb.aws.model", function()
  it("keeps what a call needs and drops documentation and unreached shapes", function()
    local service = assert(model.from_published(published()))
    assert.equal("odd_service", service.name)
    assert.equal("odd", service.signing_name)
    assert.same({
      http = "POST /", input = "GetThingRequest", output = "GetThingResponse", errors = { "AError", "ZError" },
    }, service.operations.GetThing)
    assert.is_true(service.operations.Forget.unsigned)
    assert.same({ shape = "Id" }, service.shapes.GetThingRequest.members.Id)
    assert.is_nil(service.shapes.Unreached)
    assert.truthy(service.shapes.Trees)
  end)

  it("makes lengths integers, however the JSON reader gave them", function()
    local service = model.from_published(published())
    assert.equal("integer", math.type(service.shapes.Id.max))
  end)

  it("keeps only the operations asked for, and their shapes", function()
    local service = model.from_published(published(), { operations = { "For*" } })
    assert.is_nil(service.operations.GetThing)
    assert.is_nil(service.shapes.Id)
    assert.truthy(service.operations.Forget)
  end)

  it("names the protocol it does not speak", function()
    local service, message = model.from_published(published { protocol = "rest-xml" })
    assert.is_nil(service)
    assert.truthy(message:find("rest-xml", 1, true))
    assert.truthy(message:find("Odd Service", 1, true))
  end)

  it("chooses a protocol it speaks from the list of a service that speaks several", function()
    local service = model.from_published(published {
      protocol = "smithy-rpc-v2-cbor", protocols = { "smithy-rpc-v2-cbor", "json", "query" },
    })
    assert.equal("json", service.protocol)
    assert.equal("Odd", service.target_prefix)
  end)

  it("says when a file is no model", function()
    for _, value in ipairs { {}, { metadata = {} }, "text", { metadata = {}, operations = {}, shapes = {} } } do
      local service, message = model.from_published(value)
      assert.is_nil(service)
      assert.truthy(message:find("not a service model", 1, true))
    end
  end)

  it("writes Lua that loads as the same table, the same text every time", function()
    local service = model.from_published(published())
    local text = model.to_lua(service)
    assert.equal(text, model.to_lua(assert(load(text))()))
    assert.same(service, load(text)())
  end)

  it("writes one line for each operation and shape", function()
    local text = model.to_lua(model.from_published(published()))
    for line in text:gmatch("[^\n]+") do
      if line:find("^    ") then assert.truthy(line:find("^    [%w%[\"]+ = {.*},$"), line) end
    end
  end)

  for _, name in ipairs { "dynamodb", "sns", "sqs", "ssm", "sts", "wellarchitected" } do
    it("bundles " .. name .. " whole: every shape that is named is there", function()
      local service = require("plumb.aws.service." .. name)
      assert.equal(name, service.name)
      local function need(shape_name, where)
        assert.truthy(service.shapes[shape_name], where .. " -> " .. shape_name)
      end
      for operation_name, operation in pairs(service.operations) do
        if operation.input then need(operation.input, operation_name) end
        if operation.output then need(operation.output, operation_name) end
      end
      for shape_name, shape in pairs(service.shapes) do
        for _, word in ipairs { "member", "key", "value" } do
          if shape[word] then need(shape[word].shape, shape_name) end
        end
        for _, reference in pairs(shape.members or {}) do need(reference.shape, shape_name) end
        for _, required in ipairs(shape.required or {}) do assert.truthy(shape.members[required], shape_name) end
      end
    end)
  end

  it("bundles all 72 operations of Well-Architected and the OpsItem operations of Systems Manager", function()
    local count = 0
    for _ in pairs(require("plumb.aws.service.wellarchitected").operations) do count = count + 1 end
    assert.equal(72, count)
    local ssm = require("plumb.aws.service.ssm").operations
    for _, name in ipairs { "CreateOpsItem", "GetOpsItem", "UpdateOpsItem", "DescribeOpsItems", "AddTagsToResource" } do
      assert.truthy(ssm[name], name)
    end
  end)
end)
