-- plumb eval: one expression, or some code, evaluated as the REPL does it.

return {
  name = "eval",
  group = "WRITE POLICY",
  summary = "Evaluate one Lua expression with the AWS operations loaded",
  description = "What plumb repl would print for the same text, and nothing else: wa.ListWorkloads{}, risks{},\n"
    .. "findings{}, policy.title(...). It is read-only unless --write is given. The code has all of Lua, files\n"
    .. "and programs too, unlike a policy. Exit code 1 when it fails.",
  examples = {
    { "plumb eval --sim '#risks{ risk = \"HIGH\" }'", "how many questions are rated HIGH" },
    { "plumb eval --sim --json 'wa.ListWorkloads{}'", "for a program" },
  },
  arguments = { { name = "EXPR", help = "Lua, in quotes" } },
  flags = { { "--write", help = "allow calls that change something" } },
  uses = { "aws", "policy", "state", "output" },
  run = function(args, cli)
    args.e = args.expr
    return require("commands.repl").run(args, cli)
  end,
}
