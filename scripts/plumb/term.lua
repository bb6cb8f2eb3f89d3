-- The terminal: what is one, how wide it is, how wide text is on it, and lines that people type. The door
-- of engine.term, which also chooses a UTF-8 locale for characters and leaves numbers alone.

local engine = require("engine.term")

---@class plumb.term
local term = {}

---Whether 0, 1 or 2 (standard input, output, error) is a terminal.
---@type fun(fd: integer): boolean
term.isatty = engine.isatty

---Columns and rows of the terminal, nil without one.
---@type fun(): integer|nil, integer|nil
term.width = engine.width

---Whether characters beyond ASCII can be shown.
---@type fun(): boolean
term.is_utf8 = engine.is_utf8

---Columns that a text takes: 2 for wide characters, 0 for combining and control characters.
---@type fun(text: string): integer
term.display_width = engine.display_width

---A line typed by a person, without its end, and whether it is a paste of several lines, of which only the first is
---on the screen; nil at the end of input; nil, "interrupted" and whether something was typed already on Ctrl-C.
---Everything else stands still meanwhile. Colours in the prompt stand between "\1" and "\1". `complete` is asked at
---Tab, with the line and the number of bytes before the cursor: what to insert, and what to list above the line.
---@type fun(prompt: string, complete: (fun(text: string, before: integer): string?, string?)?): string?, any, boolean?
term.read_line = engine.read_line

---Keeps lines in a file of mode 0600 from now on; false when there is no line editor.
---@type fun(path: string): boolean
term.history_open = engine.history_open

---Remembers a line, unless it begins with a blank.
---@type fun(line: string)
term.history_add = engine.history_add

return term
