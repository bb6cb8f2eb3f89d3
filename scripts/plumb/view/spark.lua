-- Numbers as a line of bars, as high as a line of text.

local spark = {}

local BARS = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }
local ASCII = { ".", ":", "-", "=", "+", "*", "#" }

---@param numbers number[]  none below zero
---@param options? { ascii: boolean?, top: number? }  top: what fills a bar; the largest of them unless told
---@return string  a character each
function spark.line(numbers, options)
  local steps = options and options.ascii and ASCII or BARS
  local top = options and options.top or math.max(0, table.unpack(numbers))
  local out = {}
  for i, n in ipairs(numbers) do
    local level = top > 0 and math.ceil(n / top * #steps) or 0
    out[i] = steps[math.max(1, math.min(#steps, level))]
  end
  return table.concat(out)
end

---A horizontal bar.
---@param n number
---@param top number     what fills `width`
---@param width integer  cells
---@param ascii? boolean
---@return string  at least a mark for anything above zero
function spark.bar(n, top, width, ascii)
  if n <= 0 then return ascii and "." or "·" end
  local cells = math.max(1, math.floor(n / math.max(top, 1) * width + 0.5))
  return (ascii and "#" or "█"):rep(cells)
end

return spark
