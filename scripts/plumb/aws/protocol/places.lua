-- Where the members of a structure travel in restJson1: path, query, one header
-- each, a family of headers, the status line, or the body.

local places = {}

---Sorts members by place.
---@param shapes table
---@param structure? table  the input or output shape; nil has no members
---@return table<string, table[]>  uri, querystring, header, headers, statusCode and body, each a
---  list of { name, wire = name on the wire, reference, shape } in the order of wire names
function places.sort(shapes, structure)
  local found = { uri = {}, querystring = {}, header = {}, headers = {}, statusCode = {}, body = {} }
  for name, reference in pairs(structure and structure.members or {}) do
    local list = found[reference.location or "body"] or found.body
    list[#list + 1] = {
      name = name, wire = reference.locationName or name, reference = reference, shape = shapes[reference.shape],
    }
  end
  for _, list in pairs(found) do
    table.sort(list, function(a, b) return a.wire < b.wire end)
  end
  return found
end

return places
