-- Makes scripts/plumb/aws/service/NAME.lua from a published service model.
--
--   lua5.4 engine/tools/service.lua MODEL.json NAME [OPERATION ...] [--to DIR]
--
-- MODEL.json is a service-2.json as it comes with the AWS CLI and the SDKs;
-- OPERATION may hold * and ?, and without any all operations are kept. Run it
-- from the top of the source tree (the dev script does).

package.path = "scripts/?.lua;scripts/?/init.lua;" .. package.path

local model = require "plumb.aws.model"
-- Build time only: the program itself reads JSON through plumb.json alone.
local cjson = require "cjson"

local function fail(message)
  io.stderr:write("service.lua: ", message, "\n")
  os.exit(1)
end

local function read(path)
  local file, message = io.open(path, "rb")
  if not file then fail(message) end
  local text = file:read("a")
  file:close()
  return text
end

local function write(path, text)
  local file, message = io.open(path, "wb")
  if not file then fail(message) end
  file:write(text)
  file:close()
end

-- What to type to make the file again, with the model's name but not its folder,
-- which is somewhere else on the next machine.
local function command(model_path, name, globs)
  local words = { "./dev service", model_path:match("[^/]+$"), name }
  for _, glob in ipairs(globs) do words[#words + 1] = glob:find("[*?]") and ("'%s'"):format(glob) or glob end
  return table.concat(words, " ")
end

local function main(argv)
  local plain, to = {}, "scripts/plumb/aws/service"
  local i = 1
  while argv[i] do
    if argv[i] == "--to" then
      i = i + 1
      to = argv[i] or fail("--to needs a folder")
    else
      plain[#plain + 1] = argv[i]
    end
    i = i + 1
  end
  local path, name = plain[1], plain[2]
  if not name then fail("usage: service.lua MODEL.json NAME [OPERATION ...] [--to DIR]") end
  if not name:find("^[a-z][a-z0-9_]*$") then fail(name .. ": a name holds a-z, 0-9 and _ only") end
  local globs = table.move(plain, 3, #plain, 1, {})
  local ok, published = pcall(cjson.decode, read(path))
  if not ok then fail(path .. ": " .. tostring(published)) end
  local service, message = model.from_published(published, { name = name, operations = globs })
  if not service then fail(path .. ": " .. message) end
  if not next(service.operations) then fail(path .. ": no such operation in it") end
  write(to .. "/" .. name .. ".lua", model.to_lua(service, command(path, name, globs)))
end

main(arg)
