-- How far a run is: what was read, what was written. A line on a terminal, see `progress` of plumb.cli.console.

local progress = {}

local BAR = 28 -- cells

---@class plumb.Progress
---@field package cli plumb.Cli
---@field package lenses integer
---@field package questions integer
local Progress = {}
Progress.__index = Progress

---@param cli plumb.Cli
---@return plumb.Progress
function progress.new(cli) return setmetatable({ cli = cli, lenses = 0, questions = 0 }, Progress) end

local function say(self, text, plain)
  if self.cli.progress then self.cli.progress(text, plain) end -- scripts may bring a console without it
end

---A lens of a workload was read.
---@param review plumb.Review
function Progress:read(review)
  self.lenses, self.questions = self.lenses + 1, self.questions + #review.answers
  local name = review.workload.WorkloadName
  say(self, ("Reading  %d lens reviews, %d questions  %s"):format(self.lenses, self.questions, name),
    ("read %s, lens %s: %d questions, %d missing practices"):format(name, review.lens.LensAlias or review.lens.LensArn,
      #review.answers, #review.findings))
end

---One more step of a plan has come to its end.
---@param done integer
---@param total integer
function Progress:wrote(done, total)
  local full, rest = "█", "─"
  if not self.cli.utf8 then full, rest = "#", "-" end
  local cells = done * BAR // math.max(1, total)
  say(self, ("Writing  %s%s  %d/%d"):format(full:rep(cells), rest:rep(BAR - cells), done, total))
end

return progress
