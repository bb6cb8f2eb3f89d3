-- Text to function, as the interactive session does it: an expression first, then a statement, and the question
-- whether more lines may complete what is only begun.

local M = {}

local function is_begun(message)
  return message:find("<eof>$") ~= nil
end

-- Code that is nested too deeply is a run-time error of the parser: without the pcall it would go through the message
-- handler of whoever runs this session, as if it were an error of theirs.
local function parse(text, env)
  local _, chunk, message = pcall(load, text, "=repl", "t", env)
  return chunk, message
end

---Compiles a text; never runs anything.
---@param text string
---@param env table  its globals
---@return function? chunk  text chunks only
---@return string? message  what is wrong, with "repl:LINE: " in front
---@return boolean? begun   whether more lines may complete it
function M.compile(text, env)
  local chunk, as_expression = parse("return " .. text, env)
  if chunk then
    return chunk
  end
  local message
  chunk, message = parse(text, env)
  if chunk then
    return chunk
  end
  return nil, message, is_begun(message) or is_begun(as_expression)
end

return M
