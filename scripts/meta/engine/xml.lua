---@meta engine.xml

-- engine/lua/lua_xml.c; use plumb.xml

---@class engine.xml
---@field parse fun(text: string): plumb.xml.Element|nil, string?  or nil and "XML, line 3: why"; no document types, 32
---  levels, 100,000 elements and 4 MiB at most
local xml = {}

return xml
