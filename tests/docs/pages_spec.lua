-- The documentation tells the truth: what its commands print is what it shows, what it links to is there, and what is
-- made from plumb's tables is up to date.

local document = require("support.document")
local process = require("support.process")
local simulator = require("support.simulator_process")
local tree = require("support.tree")

local PAGES = tree.files("*.md", "README.md", "examples")

describe("a page", function()
  for _, path in ipairs(PAGES) do
    local runs = false
    for _, block in ipairs(document.blocks(path)) do
      runs = runs or (block.language == "console" and not block.elsewhere and document.commands(block)[1] ~= nil)
    end
    if runs then
      it("shows what its commands print: " .. path, function()
        local reader <close> = setmetatable({ document.reader() }, { __close = function(self) self[1]:close() end })
        assert.is_true(reader[1]:play(path) > 0)
      end)
    end
  end

  -- The words of a command line, with quotes and without pipes.
  local function words_of(line)
    local words = {}
    local text = line:gsub("%s+#.*$", ""):gsub("%s[|>].*$", "")
    for word in text:gsub("'([^']*)'", function(quoted) return (quoted:gsub(" ", "\1")) end):gmatch("%S+") do
      words[#words + 1] = (word:gsub("\1", " "))
    end
    return words
  end

  it("has command lines that plumb understands, also where they are not run", function()
    local count = 0
    for _, path in ipairs(PAGES) do
      for _, block in ipairs(document.blocks(path)) do
        for i, line in ipairs(block.language == "console" and block.lines or {}) do
          local command = line:match("^%$? ?plumb ([^\\]+)$")
          if command then
            count = count + 1
            local ok, failure = pcall(require("plumb.cli").parse, words_of(command))
            if not ok then error(("%s:%d: %s"):format(path, block.at + i - 1, tostring(failure))) end
          end
        end
      end
    end
    assert.is_true(count > 20)
  end)

  it("has links to what there is", function()
    for _, path in ipairs(PAGES) do
      local folder = path:match("^(.*/)") or ""
      for target in process.read(path):gmatch("%]%(([^)]+)%)") do
        local file, heading = target:match("^([^#]*)#?(.*)$")
        if not target:find("^https?://") then
          local found = file == "" and path or folder .. file
          assert.is_true(process.exists(found), path .. ": " .. target)
          if heading ~= "" and found:find("%.md$") then
            local text = process.read(found):lower():gsub("\n#+ ([^\n]*)", function(title)
              return "\n#" .. title:gsub("[^%w%- _]", ""):gsub(" ", "-")
            end)
            assert.truthy(text:find("\n#" .. heading .. "\n", 1, true), path .. ": " .. target)
          end
        end
      end
    end
  end)
end)

describe("what is made from plumb's tables", function()
  local folder

  setup(function() folder = process.folder() end)
  teardown(function() process.remove(folder) end)

  local function make(...)
    local result = process.run({ simulator.binary, "run", "engine/tools/docs.lua", ... }, { env = { HOME = folder,
      PLUMB_SCRIPTS = os.getenv("PLUMB_SCRIPTS") or "", LC_ALL = "C.UTF-8" } })
    assert.equal(0, result.code, result.all)
  end

  local function same(made, kept)
    assert.is_true(process.read(made) == process.read(kept), kept .. " is out of date: run ./dev docs")
  end

  it("is the reference, in full", function()
    make("reference", folder .. "/reference")
    local names = tree.files("*.md", folder .. "/reference")
    assert.is_true(#names >= 6)
    assert.equal(#names, #tree.files("*.md", "examples/reference"), "run ./dev docs")
    for _, path in ipairs(names) do same(path, "examples/reference/" .. path:match("[^/]+$")) end
  end)

  it("is the moving picture", function()
    make("picture", simulator.binary, "examples/picture/session.txt", folder .. "/session.svg")
    same(folder .. "/session.svg", "examples/picture/session.svg")
  end)

  it("is the picture of a report", function()
    make("report", simulator.binary, folder .. "/report.svg")
    same(folder .. "/report.svg", "examples/picture/report.svg")
  end)

  it("is a manual page for each command, for the policy and for plumb, without a mistake", function()
    make("man", folder .. "/man")
    local flags = require("plumb.cli.flags")
    local text = process.read(folder .. "/man/man1/plumb.1") .. process.read(folder .. "/man/man5/plumb-policy.5")
    for _, command in ipairs(require("plumb.cli").commands()) do
      assert.truthy(text:find("\\fBplumb\\-" .. command.name .. "\\fR(1)", 1, true), command.name)
      local page = process.read(("%s/man/man1/plumb-%s.1"):format(folder, command.name))
      for _, flag in ipairs(flags.of(command)) do
        assert.truthy(page:find("\\fB" .. flags.long(flag):gsub("%-", "\\-") .. "\\fR", 1, true), flags.long(flag))
      end
    end
    for _, entry in ipairs(require("plumb.policy.schema").settings) do
      assert.truthy(text:find("\\fB" .. entry[1] .. "\\fR", 1, true), entry[1])
    end
    if not process.has_program("mandoc") then return pending("mandoc is not installed") end
    assert.equal("", process.shell(("mandoc -T lint -W warning %s/man/man?/* 2>&1"):format(folder)))
  end)
end)
