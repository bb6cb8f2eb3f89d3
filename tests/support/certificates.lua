-- Throw-away authorities and certificates, by the openssl of this machine.

local process = require("support.process")

local M = {}

local NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

local function run(folder, arguments, before)
  local result = process.run({ "sh", "-c", ("cd %s && %s openssl %s"):format(process.quote(folder), before or "",
    arguments) })
  if result.code ~= 0 then error("openssl " .. arguments .. "\n" .. result.all, 3) end
end

---Whether certificates can be made here.
---@return boolean
function M.possible() return process.has_program("openssl") end

---Makes NAME.pem and NAME.key of an authority.
---@param folder string
---@param name string
function M.authority(folder, name)
  run(folder, ("req -x509 %s -days 900 -subj /CN=%s -keyout %s.key -out %s.pem"):format(NEW_KEY, name, name, name))
end

---Makes s.pem and s.key of a server.
---@param folder string
---@param row { authority: string?, names: string?, common_name: string?, usage: string?, days: integer?, key: string?,
---  digest: string?, made: string? }  authority: false for one that it signs itself; names: subjectAltName, nil for
---  none; usage: extendedKeyUsage; key: openssl's arguments for a new one; made: when, in the words of faketime
function M.server(folder, row)
  local name = row.common_name or "server"
  process.write(folder .. "/ext", (row.names and "subjectAltName=" .. row.names .. "\n" or "")
    .. "extendedKeyUsage=" .. (row.usage or "serverAuth") .. "\n")
  run(folder, ("req %s -subj /CN=%s -keyout s.key -out s.csr"):format(row.key or NEW_KEY, name))
  local signer = row.authority == false and "-signkey s.key"
    or ("-CA %s.pem -CAkey %s.key -CAcreateserial"):format(row.authority or "ca", row.authority or "ca")
  run(folder, ("x509 -req -in s.csr %s -extfile ext -days %d %s -out s.pem"):format(signer, row.days or 1,
    row.digest or ""), row.made and "faketime -f " .. process.quote(row.made))
end

return M
