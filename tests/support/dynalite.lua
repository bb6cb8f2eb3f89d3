-- dynalite, somebody else's DynamoDB in JavaScript, as a witness: what the simulator and the driver believe about the
-- service, it was written to believe independently. It is no part of plumb: `npm install --prefix DIR dynalite` and
-- PLUMB_DYNALITE=DIR; without it, or without node, specs that want it say so and are skipped.

local aws = require("plumb.aws")
local process = require("support.process")
local secret = require("plumb.secret")
local transport = require("plumb.transport")

local M = {}

local SERVER = [[
const server = require(process.argv[1] + "/node_modules/dynalite")({ createTableMs: 0, deleteTableMs: 0 });
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
]]

---Where it is, or why there is none.
---@return string? folder
---@return string? reason
function M.find()
  local folder = os.getenv("PLUMB_DYNALITE") or ""
  if folder == "" then
    return nil, "PLUMB_DYNALITE does not say where dynalite is (npm install --prefix DIR dynalite)"
  elseif not process.has_program("node") then
    return nil, "there is no node to run dynalite"
  elseif not process.exists(folder .. "/node_modules/dynalite/index.js") then
    return nil, "there is no dynalite in " .. folder
  end
  return folder
end

---Starts it.
---@return { client: plumb.aws.Client, stop: fun() }
function M.start()
  local server = process.start({ "node", "-e", SERVER, process.shell("realpath " .. process.quote(M.find())) })
  local host = "127.0.0.1:" .. server.first
  local keys = { access_key_id = "test", secret = secret.new("test"), source = "spec" }
  local client = aws.new({ region = "us-east-1", send = transport.send, credentials = function() return keys end,
    endpoint = function() return { scheme = "http", host = host, path_prefix = "" } end })
  return { client = client, stop = function() server:stop() end }
end

return M
