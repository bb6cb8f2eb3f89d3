-- plumb version: which plumb this is, and with --json what it was built on. Does as little as possible,
-- since people and scripts call it to see whether plumb is there at all.

local function run(args, cli)
  local build = require("plumb.build")
  if args.json then
    cli.json({ version = build.version, lua = build.lua, curl = build.curl, sqlite = build.sqlite,
      openssl = build.openssl, microhttpd = build.microhttpd, expat = build.expat, libedit = build.libedit })
  else
    cli.out("plumb " .. build.version)
  end
end

return {
  name = "version",
  group = "OPERATE",
  summary = "Print the version",
  examples = {
    { "plumb version", "plumb's own version" },
    { "plumb version --json", "with the versions of the libraries inside" },
  },
  uses = { "output" },
  run = run,
}
