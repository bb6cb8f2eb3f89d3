-- Reads an HTTP message that was saved as bytes: start line, headers, empty line, body.

local http_file = {}

---@param path string
---@return { start: string, headers: table<string, string>, body: string }
function http_file.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  local start, head, body = text:match("^(.-)\r\n(.-)\r\n(.*)$")
  local headers = {}
  -- The head ends with an empty line; without headers there is nothing but that line.
  local rest = head .. "\r\n" .. body
  while true do
    local line, after = rest:match("^(.-)\r\n(.*)$")
    rest = after
    if line == "" then break end
    local name, value = line:match("^([^:]+):%s*(.*)$")
    name = name:lower()
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  return { start = start, headers = headers, body = rest }
end

---A saved response in the form the transport returns.
---@param path string
---@return plumb.Response
function http_file.response(path)
  local message = http_file.read(path)
  return {
    status = tonumber(message.start:match("^HTTP/1%.1 (%d+)")), headers = message.headers, body = message.body, ms = 1,
  }
end

return http_file
