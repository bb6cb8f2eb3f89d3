-- plumb resolve: every item that people resolved becomes an updated answer.

local function question(plan, facts)
  return ("Write %d resolved items back in %s?"):format(plan:tally().settle,
    require("plumb.view.narrate").place(facts))
end

local function check_ids(ids)
  for _, id in ipairs(ids) do
    if not id:find("^oi%-%x%x%x%x%x%x%x%x%x%x%x%x$") then
      require("plumb.problem").raise { id = "E103", what = ("--item %s is not the id of an OpsItem"):format(id),
        fix = "ids look like oi-0123456789ab; plumb item list shows them" }
    end
  end
end

-- What was looked at and is not written back still wants a word.
local function complete(plumb) plumb.inbox:done() end

return {
  name = "resolve",
  group = "DO THE WORK",
  summary = "Write resolved OpsItems back as answers (UpdateAnswer)",
  description = "Asks OpsCenter which of plumb's OpsItems people resolved and selects the best practice in the\n"
    .. "Well-Architected Tool; other choices, notes and applicability stay as they are. An entry `Outcome`\n"
    .. "in the OpsItem's operational data can say something else: not_applicable, accepted: until DATE, or\n"
    .. "ignore.",
  examples = {
    { "plumb resolve --dry-run", "show what would be written" },
    { "plumb resolve --yes", "write back everything resolved since the last run" },
    { "plumb resolve --item oi-0123456789ab", "only this one" },
  },
  flags = {
    { "--item", value = "OI", many = true, help = "only this OpsItem" },
    { "--accounts", value = "FILE", help = "read these accounts: JSON list of name, role, regions" },
    { "--save", value = "FILE", help = "keep the plan in a file for plumb apply; write nothing else" },
    { "--pending-exit", help = "exit with 6 when a plan that is not carried out has changes" },
  },
  uses = { "aws", "policy", "state", "output", "write" },
  places = true,
  run = function(args, cli)
    check_ids(args.item or {})
    return require("plumb.runner").run("resolve", args, cli, { question = question, complete = complete })
  end,
}
