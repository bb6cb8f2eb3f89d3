-- plumb run: runs a Lua script inside plumb. The script gets its arguments as `...` and in `arg`, the
-- standard library, every module under plumb.*, and the global `plumb`, which is put together when it is
-- first looked at, so that a script without AWS calls needs no credentials. It may wait anywhere.

local M = {}

local function script_problem(id, what, where, because, fix)
  require("plumb.problem").raise({ id = id, what = what, where = where, because = because, fix = fix })
end

-- The innermost line of the script on the stack: library code between it and the error is no concern
-- of whoever wrote the script.
local function line_in_script(source)
  for level = 3, 200 do
    local info = debug.getinfo(level, "Sl")
    if not info then
      return nil
    elseif info.source == source and info.currentline > 0 then
      return ("%s:%d"):format(source:sub(2), info.currentline)
    end
  end
end

local function load_script(path)
  local chunk, message = loadfile(path ~= "-" and path or nil, "t")
  if chunk then
    return chunk
  end
  local place, because = message:match("^(.-:%d+): (.*)$")
  if not place then -- "cannot open tidy.lua: No such file or directory"
    script_problem("E111", "cannot read the script", path, message, "plumb run FILE.lua")
  end
  script_problem("E410", "the script is not valid Lua", place, because, "correct the line, or a little above it")
end

-- What `require` and `arg` show a script is what lua5.4 itself would show it, its own folder first.
local function set_up_globals(path, arguments)
  local folder = path:match("^(.*)/[^/]*$") or "."
  package.path = ("%s/?.lua;%s/?/init.lua;%s"):format(folder, folder, package.path)
  rawset(_G, "arg", table.move(arguments, 1, #arguments, 1, { [0] = path }))
end

-- os.exit leaves at once: write out what was said, and let go of the state.
local function replace_exit(context)
  local leave = os.exit
  rawset(os, "exit", function(code)
    io.stdout:flush()
    io.stderr:flush()
    if context.opened and context.opened.close then
      pcall(context.opened.close, context.opened)
    end
    leave(code == nil and true or code, false) -- closing the Lua state under a running task is not safe
  end)
end

local function explain(trouble, path)
  local problem = require("plumb.problem")
  local failure = trouble.failure
  if problem.is(failure) or require("plumb.cli.console").is_pipe_closed(failure) then
    error(failure, 0)
  elseif require("plumb.err").is(failure) then
    local p = problem.from(failure)
    p.where = trouble.where or p.where
    error(p, 0)
  elseif type(failure) == "table" and failure.code == "Interrupted" then
    error(failure, 0)
  end
  local has_words = type(failure) ~= "table" or (getmetatable(failure) or {}).__tostring
  local message = has_words and tostring(failure) or "it raised a table, which says nothing"
  local place, because = message:match("^([^\n:]+:%d+): (.*)$")
  script_problem("E410", "the script failed", trouble.where or place or path,
    trouble.where and place and place ~= trouble.where and message or because or message,
    "correct the script; plumb help E410")
end

local function exit_code(result)
  if result == false then
    return 1
  elseif math.type(result) ~= "integer" then
    return 0
  elseif result < 0 or result > 255 then
    script_problem("E410", ("the script returned %d, which is no exit code"):format(result), nil, nil,
      "return an integer from 0 to 255")
  end
  return result
end

---@param args table
---@param cli plumb.Cli
---@return integer exit_code
function M.run(args, cli)
  local path = args.file
  local chunk = load_script(path)
  local source = debug.getinfo(chunk, "S").source
  local strict = require("plumb.strict")
  local context = {}
  strict.install(_G)
  strict.watch(source)
  strict.lazy("plumb", function()
    context.opened = require("plumb.context").open(args, cli)
    return context.opened
  end)
  set_up_globals(path, args.args)
  replace_exit(context)
  local ok, result = xpcall(chunk, function(failure)
    return { failure = failure, where = line_in_script(source) }
  end, table.unpack(args.args))
  if not ok then
    explain(result, path)
  end
  return exit_code(result)
end

return {
  name = "run",
  group = "WRITE POLICY",
  summary = "Run a Lua script with plumb's whole API",
  description = "Everything after FILE belongs to the script. It finds its arguments in `...` and `arg`, and the\n"
    .. "global `plumb`; what it returns (an integer, or false) becomes the exit code. FILE - is standard input.\n"
    .. "A script has all of Lua, files and programs too, and your credentials: run only what you trust.\n"
    .. "A policy, which runs unattended, has none of that.",
  examples = {
    { "plumb run --sim examples/workflows/list_workloads.lua", "flags after FILE are for the script" },
  },
  arguments = {
    { name = "FILE", help = "the script; - for standard input" },
    { name = "ARGS", many = true, optional = true, help = "handed to the script unread" },
  },
  uses = { "aws", "policy", "state", "output", "write" },
  raw = true,
  run = M.run,
}
