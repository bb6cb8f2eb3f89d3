-- A page as a browser and axe see it. Neither is part of plumb: chromium comes from the system; axe-core and
-- playwright-core are found through NODE_PATH, or with PLUMB_AXE=DIR after `npm install --prefix DIR axe-core
-- playwright-core`. Without them, specs that want them say what is missing and are skipped.

local json = require("plumb.json")
local process = require("support.process")

local M = {}

local CHROMIUM = "/usr/bin/chromium"

-- What node needs to find the packages.
local function environment()
  local folder, path = os.getenv("PLUMB_AXE") or "", os.getenv("NODE_PATH") or ""
  return { NODE_PATH = folder ~= "" and folder .. "/node_modules:" .. path or path }
end

---@return string? reason  why there can be no look; nil when there can
function M.missing()
  if not process.has_program("node") then return "node is not installed" end
  if not process.exists(CHROMIUM) then return "there is no " .. CHROMIUM end
  for _, name in ipairs({ "axe-core", "playwright-core" }) do
    local found = process.run({ "node", "-e", ("require.resolve(%q)"):format(name) }, { env = environment() })
    if found.code ~= 0 then return ("node finds no %s in PLUMB_AXE or NODE_PATH"):format(name) end
  end
end

---@class spec.Look
---@field scheme "light"|"dark"
---@field width integer         of the window, in CSS pixels
---@field violations string[]   of axe's rules
---@field passes integer        rules that something was held against
---@field requests string[]     every URL that was asked for
---@field dialogs string[]      what scripts of the page said
---@field background string     its colour
---@field scroll_width integer  of the page

---Looks at a page, each time with all its details open.
---@param file string  absolute path
---@return spec.Look[]
function M.look(file)
  local folder = process.folder()
  local env = environment()
  env.HOME = folder
  local result = process.run({ "node", "tests/support/report_page.js", CHROMIUM, file, folder .. "/profile" },
    { env = env })
  process.remove(folder)
  if result.code ~= 0 then error(result.all, 2) end
  return assert(json.decode(result.out))
end

return M
