-- Commands with a second word, such as `plumb risk list`: which words there are, and what each of them wants.

local printable = require("plumb.cli.printable")
local problem = require("plumb.problem")

---@class plumb.SecondWord
---@field run fun(args: table, cli: plumb.Cli): integer|nil
---@field subject? string   name of the argument behind the word, in args.subject; none may be given without it
---@field optional? boolean the subject may be left out
---@field find? string      how to find one: "plumb risk list"

---Runs the action that was named; the parser has seen to it that there is one. Raises E104 or E106 when it was given
---too little or too much.
---@param command string  "risk"
---@param actions table<string, plumb.SecondWord>
---@param args table      action, subject
---@param cli plumb.Cli
---@return integer|nil exit_code
return function(command, actions, args, cli)
  local action = actions[args.action]
  if action.subject and not args.subject and not action.optional then
    problem.raise({ id = "E104", what = ("plumb %s %s needs %s"):format(command, args.action, action.subject),
      fix = ("plumb %s %s %s%s"):format(command, args.action, action.subject,
        action.find and ("   %s shows them"):format(action.find) or "") })
  elseif args.subject and not action.subject then
    problem.raise({ id = "E106", what = ("plumb %s %s takes nothing more"):format(command, args.action),
      fix = ("leave out %s"):format(printable.quote(args.subject)) })
  end
  return action.run(args, cli)
end
