-- Every shape of every bundled service survives the way into JSON and back: lists stay lists when they are empty,
-- whole numbers stay whole.

local json = require("plumb.json")
local reader = require("plumb.aws.protocol.json_reader")
local writer = require("plumb.aws.protocol.json_writer")

local WHOLE = { integer = true, long = true, short = true, byte = true }

-- A value that fits a shape; one that contains itself ends at some depth.
local function sample(shapes, name, depth)
  local shape = shapes[name]
  local kind = shape.type
  if kind == "structure" then
    local value, union = {}, shape.union
    for member, reference in pairs(shape.members) do
      if depth > 0 and not (union and next(value)) then value[member] = sample(shapes, reference.shape, depth - 1) end
    end
    return value
  elseif kind == "list" then
    return depth > 0 and { sample(shapes, shape.member.shape, depth - 1) } or {}
  elseif kind == "map" then
    local key = shapes[shape.key.shape].enum
    return depth > 0 and { [key and key[1] or "a b/ü"] = sample(shapes, shape.value.shape, depth - 1) } or {}
  elseif WHOLE[kind] then
    return 1234567
  elseif kind == "float" or kind == "double" then
    return 0.5
  elseif kind == "boolean" then
    return false
  elseif kind == "timestamp" then
    return 1767323045
  elseif kind == "blob" then
    return "\0\255bytes"
  end
  return shape.enum and shape.enum[1] or "a/b \"é\" \u{1F525} \n\\"
end

describe("JSON", function()
  for _, name in ipairs(require("plumb.aws.services")) do
    local service = require("plumb.aws.service." .. name)
    if service.protocol ~= "query" then
      it("takes every shape of " .. name .. " there and back", function()
        for shape_name, shape in pairs(service.shapes) do
          if shape.type == "structure" and not shape.document then
            local reference = { shape = shape_name }
            local value = sample(service.shapes, shape_name, 5)
            local text = writer.make(service.shapes, reference)(value)
            local back = assert(reader.make(service.shapes, reference)(assert(json.decode(text))))
            assert.same(value, back, name .. "." .. shape_name)
          end
        end
      end)
    end
  end

  local wa = require("plumb.aws.service.wellarchitected")

  it("keeps an empty list a list, so that all choices can be cleared", function()
    local text = writer.make(wa.shapes, { shape = "UpdateAnswerInput" })({ SelectedChoices = {} })
    assert.truthy(text:find('"SelectedChoices":[]', 1, true), text)
  end)

  it("keeps a count whole, so that it is a count in a title", function()
    local counts = reader.make(wa.shapes, { shape = "RiskCounts" })(json.decode('{"HIGH":3,"MEDIUM":4.0}'))
    assert.equal("3 and 4", ("%s and %s"):format(counts.HIGH, counts.MEDIUM))
  end)
end)
