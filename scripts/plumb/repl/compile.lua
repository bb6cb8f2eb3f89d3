-- Text to function, as the interactive session does it: an expression first, then a statement, and the question
-- whether more lines may complete what is only begun.

local M = {}

local function is_begun(message)
  return message:find("<eof>$") ~= nil
end

---Compiles a text; never runs anything.
---@param text string
---@param env table  its globals
---@return function? chunk  text chunks only
---@return string? message  what is wrong, with "repl:LINE: " in front
---@return boolean? begun   whether more lines may complete it
function M.compile(text, env)
  local chunk, as_expression = load("return " .. text, "=repl", "t", env)
  if chunk then
    return chunk
  end
  local message
  chunk, message = load(text, "=repl", "t", env)
  if chunk then
    return chunk
  end
  return nil, message, is_begun(message) or is_begun(as_expression)
end

---Whether a text can be run as it is.
---@param text string
---@return boolean
function M.is_whole(text)
  return load("return " .. text, "=repl", "t", {}) ~= nil or load(text, "=repl", "t", {}) ~= nil
end

return M
