-- Every setting and every hook of plumb, with its default. This is the reference: plumb reads it first
-- and your policy.lua afterwards, so your file says only what should be different.
--
-- A policy is a file that returns a table. Data first: what to look at, and the fixed words on an item.
-- Then hooks: small functions, called for each finding, that decide what data alone cannot. Every hook
-- gets the default as its last argument, so changing a detail is one line:
--
--   title = function(finding, default) return "[shop] " .. default(finding) end,
--
-- A finding is one missing best practice behind a risk. Its fields keep AWS's own names:
--   finding.risk                       "HIGH" or "MEDIUM"
--   finding.workload.WorkloadName      and WorkloadId, WorkloadArn, Owner, ImprovementStatus, ...
--   finding.lens.LensName              and LensArn, LensVersion; LensAlias for AWS's own lenses
--   finding.question.QuestionTitle     and QuestionId, PillarId, ...
--   finding.choice.Title               and ChoiceId, Description: the best practice that is missing
--   finding.plan_url                   the improvement plan, when there is one
--   finding.console_url                the workload in the console of the Well-Architected Tool
--   finding.account, finding.region, finding.partition, finding.key
--   finding.group                      only where texts are made for an item that stands for several practices, see
--                                      `group`: its title and pillar, count (how many are missing) and practices, a
--                                      list of { title, url, risk, done, choice_id, question_id }. The rest of the
--                                      finding is then that of the most severe practice.
-- A misspelt field is an error with a suggestion; one that AWS left out is nil.
--
-- Besides Lua's string, table, math and utf8 a policy can use:
--   default              this table, in your policy.lua: `default.risks`
--   policy               the settings in force, inside hooks: `policy.severities.HIGH`
--   matches(text, globs) true when one of the globs covers the text: `matches("prod-shop", { "prod-*" })`
--
-- In globs, * stands for any run of characters and ? for one. Capitals count.
-- `plumb check` says whether a policy is right and where each setting came from; it calls nobody.

local DESCRIPTION_LIMIT = 2048 -- characters, the most that OpsCenter takes

local LINK_LIMIT = 600 -- a longer one would push the rest of the description out; it stays in the fields

local RISK_WORDS = { HIGH = "High", MEDIUM = "Medium" }

-- AWS's own lenses are often given by alias alone, while a policy may name them by ARN.
local function names_alias(lenses, alias)
  for _, glob in ipairs(lenses) do
    if alias and glob:match(":lens/([^/*?]+)$") == alias then return true end
  end
  return false
end

-- A Markdown link. Anything but a web address stays visible text: lenses are written by other people.
local function link(words, url)
  if not url:find("^https?://[^%s]+$") then return words .. ": " .. url end
  return ("[%s](%s)"):format(words, (url:gsub("[()<>]", function(c) return ("%%%02X"):format(c:byte()) end)))
end

