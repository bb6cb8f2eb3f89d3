-- HTML made of values: whatever is not made here is text and gets escaped, so that no name of a workload can become
-- markup. Pure.

local node = {}

local Node = {}
Node.__index = Node

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

---Text that says itself in content and in attributes. Control characters that HTML forbids become U+FFFD.
---@param text any
---@return string
---@see https://html.spec.whatwg.org/multipage/parsing.html#preprocessing-the-input-stream
function node.escape(text)
  text = tostring(text):gsub("[&<>\"']", ENTITIES)
  return (text:gsub("[%z\1-\8\11\12\14-\31\127]", "\u{FFFD}"))
end

-- A number as JSON and SVG write it.
local function shown(value)
  if math.type(value) == "float" then return (("%.1f"):format(value):gsub("%.0$", "")) end
  return value
end

local function render(value)
  if getmetatable(value) == Node then return value.html end
  if type(value) == "table" then
    local parts = {}
    for i, child in ipairs(value) do parts[i] = render(child) end
    return table.concat(parts)
  end
  return node.escape(shown(value))
end

local VOID = { meta = true, rect = true, circle = true, path = true, line = true }

---An element: attributes by name, children by number; nil and false are left out.
---@param tag string
---@param parts table
---@return table node
function node.of(tag, parts)
  local names, out = {}, { "<", tag }
  for name, value in pairs(parts) do
    if type(name) == "string" and value then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    out[#out + 1] = (' %s="%s"'):format(name, node.escape(shown(parts[name])))
  end
  if VOID[tag] and #parts == 0 then
    out[#out + 1] = tag == "meta" and ">" or "/>"
  else
    out[#out + 1] = ">"
    for _, child in ipairs(parts) do out[#out + 1] = render(child) end
    out[#out + 1] = ("</%s>"):format(tag)
  end
  return setmetatable({ html = table.concat(out) }, Node)
end

---A text of ours that is no text, such as a style sheet. Never of anybody else.
---@param html string
---@return table node
function node.trusted(html) return setmetatable({ html = html }, Node) end

---@param made table  a node
---@return string html
function node.text(made) return render(made) end

return node
