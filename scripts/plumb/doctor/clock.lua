-- How far is this computer's clock from AWS's, going by the Date of its replies?

local ACCEPTED = 5 * 60 -- seconds that AWS accepts
local NOTED = 60

---@param facts plumb.DoctorFacts
return function(facts)
  if facts.offline then return facts.report("clock", "skip", "AWS was not asked") end
  if not facts.identity then return facts.report("clock", "skip", "there was no reply to compare with") end
  local off = facts.open().client.skew
  local far = math.abs(off)
  local text = far < 1 and "less than a second from AWS" or far < 120 and ("%.0f s from AWS"):format(far)
    or ("%d min %d s %s AWS"):format(far // 60, far % 60 // 1, off > 0 and "behind" or "ahead of")
  local fix = far >= NOTED and "timedatectl set-ntp true" or nil
  if far >= ACCEPTED then text = text .. "; plumb corrects for it, other tools will be refused" end
  facts.report("clock", far >= NOTED and "warn" or "ok", text, fix)
end