-- The first `limit` characters, with a mark where something was left out.
local function shorten(text, limit)
  if (utf8.len(text) or #text) <= limit then return text end
  if limit < 1 then return "" end
  return text:sub(1, (utf8.offset(text, limit) or limit) - 1) .. "…"
end

-- "- [ ] practice" for each practice of a group, as many as there is room for.
local function checklist(practices, room)
  local lines, used = {}, 0
  for i, practice in ipairs(practices) do
    local words = shorten(practice.title, 200)
    local url = practice.url and #practice.url <= LINK_LIMIT and practice.url
    local line = ("- [%s] %s"):format(practice.done and "x" or " ", url and link(words, url) or words)
    used = used + utf8.len(line) + 1
    if used > room - 20 and i < #practices or used > room then
      lines[#lines + 1] = ("… and %d more"):format(#practices - i + 1)
      break
    end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n")
end

-- The description of an item that stands for several practices.
local function describe_group(finding)
  local group, where = finding.group, {}
  local head = ("**%s**\n\nThe Well-Architected Tool rates workload %s %s here, and these best practices are not "
    .. "in place. Those with a mark have been dealt with since.\n\n"):format(
    shorten(group.title or "Best practices", 300), finding.workload.WorkloadName, finding.risk)
  if finding.console_url then
    where[1] = "\n\n- " .. link("Answers in the Well-Architected Tool", finding.console_url)
  end
  where[#where + 1] = "\n\nResolving this item marks all best practices without a mark as done in the "
    .. "Well-Architected Tool."
  local tail = table.concat(where)
  return head .. checklist(group.practices, DESCRIPTION_LIMIT - utf8.len(head) - utf8.len(tail)) .. tail
end

return {

  -- ## What to look at

  -- Lenses to read: aliases, ARNs or globs. Custom lenses are known by ARN alone.
  lenses = { "*" },

  -- Workloads to read: globs on their name or id.
  workloads = { "*" },

  -- Whether workloads that other accounts share with this one count too. Their owner may be running
  -- plumb as well, and then every finding would get two items.
  shared = false,

  -- ## Where to look

  -- Regions to read, for example { "eu-west-1", "us-east-1" }; none for the Region of the run alone.
  -- --region, given once or several times, goes before.
  regions = {},

  -- Accounts to read, each through a role that plumb assumes; none for the caller's own alone. --accounts FILE, a JSON
  -- list of the same, goes before. An entry without a role is the caller's own; its `tags` are put on its OpsItems.
  --
  --   accounts = {
  --     { name = "shop", role = "arn:aws:iam::111122223333:role/plumb", regions = { "eu-west-1" } },
  --   },
  accounts = {},

  -- Or all active accounts of the organization: the name of a role that exists in each of them, such as
  -- "OrganizationAccountAccessRole". false for no.
  organization_role = false,

  -- Where items are made: beside the workload, or all of them in one account or Region, through a role:
  -- { role = "arn:aws:iam::444455556666:role/plumb-items", region = "eu-west-1" }.
  items_in = {},

  -- Risks that become items: "HIGH", "MEDIUM" or both.
  risks = { "HIGH", "MEDIUM" },

  -- Pillars to read, by id or glob: "security", "reliability", "performance", "costOptimization",
  -- "operationalExcellence", "sustainability", or what a custom lens calls its own.
  pillars = { "*" },

  -- How "none of these" is told from a best practice; it never becomes an item, and it is unselected
  -- when a practice is selected. A choice is one when its id or its title matches a glob. Titles are
  -- compared in small letters. Some custom lenses have practices that look like it: say so per lens,
  -- by alias, ARN or glob. There, `practices` and `none` name choice ids and win over every rule,
  -- and `ids` or `titles` replace the general ones.
  --
  --   none_choices = {
  --     lenses = {
  --       ["arn:aws:wellarchitected:*:lens/0123abcd*"] = { practices = { "public_no" }, none = { "skip_all" } },
  --     },
  --   },
  none_choices = {
    ids = { "*_no" },
    titles = { "none of these", "none of the above", "none of these apply", "none" },
    lenses = {},
  },

  -- ## What an item stands for

  -- One item for each "practice", or one for all missing practices of a "question" or a "pillar" of one lens, or of
  -- a whole "workload". A shared item has a checklist, follows what happens to its practices, and settles all that are
  -- left when it is resolved. It may be a function too: what it returns is one of these four words, or any other
  -- text, which names a group within the workload and lens.
  --
  --   group = function(finding, default)
  --     return finding.question.PillarId == "security" and "practice" or default(finding)
  --   end,
  --
  -- Items that exist stay as they are until they are closed; what is changed here is for new ones.
  group = "practice",

  -- ## What an item says

  -- Where the items say they come from, at most 128 characters. OpsCenter refuses a source with
  -- "aws", "amazon" or "amzn" in it. plumb finds its own items by it, so choose once.
  source = "Well-Architected",

  -- The severity for each risk, "1" (critical) to "4" (low).
  severities = { HIGH = "2", MEDIUM = "3" },

  -- The category of every item, or false for none. The console offers "Availability", "Cost",
  -- "Performance", "Recovery" and "Security".
  category = false,

  -- SNS topics that OpsCenter tells about each change of an item: topic ARNs of the same Region.
  notifications = {},

  -- Tags on every item: { Team = "platform" }.
  tags = {},

  -- ## How much, how fast

  -- Requests on their way at the same time, 1 to 64.
  parallel = 24,

  -- How many new items there may be.
  budget = {
    -- The most new items in one run; false for no limit.
    run = 500,
    -- The most new items for one workload in one run.
    workload = false,
    -- The most new items for one account in a calendar month. OpsCenter itself allows 10,000.
    month = 9000,
  },

  -- A first run on an account and Region that would create more items than this stops, and shows its plan:
  -- hundreds of items at once are noise for the people who get them. false for no such limit.
  flood = 100,

  -- A workload in which nothing seems to have moved is read all the same once in this time.
  full_check = "24h",

  -- ## When something went wrong

  -- After a reply that was lost on its way: "wait" until the item must be visible, "retry" at once
  -- and rely on OpsCenter to refuse the double.
  ambiguous = "wait",

  -- How long "wait" waits.
  quarantine = "20m",

  -- How far a resolve looks back before the last one, since OpsCenter's lists lag behind.
  resolve_overlap = "10m",

  -- ## Writing back

  -- Whether a resolve reads each item and each answer before it changes the answer, two requests more. Without, an
  -- `Outcome` that is not searchable goes unseen in a poll, and a practice that was marked as not applicable since the
  -- last scan is selected when its item is resolved; with it, that is left alone and reported as contested.
  look_first = false,

  -- Whether a line "plumb DAY ITEM CHOICE implemented: TITLE" is added to the notes of a changed answer, which is read
  -- first. A text that somebody saves in the moment between is lost: the Tool cannot tell. At most 2,048 characters.
  answer_notes = false,

  -- How the names of milestones begin, such as "plumb": one of each workload before its first change in a run; false
  -- for none. A workload has at most 100 and none can be deleted, so not for `plumb serve` every few minutes.
  milestone = false,

  -- Accepted risks that end within this time are named by `plumb status`, scan and resolve; false for never.
  accepted_notice = "14d",

  -- ## plumb serve

  -- When plumb serve works and where it listens; plumb serve --help says more.
  serve = {
    -- When to resolve and scan: rate(...), cron(...) or at(...) as in EventBridge; false for never.
    schedule = "rate(1 hour)",
    -- The time zone of the schedule: "Europe/Berlin".
    time_zone = "UTC",
    -- How late by chance each time may be, so that not all start at once: "10%" of the time between two, or "5m".
    jitter = "10%",
    -- How often OpsCenter is asked for items that were resolved.
    poll = "5m",
    -- The URL of an SQS queue that tells of them sooner, or false.
    queue = false,
    -- Or an SNS topic does, by HTTP: where to listen, which topics are heard, whether their subscription is confirmed,
    -- and whether other machines may reach it, through a proxy with TLS.
    webhook = { listen = false, path = "/", topics = {}, confirm = true, public = false },
    -- Where /healthz and /metrics are served, and whether to other machines too.
    health = { listen = "127.0.0.1:9464", public = false },
  },

  -- ## Hooks: what is looked at. Each returns true or false.

  ---Whether to read a workload at all.
  ---@param workload table  WorkloadName, WorkloadId, Owner, ...
  ---@return boolean
  workload = function(workload)
    local foreign = policy.account and workload.Owner and workload.Owner ~= policy.account
    if foreign and not policy.shared then return false end
    return matches(workload.WorkloadName, policy.workloads) or matches(workload.WorkloadId, policy.workloads)
  end,

  ---Whether to read a lens of a workload.
  ---@param workload table
  ---@param lens table  LensAlias (AWS's own lenses), LensArn, LensName, LensVersion
  ---@return boolean
  lens = function(workload, lens) -- luacheck: no unused args
    return matches(lens.LensAlias, policy.lenses) or matches(lens.LensArn, policy.lenses)
      or names_alias(policy.lenses, lens.LensAlias)
  end,

  ---Whether a finding becomes an item.
  ---@param finding table
  ---@return boolean
  filter = function(finding)
    return matches(finding.risk, policy.risks) and matches(finding.question.PillarId, policy.pillars)
  end,

  -- ## Hooks: what an item says. These and the ones above cannot wait, so they cannot call AWS.

  ---The title of the item; text, cut at 1,024 characters.
  ---@param finding table
  ---@return string
  title = function(finding)
    local group = finding.group
    if group then
      return ("%s Risk - %s%s (%d %s)"):format(RISK_WORDS[finding.risk], finding.workload.WorkloadName,
        group.title and " - " .. shorten(group.title, 700) or "", group.count,
        group.count == 1 and "practice" or "practices")
    end
    return ("%s Risk - %s - %s"):format(RISK_WORDS[finding.risk], finding.workload.WorkloadName,
      finding.choice.Title or finding.choice.ChoiceId)
  end,

  ---The description of the item, in Markdown; text, cut at 2,048 characters.
  ---@param finding table
  ---@return string
  describe = function(finding)
    if finding.group then return describe_group(finding) end
    local practice = finding.choice.Title or finding.choice.ChoiceId
    local head = ("**%s**\n\n"):format(shorten(finding.question.QuestionTitle or finding.question.QuestionId, 300))
    local why = ("The Well-Architected Tool rates this question %s for workload %s (lens %s, pillar %s), "
      .. "and this best practice is not in place."):format(finding.risk, finding.workload.WorkloadName,
      finding.lens.LensName or finding.lens.LensAlias or finding.lens.LensArn, finding.question.PillarId)
    local what = ("\n\n**What to do:** %s\n\n"):format(shorten(practice, 300))

    local where = {}
    if finding.plan_url and #finding.plan_url <= LINK_LIMIT then
      where[#where + 1] = "- " .. link("Improvement plan", finding.plan_url)
    end
    if finding.console_url then
      where[#where + 1] = ("- %s, question %s"):format(
        link("Answer in the Well-Architected Tool", finding.console_url), finding.question.QuestionId)
    end
    where[#where + 1] = "\nResolving this item marks the best practice as done in the Well-Architected Tool."
    local tail = table.concat(where, "\n")

    local text = head .. why .. what
    local room = DESCRIPTION_LIMIT - utf8.len(text) - utf8.len(tail) - 2
    local explanation = finding.choice.Description
    if explanation and explanation:find("%S") and room > 40 then
      text = text .. shorten(explanation, room) .. "\n\n"
    end
    return text .. tail
  end,

  ---The severity of the item: "1" (critical) to "4" (low), or any text of at most 64 characters.
  ---@param finding table
  ---@return string
  severity = function(finding)
    return policy.severities[finding.risk]
  end,

  ---The operational data of the item: names and texts, which OpsCenter shows and searches. Names
  ---must not begin with aws, amazon, amzn or ssm. plumb adds what it needs itself: the workload as a
  ---related resource, the key that prevents doubles, WorkloadId and LensArn.
  ---@param finding table
  ---@return table<string, string>
  fields = function(finding)
    local group = finding.group
    if group then
      return {
        ["WorkloadName"] = finding.workload.WorkloadName,
        ["Pillar"] = group.pillar,
        ["Question"] = group.question_id and group.title,
        ["Risk level"] = finding.risk,
        ["QuestionId"] = group.question_id,
        ["Lens"] = group.mode ~= "workload" and (finding.lens.LensAlias or finding.lens.LensArn) or nil,
      }
    end
    return {
      ["WorkloadName"] = finding.workload.WorkloadName,
      ["Best practices missing"] = finding.choice.Title or finding.choice.ChoiceId,
      ["Pillar"] = finding.question.PillarId,
      ["Question"] = finding.question.QuestionTitle,
      ["Risk level"] = finding.risk,
      ["QuestionId"] = finding.question.QuestionId,
      ["ChoiceId"] = finding.choice.ChoiceId,
      ["Lens"] = finding.lens.LensAlias or finding.lens.LensArn,
      ["Improvement Plan"] = finding.plan_url, -- left out when it is not known
    }
  end,

  -- ## Hooks around writing. These two may wait, so they can ask AWS:
  -- aws.wellarchitected:GetWorkload{ WorkloadId = ... } gives the reply, or nil and an error.

  ---The last word before an item is created. Return the item, changed as you like, or false to
  ---leave it out this time.
  ---@param item table  title, description, severity, ...
  ---@return table|boolean
  before_create = function(item)
    return item
  end,

  ---What it means that people resolved an item. Return one of these words, or a table:
  ---  "implemented"                       the best practice is selected in the answer
  ---  "not_applicable: OUT_OF_SCOPE"      it is marked not applicable; the reason may be left out, or be
  ---                                      BUSINESS_PRIORITIES, ARCHITECTURE_CONSTRAINTS, OTHER or NONE
  ---  "accepted: until 2027-06-30"        nothing is written; it comes back on that day, or, without
  ---                                      a date, not at all
  ---  "ignore"                            nothing is written
  ---  { outcome = "not_applicable", reason = "OUT_OF_SCOPE" }
  ---  { outcome = "accepted", expires = "2027-06-30" }
  ---People choose one themselves by adding an operational-data entry `Outcome`, searchable, to the OpsItem, in these
  ---words or much like them: "N/A", "Risk accepted until 30 June 2027", "done". What is not understood is reported and
  ---nothing is written.
  ---@param item table  id, title, status, finding, fields, outcome_field
  ---@return string|table
  on_resolve = function(item)
    return item.outcome_field or "implemented"
  end,
}
