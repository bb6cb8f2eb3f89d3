-- plumb state: looks after what plumb remembers: shows it, checks it, copies it, and makes it again from
-- OpsCenter when it is lost.

local FAILED = 1

-- A state that is not there yet is not made by looking at it.
local function read_only(args, cli)
  args.dry_run = true
  return require("plumb.context").open(args, cli)
end

local function show(args, cli)
  local plumb <close> = read_only(args, cli)
  local summary = require "plumb.state.summary"
  local all = summary.of(plumb.store)
  if not require("plumb.view.source").has_state(plumb) then
    cli.note(("There is no state at %s yet."):format(all.place))
  end
  if args.json or args.output == "json" then
    all.schema, all.version = "plumb.state/1", all.schema
    cli.json(all)
    return 0
  end
  cli.table(summary.rows(all), { { key = "what" }, { key = "name" }, { key = "value", align = "left" } })
  return 0
end

local function verify(args, cli)
  local plumb <close> = read_only(args, cli)
  local json, source = require "plumb.json", require "plumb.view.source"
  source.need_state(plumb, "check")
  local faults, checked = require("plumb.state.verify").all(plumb.store)
  if args.json or args.output == "json" then
    cli.json { schema = "plumb.state-verify/1", place = plumb.store:describe().place, faults = json.list(faults),
      checked = checked }
  elseif faults[1] then
    cli.table(faults, { { key = "where" }, { key = "what", title = "fault" }, { key = "fix", title = "what to do" } })
  end
  cli.note(("%s %d findings, %d items, %d audit rows: %s"):format(cli.symbol(faults[1] and "fail" or "ok"),
    checked.findings, checked.items, checked.audit, faults[1] and source.count(#faults, "fault") or "no fault"))
  return faults[1] and FAILED or 0
end

local function backup(args, cli)
  local plumb <close> = read_only(args, cli)
  local problem = require "plumb.problem"
  local place = plumb.store:describe().place
  if not plumb.store.backup then
    problem.raise { id = "E111", what = ("%s is no file that could be copied"):format(place),
      fix = "plumb state export > FILE, or the backups of the service itself" }
  end
  require("plumb.view.source").need_state(plumb, "copy")
  local done, failure = plumb.store:backup(args.file)
  if not done then error(problem.from(failure), 0) end
  if args.json then cli.json { schema = "plumb.state-backup/1", place = place, copy = args.file } end
  cli.note(("%s %s copied to %s"):format(cli.symbol "ok", place, args.file))
  return 0
end

local function export(args, cli)
  local plumb <close> = read_only(args, cli)
  require("plumb.state.export").all(plumb.store, cli.out)
  return 0
end

local function rebuild(args, cli)
  local errand = require "plumb.errand"
  errand.check_may_write(args, cli)
  local plumb <close> = require("plumb.context").open(args, cli)
  return errand.or_problem(require("plumb.state.restore").run, plumb)
end

local function init(args, cli)
  local create, errand = require "plumb.state.create", require "plumb.errand"
  local name = create.table_of(args.state or require("plumb.session").state_path(args))
  errand.check_may_write(args, cli)
  local plumb <close> = require("plumb.context").open(args, cli)
  return errand.or_problem(create.run, plumb, name)
end

local ACTIONS = { init = init, show = show, verify = verify, backup = backup, export = export, rebuild = rebuild }

local function check(args)
  local problem = require "plumb.problem"
  if args.action == "backup" and not args.file then
    problem.raise { id = "E104", what = "where should the copy go?", fix = "plumb state backup FILE" }
  elseif args.action ~= "backup" and args.file then
    problem.raise { id = "E106", what = ("plumb state %s takes no file"):format(args.action),
      fix = "the state itself is named with --state FILE" }
  end
end

return {
  name = "state",
  group = "OPERATE",
  summary = "Look after what plumb remembers: init, show, verify, backup, export, rebuild",
  description = "show says where the state is and what is in it. verify checks the file, the audit trail and\n"
    .. "that findings and items name each other; it changes nothing. backup copies the state into a new\n"
    .. "file while plumb may be running. export prints every record as a line of JSON. rebuild takes from\n"
    .. "OpsCenter what the state lacks, after it was lost or restored from a backup: open items become open\n"
    .. "findings, resolved ones count as used up, and nothing is changed in AWS. A state file is made by\n"
    .. "the first scan; for a state in DynamoDB, init makes the table, after showing it.",
  examples = {
    { "plumb state show", "where it is, how large, how many records" },
    { "plumb state verify", "check it; exit code 1 names each fault" },
    { "plumb state backup /backups/plumb-monday.db", "a whole copy, while plumb may be running" },
    { "plumb state init --state dynamodb:plumb", "make the table for a state that several instances share" },
    { "plumb state rebuild --dry-run", "what OpsCenter knows and the state does not" },
  },
  arguments = {
    { name = "ACTION", choices = { "init", "show", "verify", "backup", "export", "rebuild" },
      help = "init, show, verify, backup, export or rebuild" },
    { name = "FILE", optional = true, help = "where backup puts the copy; never replaced" },
  },
  flags = {
    { "--accounts", value = "FILE", help = "read these accounts: JSON list of name, role, regions" },
  },
  places = true,
  uses = { "aws", "policy", "state", "output", "write" },
  run = function(args, cli)
    check(args)
    return ACTIONS[args.action](args, cli)
  end,
}
