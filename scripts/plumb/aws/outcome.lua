-- Was a request executed? One table, used wherever a write may have to be
-- repeated: "no" is safe to repeat, "yes" must not be, and "maybe" has to be
-- looked up first. Pure.

local outcome = {}

---What is known about the effect of a call.
---@param failure plumb.Error|table|nil  the error of a call; nil for a call that returned an output;
---  a bare response ({ status = }) is judged by its status
---@param output? table   the output, when there was one
---@param needed? string  member the output must have to count as done ("OpsItemId")
---@return "no"|"maybe"|"yes"
function outcome.classify(failure, output, needed)
  if failure == nil then
    if needed and (type(output) ~= "table" or output[needed] == nil) then return "maybe" end
    return "yes"
  end
  if failure.executed then return failure.executed end
  local kind, status = failure.kind, failure.status
  if kind == "input" or kind == "readonly" or kind == "credentials" then return "no" end
  if not status then return kind == "connection" and "maybe" or "no" end
  if status >= 200 and status < 300 then
    return failure.code and "maybe" or "yes"
  end
  -- A refusal counts only when it is AWS that speaks: proxies answer with 4xx too.
  local well_formed = failure.code and kind ~= "garbage"
  if status >= 400 and status < 500 and well_formed then return "no" end
  return "maybe"
end

return outcome
