-- The AWS Well-Architected Tool. Handlers by operation name, gathered from their rooms under sim/wa/.

local M = { operations = {} }

for _, room in ipairs({ "answers", "lenses", "reviews", "workloads" }) do
  for name, handler in pairs(require("sim.wa." .. room)) do
    if name:find("^%u") then
      M.operations[name] = handler
    end
  end
end

return M
