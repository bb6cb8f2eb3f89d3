-- The item of a group: like any other, and besides it lists its practices twice, for people as a checklist and for
-- plumb by what identifies them, so that a lost state can be made again from the item alone. Pure.

local digest = require "plumb.digest"
local finding_of = require "plumb.finding"
local group_of = require "plumb.group"
local item_of = require "plumb.item"
local json = require "plumb.json"

local group_item = {}

-- Operational data that is read only where the whole item is.
local LIST_FIELD = "Best practices missing"

-- Searchable, because lists of items carry nothing else.
local PRACTICES_FIELD = "Practices"

---The fields that say which group an item is for.
group_item.MODE_FIELD = "Group"
group_item.NAME_FIELD = "Group name"

local RELATED_MOST = 10 -- https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateOpsItem.html

local function field_name(i) return i == 1 and PRACTICES_FIELD or ("%s %d"):format(PRACTICES_FIELD, i) end

-- Ids by lens and question. As many entries as it takes, since a practice that is left out could get a second item
-- when the state is lost.
local function identities(practices)
  local parts, lenses, size = {}, {}, 2
  for _, practice in ipairs(practices) do
    if not practice.done then
      local more = #practice.lens_arn + #practice.question_id + #practice.choice_id + 16
      if size + more > item_of.VALUE_LIMIT then
        parts[#parts + 1], lenses, size = json.encode(lenses), {}, 2
      end
      lenses[practice.lens_arn] = lenses[practice.lens_arn] or {}
      local questions = lenses[practice.lens_arn]
      questions[practice.question_id] = questions[practice.question_id] or json.list {}
      table.insert(questions[practice.question_id], practice.choice_id)
      size = size + more
    end
  end
  parts[#parts + 1] = json.encode(lenses)
  return parts
end

---The practices that an item lists as missing, from its operational data.
---@param fields table<string, string>
---@return { lens_arn: string, question_id: string, choice_id: string }[]
function group_item.listed(fields)
  local list, i = {}, 1
  while fields[field_name(i)] do
    local lenses = json.decode(fields[field_name(i)])
    for lens_arn, questions in pairs(type(lenses) == "table" and lenses or {}) do
      for question_id, choices in pairs(type(questions) == "table" and questions or {}) do
        for _, choice_id in ipairs(type(choices) == "table" and choices or {}) do
          list[#list + 1] = { lens_arn = lens_arn, question_id = question_id, choice_id = choice_id }
        end
      end
    end
    i = i + 1
  end
  return list
end

local function triple(entry) return entry.lens_arn .. "\0" .. entry.question_id .. "\0" .. entry.choice_id end

---A test of whether an item lists a finding as missing.
---@param fields table<string, string>  operational data
---@return (fun(record: table): boolean)|nil  nil when the item lists none
function group_item.lists(fields)
  local names = {}
  for _, entry in ipairs(group_item.listed(fields)) do names[triple(entry)] = true end
  return next(names) and function(record) return names[triple(record)] == true end or nil
end

-- The whole list for people, cut at the end of a line.
local function checklist(practices)
  local lines, used = {}, 0
  for i, practice in ipairs(practices) do
    local line = ("- [%s] %s (%s)"):format(practice.done and "x" or " ", practice.title, practice.question_id)
    used = used + #line + 1
    if used > item_of.VALUE_LIMIT - 64 then
      lines[i] = ("… and %d more"):format(#practices - i + 1)
      break
    end
    lines[i] = line
  end
  return table.concat(lines, "\n")
end

local function own_fields(of_group, practices)
  local own = {
    ["/aws/resources"] = json.encode(json.list { { arn = of_group.workload_arn } }),
    ["/aws/dedup"] = json.encode { dedupString = finding_of.dedup(of_group.key) },
    WorkloadId = of_group.workload_arn:match "workload/(.+)$",
    LensArn = of_group.lens_arn,
    [item_of.KEY_FIELD] = of_group.key,
    [group_item.MODE_FIELD] = of_group.mode,
    [group_item.NAME_FIELD] = of_group.name ~= "" and of_group.name or nil,
  }
  local parts = identities(practices)
  for i, text in ipairs(parts) do own[field_name(i)] = text end
  -- An entry that is not needed any more is made empty: an update leaves alone what it does not name.
  for i = #parts + 1, of_group.parts or 0 do own[field_name(i)] = "{}" end
  return own, #parts
end

-- The items that there were before, for the group and for the practices that are missing again.
local function related(of_group, members)
  local list, seen = {}, {}
  local function add(id)
    if id and not seen[id] and #list < RELATED_MOST then
      seen[id], list[#list + 1] = true, id
    end
  end
  add(of_group.item_id or of_group.previous_item)
  for _, member in ipairs(members) do
    local record = member.again and member.record or {}
    add(record.item_id or record.previous_item)
  end
  return list
end

-- What people see of an item: when it moves, the item has to be brought up to date.
local function digest_of(made)
  return digest.hex(digest.sha256(json.encode { made.title, made.description, made.severity, made.fields,
    made.texts })):sub(1, 32)
end

---Makes the item of a group.
---@param of_group table  the group's record, or what group.of made
---@param members plumb.Member[]
---@param policy plumb.Policy
---@return plumb.Item|nil item  with `texts`, operational data that is not searchable; `shown`, a digest of what it
---  says; and `parts`, for the group's record
---@return plumb.Problem? problem  when a hook of the policy failed
---@return table finding  what the hooks were given
function group_item.make(of_group, members, policy)
  local found, practices = group_of.finding(of_group, members), group_of.practices(members)
  local own, parts = own_fields(of_group, practices)
  local made, failure = item_of.drafted(found, policy, of_group.key, own)
  if not made then return nil, failure, found end
  made.related = related(of_group, members)
  made.fields[LIST_FIELD] = nil
  made.texts = { [LIST_FIELD] = checklist(practices) }
  made.shown, made.parts = digest_of(made), parts
  return made, nil, found
end

return group_item
