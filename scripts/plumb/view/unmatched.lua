-- Says when a run looked at nothing at all, as a misspelt name does not fail: "0 workloads" reads like good news.

local problem = require "plumb.problem"
local suggest = require "plumb.suggest"

local LIST = {
  workload = "plumb workload list --live   shows them all",
  lens = "plumb schema lenses   says how they are named",
}

-- What all places offered, and whether any of it was wanted.
local function offered(readers, kind)
  local names, wanted = {}, 0
  for _, reader in ipairs(readers) do
    table.move(reader.named[kind], 1, #reader.named[kind], #names + 1, names)
    wanted = wanted + reader.wanted[kind]
  end
  return names, wanted
end

local function from_command_line(kind, globs, names)
  local near
  for _, glob in ipairs(globs) do near = near or suggest.suggest(glob, names) end
  return problem.new { id = "E103", what = ("no %s matches --%s"):format(kind, kind),
    where = ("--%s %s"):format(kind, table.concat(globs, (" --%s "):format(kind))),
    because = "names are compared letter by letter, capitals included",
    fix = (near and ("did you mean '%s'?   "):format(near) or "") .. LIST[kind] }
end

---@param cli plumb.Cli
---@param args { workload: string[]?, lens: string[]? }
---@param readers plumb.Reader[]  those of all places
return function(cli, args, readers)
  for _, kind in ipairs { "workload", "lens" } do
    local names, wanted = offered(readers, kind)
    if names[1] and wanted == 0 then
      local globs = args[kind]
      if globs and globs[1] then
        cli.warn(from_command_line(kind, globs, names))
      else
        cli.note(("The policy wants none of them: %s offered, see plumb schema %s"):format(
          #names == 1 and "1 " .. kind or ("%d %s"):format(#names, kind == "lens" and "lenses" or "workloads"),
          kind == "lens" and "lenses" or "workloads"))
      end
    end
  end
end
