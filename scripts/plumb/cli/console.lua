-- The object `cli` that every command gets: results to standard output, everything else to standard
-- error, questions only where somebody can answer, colours and symbols only where they can be seen.
-- Streams and environment are handed in, so that specs see what a user would.

local printable = require("plumb.cli.printable")
local problem = require("plumb.problem")

local M = {}

local COLORS = { red = 31, green = 32, yellow = 33, blue = 34, magenta = 35, cyan = 36, bold = 1, dim = 2 }

-- Each symbol and the word or letter that stands for it without UTF-8.
local SYMBOLS = {
  ok = { "✓", "ok" }, fail = { "✗", "x" }, warn = { "!", "!" }, add = { "+", "+" }, change = { "~", "~" },
  remove = { "-", "-" }, dots = { "…", "..." }, arrow = { "→", "->" }, dot = { "·", "-" }, rule = { "─", "-" },
}

local EPIPE = 32

-- Raised when whoever reads our output has gone, as `head` does; main.lua ends quietly.
local pipe_closed = setmetatable({}, { __name = "plumb.PipeClosed", __tostring = function()
  return "the reader of standard output has gone"
end })

---@param value any
---@return boolean
function M.is_pipe_closed(value)
  return rawequal(value, pipe_closed)
end

---Whether the locale says UTF-8, by the rules of setlocale(3) for LC_CTYPE.
---@param env fun(name: string): string|nil
---@return boolean
function M.utf8_locale(env)
  for _, name in ipairs({ "LC_ALL", "LC_CTYPE", "LANG" }) do
    local value = env(name)
    if value and value ~= "" then
      return value:lower():find("utf%-?8") ~= nil
    end
  end
  return false
end

local function is_set(value)
  return value ~= nil and value ~= ""
end

-- Which streams may carry colours. CLICOLOR_FORCE is for people who pipe into `less -R`.
local function color_streams(args, env, tty)
  if args.color == "always" then
    return { stdout = true, stderr = true }
  elseif args.no_color or args.color == "never" or is_set(env("NO_COLOR")) or env("TERM") == "dumb" then
    return { stdout = false, stderr = false }
  end
  local force = env("CLICOLOR_FORCE")
  local forced = is_set(force) and force ~= "0"
  return { stdout = forced or tty.stdout, stderr = forced or tty.stderr }
end

-- Writes all of it, or raises: a full disk must not look like success.
local function write_out(stream, text)
  local ok, message, errno = stream:write(text)
  if not ok then
    M.raise_write_error(message, errno)
  end
end

---Raises what a failed write to standard output means: the quiet end of a pipe, or a problem.
---@param message string
---@param errno integer
function M.raise_write_error(message, errno)
  if errno == EPIPE then
    error(pipe_closed, 0)
  end
  problem.raise({ id = "E701", what = "the output could not be written", because = message,
    fix = "make room, or write somewhere else" })
end

local function with_newline(text)
  return text:sub(-1) == "\n" and text or text .. "\n"
end

local function system_tty()
  local term = require("plumb.term")
  return { stdin = term.isatty(0), stdout = term.isatty(1), stderr = term.isatty(2) }
end

local REDRAW = 0.1 -- seconds between two progress lines

-- A line on the terminal that is written over and taken away: no escape sequence, so that NO_COLOR holds here too.
local function progress_line(cli, stderr)
  local args, shown, drawn_at = cli.args, 0, -math.huge
  local when = args.progress or "auto"
  local live = (args.verbose or 0) == 0 and not args.quiet and not args.debug and (when == "always"
    or when == "auto" and cli.tty.stderr and cli.env("TERM") ~= "dumb")

  local function clear()
    if shown > 0 then
      stderr:write("\r", (" "):rep(shown), "\r")
      shown = 0
    end
  end

  ---Shows how far something is, on a terminal; gone as soon as anything else is said. Elsewhere nothing, or with
  ---verbose a plain line.
  ---@param text string
  ---@param plain? string  the plain line
  function cli.progress(text, plain)
    if not live then
      if plain and (args.verbose or 0) > 0 and not args.quiet then
        stderr:write(printable.line(plain), "\n")
      end
      return
    end
    local term, clock = require("plumb.term"), require("plumb.time").monotonic
    if clock() - drawn_at < REDRAW then
      return
    end
    text = require("plumb.table_view").shorten(printable.line(text), cli.width() - 1, { ascii = not cli.utf8 })
    local width = term.display_width(text)
    stderr:write("\r", text, (" "):rep(math.max(0, shown - width)))
    stderr:flush()
    shown, drawn_at = width, clock()
  end

  return clear
