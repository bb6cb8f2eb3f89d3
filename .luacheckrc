std = "lua54"
max_line_length = 120
cache = false
codes = true

-- Seeds and service tables are data.
files["scripts/plumb/aws/service/*.lua"] = { max_line_length = false }
files["scripts/sim/seed/*.lua"] = { max_line_length = false }
-- The default policy's hooks see the settings in force.
files["scripts/policy/default.lua"] = { read_globals = { "policy", "matches" } }
files["examples/policies/*.lua"] = { read_globals = { "policy", "matches", "default", "aws" } }
files["examples/**/policy.lua"] = { read_globals = { "policy", "matches", "default", "aws" } }
files["examples/**/spec/*.lua"] = { std = "+busted", read_globals = { "plumb" } }
files["scripts/policy/first_spec.lua"] = { std = "+busted", read_globals = { "plumb" } }
files["examples/workflows/*.lua"] = { read_globals = { "plumb" } }
files["tests/**/*.lua"] = { std = "+busted", read_globals = { "plumb" } }
-- coroutine.resume and wrap are replaced so that every coroutine may wait.
files["scripts/plumb/task.lua"] = { globals = { "coroutine" } }
