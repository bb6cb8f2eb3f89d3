-- plumb generate: makes what a deployment needs from what plumb itself knows.

local function refuse(id, what, fix)
  require("plumb.problem").raise { id = id, what = what, fix = fix }
end

local function check(args, accounts, policy)
  if not args["for"] then
    refuse("E104", "for which job?", "--for scan, --for resolve or --for serve")
  elseif args.account and not args.account:find("^%d%d%d%d%d%d%d%d%d%d%d%d$") then
    refuse("E103", ("--account %s is not the number of an account"):format(args.account), "--account 111122223333")
  elseif args.role == "items" and not policy.items_in.role then
    refuse("E103", "there is no role that makes items", "items_in.role in the policy names one")
  end
  local any = policy.organization_role
  for _, account in ipairs(accounts) do any = any or account.role end
  if args.role == "account" and not any then
    refuse("E103", "there are no roles that read accounts", "accounts or organization_role in the policy name some")
  end
end

local function regions_of(args, policy, env)
  if #args.region > 0 then return args.region end
  if #policy.regions > 0 then return policy.regions end
  local region = env "AWS_REGION" or env "AWS_DEFAULT_REGION"
  return region and region ~= "" and { region } or {}
end

local function check_regions(regions)
  for _, region in ipairs(regions) do
    if not require("plumb.aws.partition").is_region(region) then
      refuse("E103", ("'%s' is not the name of a Region"):format(region), "--region eu-west-1")
    end
  end
end

local function state_table(args, env)
  local path = args.state or env "PLUMB_STATE"
  return path and require("plumb.store").table_name(path)
end

-- Definition files for editors, as plumb init writes them.
local function luals(args, cli)
  local files = require "plumb.files"
  local folder = args.folder or "types"
  local ok, message = files.mkdir_all(folder, 0x1ED) -- 0755
  for _, file in ipairs(ok and require("plumb.luals").files() or {}) do
    local path = folder .. "/" .. file[1]
    ok, message = files.write_atomic(path, file[2], 0x1A4) -- 0644
    if not ok then break end
    cli.out(path)
  end
  if not ok then
    require("plumb.problem").raise { id = "E700", what = ("%s could not be written"):format(folder), because = message,
      fix = "choose another folder: plumb generate luals --folder FOLDER" }
  end
end

local function run(args, cli)
  if args.what == "luals" then return luals(args, cli) end
  args.region = args.region_list
  local policy = require("plumb.policy").load { path = args.policy, env = cli.env, set = args.set }
  local accounts = args.accounts and require("plumb.places").read_accounts(args.accounts)
    or policy.organization_role and {} or policy.accounts
  local regions = regions_of(args, policy, cli.env)
  check(args, accounts, policy)
  check_regions(regions)
  local permissions, json = require "plumb.permissions", require "plumb.json"
  cli.out(json.encode_pretty(permissions.document {
    job = args["for"], role = args.role or "caller", policy = policy, accounts = accounts, regions = regions,
    own = function(hook) return policy:is_own(hook) end,
    source = policy.path and require("plumb.files").read(policy.path, 1 << 20) or nil,
    account = args.account, state_table = state_table(args, cli.env),
  }))
end

return {
  name = "generate",
  group = "OPERATE",
  summary = "Make an IAM policy of what plumb calls, or types for editors",
  description = "The policy allows the actions of the operations that the loaded policy.lua can lead to, on the\n"
    .. "narrowest resources that IAM knows for them: tags add ssm:AddTagsToResource, accounts and items_in\n"
    .. "add sts:AssumeRole on their roles, a state in DynamoDB its table, hooks the operations they name.\n"
    .. "serve is scan and resolve together, and the queue and topics it listens to.\n"
    .. "luals writes definition files for lua-language-server, as plumb init does. Calls nobody.",
  examples = {
    { "plumb generate iam-policy --for scan", "for whoever runs plumb scan" },
    { "plumb generate iam-policy --for serve --state dynamodb:plumb", "with the state in a table" },
    { "plumb generate luals --folder types", "for an editor that knows lua-language-server" },
    { "plumb generate iam-policy --for scan --role account", "for the roles that plumb assumes in other accounts" },
  },
  arguments = { { name = "WHAT", choices = { "iam-policy", "luals" }, help = "iam-policy or luals" } },
  flags = {
    { "--for", value = "JOB", choices = { "scan", "resolve", "serve" }, help = "scan, resolve or serve" },
    { "--role", value = "WHOSE", choices = { "caller", "account", "items" },
      help = "of whoever runs plumb, or of roles it assumes: account, items" },
    { "--region", value = "NAME", many = true, help = "Region, instead of the policy's and AWS_REGION" },
    { "--account", value = "ID", help = "account of whoever runs plumb; any unless told" },
    { "-o", "--folder", value = "FOLDER", help = "luals: where to write, types unless told" },
    { "--accounts", value = "FILE", help = "accounts to read, instead of the policy's" },
  },
  uses = { "policy", "state" },
  places = true,
  run = run,
}
