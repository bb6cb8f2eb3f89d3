-- Every error a user can meet, by its id: the exit code, a title and what `plumb help Ennn` says.
-- An id never changes its meaning; a new meaning gets a new id.
--
-- Ranges: E1 command line, E2 credentials, E3 AWS replies, E4 policy and scripts, E5 state, E6 sinks,
-- E7 this process, E8 simulator, E9 bugs in plumb.

---@class plumb.CatalogueEntry
---@field exit integer
---@field title string
---@field help string

return {
  E101 = { exit = 2, title = "no such command", help = [[
The first word after plumb is not a command. Nothing was done.
plumb --help lists all commands; the nearest one is suggested.]] },

  E102 = { exit = 2, title = "no such flag", help = [[
The command does not have this flag. Nothing was done: a flag that does not apply, such as
--dry-run on a command that would not heed it, is refused rather than passed over.
plumb COMMAND --help lists the flags of a command.]] },

  E103 = { exit = 2, title = "a value that does not fit", help = [[
A flag or an argument was given a value of the wrong kind: letters where a whole number belongs, a
number outside the allowed range, a word that is not among the choices, or a value for a flag that
takes none.]] },

  E104 = { exit = 2, title = "something is missing", help = [[
A command, an argument or the value of a flag is missing from the command line.
plumb COMMAND --help shows the usage with all arguments.]] },

  E105 = { exit = 2, title = "no Region chosen", help = [[
AWS services live in Regions and plumb does not guess one. It looks at --region, then AWS_REGION,
then AWS_DEFAULT_REGION, then region in the profile.]] },

  E106 = { exit = 2, title = "too many arguments", help = [[
There is an argument after the last one the command knows. A value with spaces needs quotes.]] },

  E107 = { exit = 2, title = "this session is read-only", help = [[
A call that changes something in AWS was refused before it was signed, because the session may only
read: a dry run, or a REPL in which nobody at the terminal typed .write on. A script, a file or a paste
cannot type it; plumb repl --write starts with it.]] },

  E108 = { exit = 2, title = "nobody to ask", help = [[
The command would change something and asks first, but standard input or standard error is not a
terminal, or --no-input was given. Nothing was written. Add --yes to go ahead, or --dry-run to see
what would be done.]] },

  E109 = { exit = 2, title = "no such service or operation", help = [[
plumb knows the services in its bundled tables. Any other AWS service of a supported protocol can be
called with --model FILE, where FILE is a service-2.json as the AWS CLI carries them.]] },

  E110 = { exit = 2, title = "input does not fit the operation", help = [[
A member of the input is unknown, missing or of the wrong type. The operation's shapes are checked
before anything is sent. plumb call SERVICE.OPERATION --help lists the members.]] },

  E111 = { exit = 2, title = "a file cannot be used", help = [[
A file named on the command line does not exist, cannot be read or is not what it should be.]] },

  E112 = { exit = 2, title = "more new items than a first run may make", help = [[
The first run on an account and Region found more missing best practices than the setting `flood`
allows (100 unless told). Nothing was created. Make some of them with --limit N (the most severe come
first), put all of them down as known with --baseline, let practices share items with the setting
`group` ("question", "pillar", "workload"), or raise `flood` in the policy.]] },

  E113 = { exit = 2, title = "items of the Python solution are in the way", help = [[
OpsCenter holds open items that the Python Lambda solution made, and this state file knows nothing of
them yet. Nothing was created. plumb migrate opsitems adopts them, each for its best practice; what it
cannot tell apart it lists. --ignore-legacy makes new items beside them.]] },

  E130 = { exit = 2, title = "busted is not installed", help = [[
plumb test runs specs with busted, a test library for Lua that plumb does not carry itself. On Debian and
Ubuntu: apt install lua-busted. Elsewhere: luarocks --lua-version 5.4 install busted.]] },

  E131 = { exit = 2, title = "no tests to run", help = [[
plumb test found no file whose name ends in _spec.lua, or no test that --filter and --tags ask for. A run
without a test is no success. plumb init writes a first spec.]] },

  E201 = { exit = 4, title = "no AWS credentials found", help = [[
plumb looks at the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), then at
the profile in ~/.aws/config and ~/.aws/credentials. Each place it tried is listed with the reason.
Offline, no credentials are needed: add --sim.]] },

  E202 = { exit = 4, title = "no such profile", help = [[
The profile named by --profile or AWS_PROFILE is not in ~/.aws/config or ~/.aws/credentials (or the
files named by AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE).]] },

  E203 = { exit = 4, title = "AWS refused the credentials", help = [[
The access key does not exist (any more), or the secret does not belong to it, or a session token is
missing. The request reached AWS and was turned away; nothing was done.]] },

  E204 = { exit = 4, title = "the credentials expired", help = [[
Temporary credentials end after some hours. Get new ones the way you got these: aws sso login, or
whatever set AWS_SESSION_TOKEN.]] },

  E205 = { exit = 4, title = "credentials cannot be read", help = [[
A place that should hold credentials was found, but what it holds cannot be used: a half-filled
profile, a file without read permission, a setting plumb does not support.]] },

  E300 = { exit = 1, title = "AWS refused the request", help = [[
AWS understood who asked and said no to what was asked. The code, the message and the request id are
AWS's own, unchanged.]] },

  E310 = { exit = 4, title = "access denied", help = [[
The credentials are good, but their policies don't allow the operation. The message names the caller
and the action. Add the action to the caller's IAM policy, or use another --profile.]] },

  E312 = { exit = 4, title = "this computer's clock is wrong", help = [[
Signatures carry the time and AWS accepts five minutes of difference. Set the clock, for example with
timedatectl set-ntp true.]] },

  E320 = { exit = 9, title = "could not reach AWS", help = [[
The connection failed: the name was not found, nobody answered, TLS was refused, or the reply never
came. Nothing is lost: run the same command again when the way is free. A wrong --endpoint-url or
AWS_ENDPOINT_URL looks the same.]] },

  E321 = { exit = 9, title = "throttled past the retry budget", help = [[
AWS asked plumb to slow down and went on asking after several waits. What was done stays done; run
the same command again later and it continues.]] },

  E322 = { exit = 1, title = "the reply makes no sense", help = [[
Something answered that does not speak the service's protocol: HTML instead of JSON, half a document,
a list whose pages go round in a circle. Often it is a proxy or a wrong endpoint. A reply that is not
understood never counts as "nothing there".]] },

  E323 = { exit = 9, title = "AWS failed on its side", help = [[
AWS answered with an error of its own (5xx) and went on doing so after several attempts. Run the same
command again later.]] },

  E324 = { exit = 1, title = "it is not there", help = [[
The workload, lens, answer, OpsItem or other thing named does not exist in this account and Region, or
it was deleted meanwhile.]] },

  E331 = { exit = 5, title = "some items were not written back", help = [[
The run went on without these items and each keeps its reason. A later run tries them again where
that can help.]] },

  E332 = { exit = 5, title = "some work items were not made", help = [[
The run went on without these findings and each keeps its reason. A later run tries them again where
that can help.]] },

  E333 = { exit = 5, title = "an event was left aside", help = [[
An event given to plumb resolve --event names no OpsItem, or is of a shape that nobody knows. It was
passed over, with its place in the file; the others were dealt with. Events are messages of SNS, SQS and
EventBridge as JSON, or ids of OpsItems, one on a line.]] },

  E400 = { exit = 7, title = "policy problem", help = [[
Something is wrong with the policy. Nothing was written. plumb check validates a policy without
calling AWS.]] },

  E401 = { exit = 7, title = "the policy file cannot be read", help = [[
The file named by --policy or PLUMB_POLICY does not exist or cannot be read. Without either, plumb
reads $XDG_CONFIG_HOME/plumb/policy.lua and /etc/plumb/policy.lua if they exist. A policy.lua in the
current folder is used only when named.]] },

  E402 = { exit = 7, title = "unknown policy field", help = [[
The policy sets a field that plumb does not know. Unknown fields are refused before any call is made,
since a misspelt one would otherwise be passed over in silence. plumb init writes a policy with every
field and a sentence on each.]] },

  E403 = { exit = 7, title = "a policy value does not fit", help = [[
A field of the policy has a value of the wrong type, outside its range or not among its choices.]] },

  E404 = { exit = 7, title = "the policy is not valid Lua", help = [[
Lua could not read the file. The line is where Lua noticed; the mistake may be a little above it.]] },

  E405 = { exit = 7, title = "the policy failed while loading", help = [[
The file is valid Lua but raised an error when it ran. A policy may use the plain Lua library without
os, io, debug and load, and it returns a table.]] },

  E406 = { exit = 7, title = "the policy returned no table", help = [[
A policy file ends with return { ... }.]] },

  E407 = { exit = 7, title = "--set cannot be used", help = [[
--set takes KEY=VALUE, where KEY is a policy field that holds data (not a function) and VALUE is
written as in the policy file; plain words need no quotes.]] },

  E408 = { exit = 7, title = "a policy function returned the wrong thing", help = [[
A hook must return the type its documentation names, for example a string for title, true or false for
filter. Returning nothing means the default.]] },

  E409 = { exit = 7, title = "a policy function took too long", help = [[
Hooks have a budget of instructions and of memory, so that an endless loop in one cannot stop a run.]] },

  E410 = { exit = 1, title = "a script failed", help = [[
A script run by plumb run, or code given to plumb repl -e, raised an error. The file and line are the
script's own.]] },

  E411 = { exit = 7, title = "a policy function failed", help = [[
A hook raised an error for some findings. Those are reported and left out; the rest of the run went
on.]] },

  E412 = { exit = 7, title = "a rule of the policy never has an effect", help = [[
plumb check warns of settings that nothing reads, globs behind others that take the same, fields written
twice, and budgets that another one ends first. The policy works; it only says less than it seems to.]] },

  E500 = { exit = 1, title = "state problem", help = [[
The state file could not be used. It remembers which finding has which work item; it can always be
made again from OpsCenter, but plumb never throws one away by itself.]] },

  E501 = { exit = 1, title = "not a plumb state file", help = [[
The file given by --state exists but was not made by plumb. It was not touched.]] },

  E502 = { exit = 8, title = "another plumb is using this state", help = [[
Two runs on one state file at the same time are refused, since they would make the same items twice.
Wait for the other to end, or name another file with --state.]] },

  E503 = { exit = 1, title = "the state cannot be written", help = [[
The state file or its folder is read-only or belongs to somebody else. Nothing is created in AWS
without a place to remember it. Name another file with --state.]] },

  E504 = { exit = 1, title = "the state file is damaged", help = [[
SQLite found the file damaged. Keep it aside, copy a backup in its place or start with a new one: plumb
finds its items in OpsCenter again.]] },

  E505 = { exit = 1, title = "the state file is from a newer plumb", help = [[
The file was written by a later version, whose records this one may misread. It was not touched. Use
that version, or name another file with --state.]] },

  E506 = { exit = 1, title = "there is no history yet", help = [[
Trends and comparisons are made of what plumb scan reads. Carry out a scan on this state first; a dry run and a
simulator inside the process (--sim) leave none behind. Between two milestones of a workload plumb diff needs none.]] },
  E509 = { exit = 1, title = "the state could not be used", help = [[
SQLite could not do what was asked of it, for a reason that has no id of its own: a full disk, a file
system that fails. The message has SQLite's own words.]] },

  E700 = { exit = 1, title = "this computer would not cooperate", help = [[
Something outside AWS failed: a full disk, a file that cannot be written, a limit of the system.]] },

  E701 = { exit = 1, title = "the output could not be written", help = [[
Standard output did not take the result, most often because the disk is full. What the command did in
AWS stays done and is in the state.]] },

  E800 = { exit = 1, title = "simulator problem", help = [[
The simulator could not do what was asked.]] },

  E801 = { exit = 1, title = "the simulator could not start", help = [[
The address is taken, most often by another plumb sim, or not allowed. --port 0 takes any free port.]] },

  E802 = { exit = 2, title = "the seed cannot be used", help = [[
--seed takes demo, empty, large, or a JSON file: a lens in AWS's custom lens format, which becomes the
lens of a small workload.]] },

  E803 = { exit = 2, title = "the fault cannot be understood", help = [[
--fault orders trouble from the simulator. plumb sim --help shows the form.]] },

  E901 = { exit = 70, title = "a bug in plumb", help = [[
This should not have happened. The crash report named in the message holds what is needed to find the
mistake, and no secret: read it and attach it to a bug report.]] },
}
