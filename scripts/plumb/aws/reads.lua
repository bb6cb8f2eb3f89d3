-- Which operations only read. The same rule as the gate under the signer
-- (engine/sign/gate.c), which has the last word in a read-only run; this copy
-- lets a call be refused, or repeated, before anything is built.

local VERBS = {
  BatchGet = true, Describe = true, Get = true, Head = true, List = true, Lookup = true, Query = true, Scan = true,
  Search = true,
}

---Whether an operation changes nothing: a GET, or named by a reading verb. Handing
---out credentials (AssumeRole) changes nothing either.
---@param service plumb.aws.Service
---@param operation_name string
---@return boolean
return function(service, operation_name)
  local operation = service.operations[operation_name]
  if not operation then return false end
  local method = operation.http:match("^%S+")
  if method == "GET" or method == "HEAD" then return true end
  if service.signing_name == "sts" and operation_name:find("^AssumeRole") then return true end
  -- The verb ends where the next word begins: "List" in ListAnswers, not in Listen.
  local verb = operation_name:match("^(BatchGet)%f[%u\0]") or operation_name:match("^(%u%l+)%f[%u\0]")
  return VERBS[verb] == true
end
