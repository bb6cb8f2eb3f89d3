-- A small HTTP service on loopback that answers from a table, for specs about the places on this machine that hand out
-- credentials. It remembers what it was asked.

local server = require "plumb.server"
local transport = require "plumb.transport"

local local_service = {}

---@param answers table<string, table|string|fun(request: table, n: integer): table>  "GET /path" -> response, the
---  text of a 200, or a function; anything else is a 404
---@return { url: string, host: string, asked: table[], send: function, close: function }
function local_service.start(answers)
  local asked, counts = {}, {}
  local listening = assert(server.serve { handler = function(request)
    local key = request.method .. " " .. request.path
    asked[#asked + 1] = request
    counts[key] = (counts[key] or 0) + 1
    local answer = answers[key]
    if type(answer) == "function" then answer = answer(request, counts[key]) end
    if type(answer) == "string" then answer = { status = 200, body = answer } end
    return answer or { status = 404, body = "" }
  end })
  local host = "127.0.0.1:" .. listening.port
  return { host = host, url = "http://" .. host, asked = asked, send = transport.send, close = listening.close }
end

---The keys of asked requests: { "PUT /a", "GET /b" }.
---@param service table
---@return string[]
function local_service.keys(service)
  local out = {}
  for i, request in ipairs(service.asked) do out[i] = request.method .. " " .. request.path end
  return out
end

return local_service
