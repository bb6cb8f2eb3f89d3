-- The files ~/.aws/config and ~/.aws/credentials: profiles, sso-sessions and
-- services sections. Follows the grammar that the AWS SDKs share. Names that are
-- not valid are skipped with their lines; broken syntax is an error that names
-- file and line, and never shows a value. Pure: the caller reads the files.

local err = require "plumb.err"

local profile = {}

local NAME = "^[%w%-/%.%%@_:%+]+$"
local LONGEST_LINE = 64 * 1024

local function trim(text)
  return text:match("^%s*(.-)%s*$")
end

-- Kind and name of a section of the config file; nil for what is to be skipped.
local function config_section(header)
  local prefix, name = header:match("^(%S+)%s+(.+)$")
  if not prefix then
    if header == "default" then return "bare default", "default" end
    return nil
  end
  local quoted = name:match('^"(.*)"$') or name:match("^'(.*)'$")
  if not quoted and not name:find(NAME) then return nil end
  name = quoted or name
  if prefix == "profile" then return "profiles", name end
  if prefix == "sso-session" then return "sso_sessions", name end
  if prefix == "services" then return "services", name end
end

local function credentials_section(header)
  local quoted = header:match('^"(.*)"$') or header:match("^'(.*)'$")
  if quoted or header:find(NAME) then return "profiles", quoted or header end
end

-- One pass over the lines. `section` and `key` say where we are; `section` is
-- false inside one that is skipped, `key` false below a property that is.
local function parse_lines(text, section_of, fail)
  local found = { profiles = {}, sso_sessions = {}, services = {}, ["bare default"] = {} }
  local section, key, number = nil, nil, 0

  local function open_section(line)
    local header = line:gsub("[#;].*$", ""):match("^%[(.*)%]%s*$")
    if not header then return fail(number, "Profile definition must end with ']'") end
    local kind, name = section_of(trim(header))
    key = nil
    section = false
    if kind then
      section = found[kind][name] or {}
      found[kind][name] = section
    end
    return true
  end

  local function continue(line)
    if section == nil then return fail(number, "Expected a profile definition, found continuation") end
    if section == false or key == false then return true end
    if not key then return fail(number, "Expected a property definition, found continuation") end
    line = trim(line)
    if section[key] == "" or section[key]:sub(1, 1) == "\n" then
      local name = line:match("^([^=]*)=")
      if not name then return fail(number, "Expected an '=' sign defining a sub-property") end
      if trim(name) == "" then return fail(number, "Sub-property did not have a name") end
    end
    section[key] = section[key] .. "\n" .. line
    return true
  end

  local function property(line)
    if section == nil then return fail(number, "Expected a profile definition") end
    local name, value = line:gsub("%s[#;].*$", ""):match("^([^=]*)=(.*)$")
    if not name then return fail(number, "Expected an '=' sign defining a property") end
    name = trim(name)
    if name == "" then return fail(number, "Property did not have a name") end
    key = false
    if section and name:find(NAME) then
      key = name:lower()
      section[key] = trim(value)
    end
    return true
  end

  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    line = line:gsub("\r$", "")
    local ok, e = true, nil
    if #line > LONGEST_LINE or line:find("\0", 1, true) then
      ok, e = fail(number, "the line is too long or holds a NUL byte")
    elseif line:find("^%[") then
      ok, e = open_section(line)
    elseif line:find("^%s") then
      if line:find("%S") then ok, e = continue(line) end
    elseif line ~= "" and not line:find("^[#;]") then
      ok, e = property(line)
    end
    if not ok then return nil, e end
  end
  return found
end

local function parse_file(text, section_of, file_name)
  local function fail(line, why)
    return nil, err.new {
      code = "ProfileSyntax", kind = "credentials", executed = "no",
      message = ("%s, line %d: %s"):format(file_name, line, why), file = file_name, line = line,
    }
  end
  text = (text or ""):gsub("^\239\187\191", "")
  return parse_lines(text, section_of, fail)
end

---Reads the nested form of a value: `s3 =` followed by indented `name = value` lines.
---@param value string|nil
---@return table<string, string>
function profile.nested(value)
  local out = {}
  for line in ((value or "") .. "\n"):gmatch("([^\n]*)\n") do
    local name, text = line:gsub("%s[#;].*$", ""):match("^%s*([^=]-)%s*=%s*(.-)%s*$")
    if name and name ~= "" then out[name:lower()] = text end
  end
  return out
end

---@class plumb.aws.Profiles
---@field profiles table<string, table<string, string>>      name -> key in lower case -> value
---@field sso_sessions table<string, table<string, string>>
---@field services table<string, table<string, table<string, string>>>  section -> service -> key -> value
---@field in_credentials_file table<string, table<string, true>>  profile -> keys whose value is from that file

---Parses both files and merges them; the credentials file wins key by key.
---@param config_text? string
---@param credentials_text? string
---@param names? { config?: string, credentials?: string }  file names for error messages
---@return plumb.aws.Profiles|nil profiles
---@return plumb.Error? err  code "ProfileSyntax", with file and line
---@see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
function profile.parse(config_text, credentials_text, names)
  names = names or {}
  local config, e = parse_file(config_text, config_section, names.config or "~/.aws/config")
  if not config then return nil, e end
  local credentials
  credentials, e = parse_file(credentials_text, credentials_section, names.credentials or "~/.aws/credentials")
  if not credentials then return nil, e end
  -- [profile default] beats [default], whatever their order.
  local bare = config["bare default"].default
  if bare and not config.profiles.default then config.profiles.default = bare end
  local in_credentials_file = {}
  for name, keys in pairs(credentials.profiles) do
    local merged, origin = config.profiles[name] or {}, {}
    for key, value in pairs(keys) do merged[key], origin[key] = value, true end
    config.profiles[name], in_credentials_file[name] = merged, origin
  end
  local services = {}
  for name, keys in pairs(config.services) do
    services[name] = {}
    for service, value in pairs(keys) do services[name][service] = profile.nested(value) end
  end
  return {
    profiles = config.profiles, sso_sessions = config.sso_sessions, services = services,
    in_credentials_file = in_credentials_file,
  }
end

return profile
