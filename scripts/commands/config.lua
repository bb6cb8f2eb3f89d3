-- plumb config: the settings in force and where each of them came from, without calling AWS and without secrets.

local COLUMNS = {
  { key = "key", title = "setting" }, { key = "value", cut = true }, { key = "origin", title = "from" },
}

-- "max_attempts", "max-attempts" and "max attempts" are one.
local function same_key(a, b) return a:lower():gsub("[_%-]", " ") == b:lower():gsub("[_%-]", " ") end

local function show(rows, args, cli)
  if args.json then
    local json = require("plumb.json")
    return cli.json({ schema = "plumb.config/1", settings = json.list(rows) })
  end
  cli.table(rows, COLUMNS)
  local ignored = require("plumb.provenance").ignored(cli.env)
  for _, one in ipairs(ignored) do cli.note(("note: %s is set and not heeded: %s"):format(one.name, one.reason)) end
end

local function get(rows, args, cli)
  local keys = {}
  for i, row in ipairs(rows) do
    keys[i] = row.key:gsub(" ", "_")
    if same_key(row.key, args.key) then
      if args.json then return cli.json(row) end
      return cli.out(row.value)
    end
  end
  local near = require("plumb.suggest").suggest((args.key:gsub("[%- ]", "_")), keys)
  require("plumb.problem").raise({ id = "E103", what = ("no setting '%s'"):format(args.key),
    fix = near and ("did you mean '%s'?"):format(near) or "one of: " .. table.concat(keys, ", ") })
end

local FILES = { ["config file"] = true, ["credentials file"] = true, ["policy file"] = true, state = true }

local function path(rows, args, cli)
  local files = {}
  for _, row in ipairs(rows) do
    if FILES[row.key] then files[#files + 1] = row end
  end
  show(files, args, cli)
end

local ACTIONS = { show = show, get = get, path = path }

local function run(args, cli)
  local problem = require("plumb.problem")
  if args.action == "get" and not args.key then
    problem.raise({ id = "E104", what = "plumb config get needs KEY", fix = "plumb config show lists them" })
  elseif args.action ~= "get" and args.key then
    problem.raise({ id = "E106", what = ("plumb config %s takes no KEY"):format(args.action),
      fix = "plumb config get " .. args.key })
  end
  ACTIONS[args.action](require("plumb.provenance").rows(args, cli.env), args, cli)
end

return {
  name = "config",
  group = "OPERATE",
  summary = "Show settings and where each came from: show, get KEY, or path",
  description = "Reads the environment and the files that AWS's tools share, and calls nobody. No secret is shown.",
  examples = {
    { "plumb config show", "every setting and who decided it" },
    { "plumb config get region", "one value, for scripts" },
    { "plumb config path", "the files in use" },
  },
  arguments = {
    { name = "ACTION", choices = { "show", "get", "path" }, help = "show, get or path" },
    { name = "KEY", optional = true, help = "for get: a setting as show names it" },
  },
  uses = { "aws", "policy", "state", "output" },
  run = run,
}
