-- XML as a tree of tables, for the answers of STS and SNS. Small and strict: no
-- document types, no entities but the five of XML itself, nothing from outside,
-- 32 levels and 4 MiB at most. The door of engine.xml.

local engine = require "engine.xml"

local xml = {}

---@class plumb.xml.Element
---@field name string      with its prefix, if it has one
---@field attrs table<string, string>
---@field children plumb.xml.Element[]
---@field text string      character data directly inside, children left out

---Reads a document.
---@param text string
---@return plumb.xml.Element|nil root
---@return string? message  with the line, when it is not well-formed or not acceptable
---@see https://www.w3.org/TR/xml/
function xml.parse(text)
  return engine.parse(text)
end

return xml
