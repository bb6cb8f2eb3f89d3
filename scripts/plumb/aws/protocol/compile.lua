-- Shapes become functions once, not at every call. References are compiled with a
-- memory, so that a shape that holds itself ends: the first look at a shape leaves
-- a stand-in that calls what will have been made.

local compile = {}

---Makes a function that compiles references to shapes.
---@param shapes table  service.shapes
---@param make fun(shape: table, reference: table, compile: function): function
---@return fun(reference: table): function
function compile.with(shapes, make)
  local done = {}
  local function compile_one(reference)
    local shape = shapes[reference.shape]
    local key = table.concat({
      reference.shape, reference.timestampFormat or "", tostring(reference.jsonvalue), tostring(reference.flattened),
    }, " ")
    if done[key] then return done[key] end
    local real
    done[key] = function(...) return real(...) end
    real = make(shape, reference, compile_one)
    done[key] = real
    return real
  end
  return compile_one
end

return compile
