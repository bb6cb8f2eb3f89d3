-- Listings that come in pages, one item at a time. The paginator file of
-- Well-Architected is empty, so what continues a listing and what it lists is
-- read off the shapes: the token members by their usual names, the items as the
-- output's list.

local err = require "plumb.err"
local json = require "plumb.json"

local pages = {}

local MOST_PAGES = 10000

-- Output member that continues a listing, and the input member it goes into.
local TOKENS = {
  { "NextToken", "NextToken" }, { "nextToken", "nextToken" },
  { "LastEvaluatedKey", "ExclusiveStartKey" }, { "LastEvaluatedTableName", "ExclusiveStartTableName" },
  { "NextMarker", "Marker" }, { "Marker", "Marker" }, { "PaginationToken", "PaginationToken" },
}
local SIZES = { "MaxResults", "maxResults", "MaxItems", "PageSize" }

local function token_members(input, output)
  for _, pair in ipairs(TOKENS) do
    if output.members[pair[1]] and input.members[pair[2]] then return pair[1], pair[2] end
  end
end

-- The one list of the output; with several, the one that is named like the operation
-- ("Answer" in ListAnswers), else the first by name.
local function items_member(shapes, output, operation_name)
  local lists = {}
  for name, reference in pairs(output.members) do
    if shapes[reference.shape].type == "list" then lists[#lists + 1] = name end
  end
  table.sort(lists)
  local subject = operation_name:gsub("^%u%l+", ""):gsub("s$", "")
  for _, name in ipairs(lists) do
    if subject ~= "" and name:find(subject, 1, true) then return name end
  end
  return lists[1]
end

local function page_size(shapes, input)
  for _, name in ipairs(SIZES) do
    local reference = input.members[name]
    local max = reference and shapes[reference.shape].max
    if max then return name, max end
  end
end

local function make_plan(service, operation_name)
  local operation = service.operations[operation_name]
  local input, output = service.shapes[operation.input], service.shapes[operation.output]
  if not input or not output then return nil end
  local from, into = token_members(input, output)
  local items = items_member(service.shapes, output, operation_name)
  if not from or not items then return nil end
  local size_member, size = page_size(service.shapes, input)
  return { from = from, into = into, items = items, size_member = size_member, size = size }
end

local plans = setmetatable({}, { __mode = "k" }) -- service -> operation name -> plan

---How an operation's listing is continued.
---@param service plumb.aws.Service
---@param operation_name string
---@return { from: string, into: string, items: string, size_member?: string, size?: integer }|nil  nil when it
---  has no pages
function pages.plan(service, operation_name)
  local of_service = plans[service]
  if not of_service then
    of_service = {}
    plans[service] = of_service
  end
  local plan = of_service[operation_name]
  if plan == nil then
    plan = make_plan(service, operation_name) or false
    of_service[operation_name] = plan
  end
  return plan or nil
end

local function first_input(plan, input)
  local copy = {}
  for key, value in pairs(input or {}) do copy[key] = value end
  if plan.size_member and copy[plan.size_member] == nil then copy[plan.size_member] = plan.size end
  return copy
end

local function is_empty(token)
  return token == nil or token == "" or (type(token) == "table" and next(token) == nil)
end

---Each page of a listing. A service that hands out a token twice would be asked
---for ever, so that is an error.
---@param handle plumb.aws.Handle
---@param operation_name string
---@param input? table
---@param opts? table  as for a call
---@return fun(): table?, plumb.Error?  the next output; nil at the end, nil and an error when a page failed
function pages.each_page(handle, operation_name, input, opts)
  local service = handle.service
  local plan = pages.plan(service, operation_name)
  if not plan then error(("%s.%s does not come in pages"):format(service.name, operation_name), 2) end
  local request, seen, count, done = first_input(plan, input), {}, 0, false
  local function stop(code, message)
    done = true
    return nil, err.new {
      code = code, kind = "garbage", message = message, service = service.name, operation = operation_name,
      executed = "yes",
    }
  end
  return function()
    if done then return nil end
    if count == MOST_PAGES then return stop("TooManyPages", ("more than %d pages"):format(MOST_PAGES)) end
    local output, e = handle:call(operation_name, request, opts)
    if not output then
      done = true
      return nil, e
    end
    count = count + 1
    local token = output[plan.from]
    if is_empty(token) then
      done = true
      return output
    end
    local key = type(token) == "table" and json.encode(token) or token
    if seen[key] then return stop("PageLoop", ("the service gave out the same %s twice"):format(plan.from)) end
    seen[key] = true
    request = first_input(plan, request)
    request[plan.into] = token
    return output
  end
end

---Each item of a listing; raises the plumb.Error when a page fails, because a list
---that ends early must not look complete.
---@param handle plumb.aws.Handle
---@param operation_name string
---@param input? table
---@param opts? table
---@return fun(): any
function pages.each(handle, operation_name, input, opts)
  local next_page = pages.each_page(handle, operation_name, input, opts)
  local items_name = pages.plan(handle.service, operation_name).items
  local items, at = {}, 0
  return function()
    while items do
      at = at + 1
      if items[at] ~= nil then return items[at] end
      local output, e = next_page()
      if e then error(e, 0) end
      items, at = output and (output[items_name] or {}), 0
    end
  end
end

---All items of a listing.
---@param handle plumb.aws.Handle
---@param operation_name string
---@param input? table
---@param opts? table
---@return table|nil items
---@return plumb.Error? err
function pages.all(handle, operation_name, input, opts)
  local next_page = pages.each_page(handle, operation_name, input, opts)
  local items_name = pages.plan(handle.service, operation_name).items
  local out = json.list {}
  while true do
    local output, e = next_page()
    if e then return nil, e end
    if not output then return out end
    for _, item in ipairs(output[items_name] or {}) do out[#out + 1] = item end
  end
end

return pages
