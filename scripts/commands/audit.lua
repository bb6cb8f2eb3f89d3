-- plumb audit: what plumb wrote, when, for whom, and whether the record of it still holds.

local FAILED = 1

-- "user/plumb" of an ARN of IAM or STS.
local function short_actor(actor) return actor:match("^arn:[^/]*:([^:]+/.+)$") or actor end

local COLUMNS = {
  { key = "at", text = function(at) return (at:gsub("T", " "):gsub("Z$", "")) end },
  { key = "actor", cut = true, text = short_actor },
  { key = "operation" }, { key = "resource" },
  { key = "detail", cut = true, text = function(detail, row) return row.said or detail end },
  { key = "request_id" }, { key = "run" }, { key = "seq" }, { key = "hash" },
}

-- One line of what a row says beside its resource, names in order.
local function detail_text(detail)
  if type(detail) ~= "table" then return detail end
  local json, names, parts = require "plumb.json", {}, {}
  for name in pairs(detail) do names[#names + 1] = tostring(name) end
  table.sort(names)
  for i, name in ipairs(names) do
    local value = detail[name]
    parts[i] = name .. "=" .. (type(value) == "table" and json.encode(value) or tostring(value))
  end
  return table.concat(parts, " ")
end

local function names_resource(row, text)
  return row.resource == text or (row.detail or ""):find(text, 1, true) ~= nil
end

local function wanted(args, since)
  local glob = require("plumb.policy.glob").any
  return function(row)
    return (not since or row.at >= since) and (not args.run or row.run == args.run)
      and (not args.operation[1] or glob(row.operation, args.operation))
      and (not args.resource or names_resource(row, args.resource))
  end
end

-- Who carried out a run is said once, where it begins to write.
local function note_actor(actors, row, detail)
  if row.operation == "begin" and row.run then actors[row.run] = type(detail) == "table" and detail.actor or nil end
end

local function rows_of(store, keep, cli)
  local json, time = require "plumb.json", require "plumb.time"
  local rows, actors = {}, {}
  for row in store:trail() do
    local detail = row.detail and (json.decode(row.detail) or row.detail) or nil
    note_actor(actors, row, detail)
    if keep(row) then
      rows[#rows + 1] = { seq = row.seq, at = time.iso(row.at), run = row.run, operation = row.operation,
        said = type(detail) == "table" and (detail.title or detail.reason) or nil, resource = row.resource,
        request_id = row.request_id, hash = row.hash, actor = row.run and actors[row.run],
        detail = (cli.args.json or cli.format() == "jsonl") and detail or detail_text(detail) }
    end
  end
  return rows
end

local function list(args, cli)
  local listing, source = require "plumb.view.listing", require "plumb.view.source"
  local shown = { schema = "plumb.audit/1", columns = COLUMNS,
    eyes = { "at", "actor", "operation", "resource", "detail" },
    programs = { "seq", "at", "actor", "run", "operation", "resource", "detail", "request_id" } }
  listing.columns(shown, cli)
  local since = args.since and require("plumb.view.age").moment(args.since, "--since")
  local plumb <close> = source.open(args, cli)
  shown.rows = rows_of(plumb.store, wanted(args, since), cli)
  if shown.rows[1] or cli.format() ~= "table" then listing.show(cli, shown) end
  cli.note(("%s, oldest first"):format(source.count(#shown.rows, "entry"):gsub("entrys$", "entries")))
end

local function verify(args, cli)
  local chain, source = require "plumb.store.chain", require "plumb.view.source"
  local plumb <close> = source.open(args, cli)
  source.need_state(plumb, "check")
  local last
  local count, broken = chain.verify((function()
    local each = plumb.store:trail()
    return function()
      local row = each()
      last = row or last
      return row
    end
  end)())
  if args.json then
    cli.json { schema = "plumb.audit-verify/1", ok = broken == nil, rows = count, broken = broken,
      last_hash = not broken and last and last.hash or nil }
  elseif broken then
    cli.out(("row %d does not hold: %s"):format(broken.seq, broken.reason))
  else
    cli.out(("%d rows hold%s"):format(count, last and ", the last one is " .. last.hash or ""))
  end
  cli.note(broken and ("%s the %d rows before it hold; keep this state as evidence"):format(cli.symbol "fail", count)
    or cli.symbol "ok" .. " nothing was changed, put in or taken out; keep the last hash to tell cut-off rows too")
  return broken and FAILED or 0
end

local ACTIONS = { list = { run = list }, verify = { run = verify } }

return {
  name = "audit",
  group = "LOOK AROUND",
  summary = "Show what plumb wrote, when and for whom: list, or verify",
  description = "Every write to AWS leaves a row that has the hash of the row before. verify goes through them all;\n"
    .. "exit code 1 names the first one that does not hold. The row 'begin' of a run says who carried it out and by\n"
    .. "which policy. The state answers, without a call.",
  examples = {
    { "plumb audit list --since 30d", "the last 30 days" },
    { "plumb audit list --since 1y -o csv", "a year, for an auditor" },
    { "plumb audit list --resource oi-0123456789ab", "all that happened to one item" },
    { "plumb audit verify", "whether somebody tampered with it" },
  },
  arguments = { { name = "ACTION", choices = { "list", "verify" }, help = "list or verify" } },
  flags = {
    { "--since", value = "WHEN", help = "from then on: 30d, 6m (months), 1y or a date" },
    { "--run", value = "ID", help = "only what this run wrote" },
    { "--operation", value = "GLOB", many = true, help = "only these, such as create or settle" },
    { "--resource", value = "ID", help = "only what names this item, finding or question" },
  },
  lists = function() return { ["plumb.audit/1"] = COLUMNS } end,
  uses = { "aws", "policy", "state", "output", "rows" },
  run = function(args, cli) return require("plumb.cli.action")("audit", ACTIONS, args, cli) end,
}
