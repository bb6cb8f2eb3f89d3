-- plumb init: a folder to start a policy from. It never replaces what somebody wrote unless told to, and says
-- about each file what it did.

local problem = require("plumb.problem")

-- What is neither policy nor workflow, nor worth a file among the scripts.
local BUSTED = 'return { default = { ROOT = { "spec" }, verbose = true } }\n'
local STYLUA = 'column_width = 100\nindent_type = "Spaces"\nindent_width = 2\n'
local GITIGNORE = "# what plumb remembers, and plans\n*.db\n*.db-shm\n*.db-wal\nplan.json\n"

-- What a folder gets: a name in it, and where the text comes from.
local function contents()
  local source, luals = require("plumb.scripts").source, require("plumb.luals")
  local list = {
    { "policy.lua", source("policy/starter.lua"), "your policy, to edit" },
    { "default.lua", source("policy/default.lua"), "every setting and hook, to read" },
    { "spec/policy_spec.lua", source("policy/first_spec.lua"), "tests of your policy, to extend" },
    { "workflows/scan.lua", source("workflows/scan.lua"), "what a scan does, to edit" },
    { "workflows/resolve.lua", source("workflows/resolve.lua"), "what a resolve does, to edit" },
    { ".luarc.json", luals.luarc, "for editors with lua-language-server" },
    { ".luacheckrc", luals.luacheckrc(), "for luacheck" },
    { ".busted", BUSTED, "where busted finds the specs" },
    { ".stylua.toml", STYLUA, "how StyLua is to lay out Lua" },
    { ".gitignore", GITIGNORE, "what is not for a repository" },
  }
  for _, file in ipairs(luals.files()) do
    list[#list + 1] = { "types/" .. file[1], file[2], "for editors" }
  end
  return list
end

local function refused(path, message)
  problem.raise({ id = "E700", what = ("%s could not be written"):format(path), because = message,
    fix = "choose another folder: plumb init FOLDER" })
end

-- "wrote", "replaced", "kept" (somebody's own) or "unchanged".
local function put(path, text, force)
  local files = require("plumb.files")
  local action = "wrote"
  if files.stat(path) then
    if files.read(path, 1024 * 1024) == text then
      return "unchanged"
    elseif not force then
      return "kept"
    end
    action = "replaced"
  end
  local ok, message = files.write_atomic(path, text, 0x1A4) -- 0644
  if not ok then
    refused(path, message)
  end
  return action
end

local function write_all(folder, force)
  local files = require("plumb.files")
  local rows = {}
  for _, content in ipairs(contents()) do
    local path = folder .. "/" .. content[1]
    local ok, message = files.mkdir_all(path:match("^(.*)/"), 0x1C0) -- 0700
    if not ok then
      refused(path, message)
    end
    rows[#rows + 1] = { file = content[1], path = path, action = put(path, content[2], force), about = content[3] }
  end
  return rows
end

-- The types are many and nobody edits them: one line for all to which the same happened.
local function for_eyes(rows)
  local list, folded = {}, {}
  for _, row in ipairs(rows) do
    local types = row.file:find("^types/") ~= nil
    if types and folded[row.action] then
      folded[row.action].count = folded[row.action].count + 1
    else
      local shown = { action = row.action, file = types and "types/" or row.file, about = row.about, count = 1 }
      folded[row.action] = types and shown or folded[row.action]
      list[#list + 1] = shown
    end
  end
  for _, row in ipairs(list) do
    row.about = row.count > 1 and ("%d files, %s"):format(row.count, row.about) or row.about
  end
  return list
end

-- What to type next, after what happened.
local function next_steps(rows, shown, is_default, cli)
  local kept = false
  for _, row in ipairs(rows) do
    kept = kept or row.action == "kept"
  end
  if kept then
    cli.note("What was there and different was kept; --force replaces it.")
  end
  local policy = shown .. "/policy.lua"
  cli.note(("Next: edit %s, then"):format(policy))
  cli.note(is_default and "  plumb check" or ("  plumb check %s"):format(policy))
  cli.note(is_default and "  plumb test" or ("  plumb test %s"):format(shown))
  cli.note(is_default and "  plumb scan --dry-run" or ("  plumb scan --dry-run --policy %s"):format(policy))
end

local function run(args, cli)
  local find = require("plumb.policy.find")
  local usual = find.folder(cli.env)
  local folder = args.folder or usual
  if not folder then
    problem.raise({ id = "E104", what = "there is no home folder to write to",
      because = "neither XDG_CONFIG_HOME nor HOME is set", fix = "name a folder: plumb init FOLDER" })
  end
  folder = #folder > 1 and folder:gsub("/+$", "") or folder
  local shown = find.display(folder, cli.env)
  local rows = write_all(folder, args.force)
  if args.json then
    cli.json({ schema = "plumb.init/1", folder = folder, files = require("plumb.json").list(rows) })
    return
  end
  for _, row in ipairs(for_eyes(rows)) do
    cli.out(("%-9s  %s/%-21s  %s"):format(row.action, shown, row.file, row.about))
  end
  next_steps(rows, shown, folder == usual, cli)
end

return {
  name = "init",
  group = "WRITE POLICY",
  summary = "Write a policy and workflows to start from",
  description = "Without FOLDER, writes to $XDG_CONFIG_HOME/plumb (~/.config/plumb), where plumb finds its policy.",
  examples = {
    { "plumb init", "a commented policy where plumb looks for it" },
    { "plumb init reviews", "in a folder of your own; plumb scan --policy reviews/policy.lua uses it" },
  },
  arguments = { { name = "FOLDER", optional = true, help = "folder to write to, made if it does not exist" } },
  flags = { { "--force", help = "replace files that are there already" } },
  uses = { "output" },
  run = run,
}
