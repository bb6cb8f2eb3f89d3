-- plumb __complete: what the completion scripts of the shells call with the line that is being typed. Prints a
-- candidate a line, and what to do with them in a line that begins with a colon. Silent about everything else: a
-- message in the middle of a line being typed would help nobody.

---Runs the answer to its end, whatever the line.
---@param args table
---@param cli plumb.Cli
---@return integer
local function run(args, cli)
  local answer = require("plumb.cli.complete.shell")[args.shell]
  if answer then
    cli.write(answer(args.args))
  end
  return 0
end

return {
  name = "__complete",
  group = "OPERATE",
  summary = "Answer a completion script",
  examples = { { "plumb __complete fish -- scan --wor", "what a shell asks" } },
  arguments = {
    { name = "SHELL", choices = { "bash", "zsh", "fish" }, help = "which shell asks" },
    { name = "WORD", many = true, optional = true, help = "the words of the line, the one at the cursor last" },
  },
  raw = true,
  run = run,
}
