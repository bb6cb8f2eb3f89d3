-- What --endpoint-url was given: a URL for all services, or SERVICE=URL for one of them. Each is checked here,
-- before anything is signed for it.

local problem = require("plumb.problem")
local suggest = require("plumb.suggest")

local M = {}

-- The short names of the services whose tables plumb carries.
local function known_services()
  local names = {}
  for _, path in ipairs(require("plumb.scripts").list()) do
    local name = path:match("plumb/aws/service/([%w_]+)%.lua$")
    names[#names + 1] = name
  end
  return names
end

-- A name that is not known would be passed over, and the requests would go to AWS after all.
local function check_service(name, text)
  local names = known_services()
  for _, known in ipairs(names) do
    if known == name then return end
  end
  local near = suggest.suggest(name, names)
  problem.raise({ id = "E103", what = ("no service '%s' to send elsewhere"):format(name),
    where = "--endpoint-url " .. text,
    fix = near and ("did you mean '%s'?"):format(near) or "one of: " .. table.concat(names, ", ") })
end

---Reads the values of --endpoint-url.
---@param values string[]|nil
---@param options? { allow_http: boolean? }
---@return string|nil url                  for all services
---@return table<string, string> by_service
function M.read(values, options)
  local url, by_service = nil, {}
  for _, text in ipairs(values or {}) do
    local service, one = text:match("^([%w_%-]+)=(.+)$")
    if service then
      service = service:lower():gsub("-", "_")
      check_service(service, text)
      by_service[service] = one
    else
      url = text
    end
    local ok, failure = require("plumb.aws.endpoint").parse_url(one or text, options)
    if not ok then error(problem.from(failure), 0) end
  end
  return url, by_service
end

return M