end

local function output_methods(cli, opts, colored)
  local stdout, stderr = opts.stdout or io.stdout, opts.stderr or io.stderr
  local args = cli.args
  local clear = progress_line(cli, stderr)

  local lost = nil -- what the flush that failed said; the C library forgets it, and the text with it

  -- Where both streams end in one place, people read them in the order in which they were written. A
  -- remark is no place to fail: the next write or the end of the run does.
  local function in_order()
    local ok, message, errno = stdout:flush()
    if not ok and message then
      lost = lost or { message, errno }
    end
  end

  local function write(text)
    if lost then
      M.raise_write_error(lost[1], lost[2])
    end
    clear()
    write_out(stdout, text)
  end

  ---Sees to it that every result has left; raises when one has not.
  function cli.flush()
    clear()
    in_order()
    if lost then
      M.raise_write_error(lost[1], lost[2])
    end
  end

  ---Writes a result to standard output; a line end is added when it lacks one.
  ---@param text string
  function cli.out(text)
    write(with_newline(text))
  end

  ---Writes bytes to standard output, unchanged.
  ---@param bytes string
  function cli.write(bytes)
    write(bytes)
  end

  ---Says something on standard error that is not a result; --quiet silences it.
  ---@param text string
  function cli.note(text)
    if not args.quiet then
      in_order()
      clear()
      stderr:write(with_newline(text))
    end
  end

  ---Says "warning: ..." on standard error; takes a plumb.Problem too, which is shown in full.
  ---@param text string|plumb.Problem
  function cli.warn(text)
    clear()
    if problem.is(text) then
      stderr:write(problem.render(text, { word = "warning", color = colored.stderr and cli.paint or nil }))
    else
      stderr:write((colored.stderr and cli.paint("yellow", "warning:") or "warning:") .. " " .. with_newline(text))
    end
  end

  ---Shows the problem that ended the run: text, or one line of JSON where results are JSON too.
  ---@param p plumb.Problem
  function cli.fail(p)
    clear()
    if args.json or args.output == "jsonl" then
      stderr:write(problem.json(p), "\n")
    else
      stderr:write(problem.render(p, { color = colored.stderr and cli.paint or nil, width = cli.width() }))
    end
  end

  ---Writes a JSON document: spread out for eyes, on one line for programs. Keys are sorted.
  ---@param value any
  function cli.json(value)
    local json = require("plumb.json")
    cli.out(cli.tty.stdout and json.encode_pretty(value) or json.encode(value))
  end

  ---The format of rows: --output, or a table on a terminal and tabs in a pipe.
  ---@return "table"|"json"|"jsonl"|"csv"|"tsv"|"markdown"
  function cli.format()
    return args.output or (cli.tty.stdout and "table" or "tsv")
  end

  ---Writes rows in the format asked for.
  ---@param rows table[]
  ---@param columns (plumb.Column|string)[]
  function cli.table(rows, columns)
    local table_view = require("plumb.table_view")
    local format, view = cli.format(), { no_header = args.no_header }
    if format == "json" then
      cli.json(#rows > 0 and rows or require("plumb.json").list({}))
    elseif format == "jsonl" then
      for _, row in ipairs(rows) do
        cli.out(require("plumb.json").encode(row))
      end
    elseif format == "csv" then
      cli.write(table_view.csv(rows, columns, view))
    elseif format == "markdown" then
      cli.write(require("plumb.markdown").table(rows, columns))
    elseif format == "table" then
      view.width = (args.width or cli.tty.stdout) and cli.width() or nil
      view.ascii, view.color = not cli.utf8, colored.stdout and cli.paint or nil
      cli.write(table_view.text(rows, columns, view))
    else
      cli.write(table_view.tsv(rows, columns))
    end
  end
end

local function asking_methods(cli, opts)
  local stderr = opts.stderr or io.stderr
  local args = cli.args

  ---Whether somebody is there to answer.
  ---@return boolean
  function cli.can_ask()
    return cli.tty.stdin and cli.tty.stderr and not args.no_input
  end

  ---Asks a yes-or-no question; anything but y or yes is no, and so is having nobody to ask.
  ---@param question string  without the [y/N]
  ---@return boolean
  function cli.ask(question)
    if not cli.can_ask() then
      return false
    end
    stderr:write(printable.line(question) .. " [y/N] ")
    stderr:flush()
    local answer = (opts.read_line or function() return io.read("l") end)()
    if not answer then
      stderr:write("\n")
      return false
    end
    answer = answer:lower():match("^%s*(.-)%s*$")
    return answer == "y" or answer == "yes"
  end

  ---Whether a command that writes may go ahead: --yes, or a yes to the question. With nobody to ask it
  ---raises E108, so that a script never takes "nothing done" for success.
  ---@param question string
  ---@return boolean
  function cli.may_write(question)
    if args.yes then
      return true
    elseif not cli.can_ask() then
      problem.raise({ id = "E108", what = "nothing was written: there is nobody to ask",
        because = args.no_input and "--no-input was given" or "standard input or standard error is not a terminal",
        fix = "add --yes to write, or --dry-run to see what would be done" })
    end
    return cli.ask(question)
  end
end

---@class plumb.Cli
---@field args table      the parsed arguments
---@field tty { stdin: boolean, stdout: boolean, stderr: boolean }
---@field utf8 boolean    whether symbols beyond ASCII can be shown
---@field out fun(text: string)
---@field write fun(bytes: string)
---@field flush fun()
---@field note fun(text: string)
---@field warn fun(text: string|plumb.Problem)
---@field fail fun(p: plumb.Problem)
---@field json fun(value: any)
---@field progress fun(text: string, plain: string?)
---@field format fun(): string
---@field table fun(rows: table[], columns: table[])
---@field ask fun(question: string): boolean
---@field can_ask fun(): boolean
---@field may_write fun(question: string): boolean
---@field color fun(name: string, text: string, stream: ("stdout"|"stderr")?): string
---@field symbol fun(name: string): string
---@field width fun(): integer
---@field env fun(name: string): string|nil

---Makes the object for one run.
---@param opts { args: table?, env: function?, stdout: file*?, stderr: file*?, tty: table?, read_line: function?,
---  width: function? }
---@return plumb.Cli
function M.new(opts)
  local env = opts.env or os.getenv
  local cli = { args = opts.args or {}, env = env, tty = opts.tty or system_tty(), utf8 = M.utf8_locale(env) }
  local colored = color_streams(cli.args, env, cli.tty)

  -- Cells that a line may take: --width, or what the terminal has; 80 where there is none to ask.
  function cli.width()
    return cli.args.width or opts.width and opts.width() or cli.tty.stdout and require("plumb.term").width() or 80
  end

  -- Unconditional; `color` decides whether.
  function cli.paint(name, text)
    return ("\27[%dm%s\27[0m"):format(COLORS[name] or error("unknown colour '" .. tostring(name) .. "'", 2), text)
  end

  -- Without a stream both must show colours: text made once may end up on either.
  function cli.color(name, text, stream)
    local on = colored.stdout and colored.stderr
    if stream then
      on = colored[stream]
    end
    return on and cli.paint(name, text) or text
  end

  function cli.symbol(name)
    local pair = SYMBOLS[name] or error("unknown symbol '" .. tostring(name) .. "'", 2)
    return cli.utf8 and pair[1] or pair[2]
  end

  output_methods(cli, opts, colored)
  asking_methods(cli, opts)
  return cli
end

return M
