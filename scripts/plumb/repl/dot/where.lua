-- Dot-commands about where calls go, whether they may change anything, and the policy.

local dot = require("plumb.repl.dot")

local function say_where(session)
  session.note(session.place:name())
end

local profile = { "profile", usage = ".profile NAME", help = "make calls with another profile of ~/.aws/config" }

function profile.words(session)
  local names, place = {}, session.place
  for name in pairs(require("plumb.session").settings({}, place.cli.env).profiles) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

function profile.run(session, rest)
  if rest == "" then
    dot.refuse(profile, "which profile?")
  end
  session.place:go({ profile = rest, sim = false })
  say_where(session)
end

local region = { "region", usage = ".region NAME", help = "make calls in another Region" }

function region.run(session, rest)
  if not require("plumb.aws.partition").is_region(rest) then
    dot.refuse(region, rest == "" and "which Region?" or ("'%s' is not the name of a Region, such as eu-west-1")
      :format(rest))
  end
  session.place:go({ region = rest })
  say_where(session)
end

local sim = { "sim", usage = ".sim on|off", help = "make calls to a simulated AWS, offline", words = { "off", "on" } }

function sim.run(session, rest)
  if rest ~= "on" and rest ~= "off" then
    dot.refuse(sim, "on or off?")
  end
  session.place:go({ sim = rest == "on" })
  say_where(session)
end

local write = { "write", usage = ".write on|off", help = "whether calls may change anything; asks before each",
  words = { "off", "on" } }

-- The engine has heard the line itself; here is only said what came of it.
function write.run(session, rest)
  local place = session.place
  if rest ~= "on" and rest ~= "off" then
    dot.refuse(write, rest == "" and (place:is_writing() and "writing is on" or "this session is read-only")
      or ("'%s' is neither on nor off"):format(rest))
  end
  place.all_changes = false
  if rest == "on" and not place:is_writing() then
    require("plumb.problem").raise({ id = "E107", what = "this session stays read-only",
      because = "only a person at the terminal can type .write on; a paste, a file or a script cannot",
      fix = place.interactive and "type .write on" or "plumb repl --write" })
  elseif rest == "off" and place:is_writing() then
    require("plumb.aws.signer").hold()
  end
  session.note(place:is_writing() and "Calls may change things in " .. place:name()
    .. " now; each is asked for and put down in the audit trail." or "Read-only.")
end

local policy = { "policy", usage = ".policy FILE", help = "use another policy",
  words = require("plumb.repl.paths") }

function policy.run(session, rest)
  if rest == "" then
    dot.refuse(policy, "which file?")
  end
  session.place:use_policy(rest)
  session.note(tostring(session.env.policy))
end

local reload = { "reload", usage = ".reload", help = "read the policy again" }

function reload.run(session)
  session.place:use_policy(session.place.args.policy)
  session.note(tostring(session.env.policy))
end

return { profile, region, sim, write, policy, reload }
