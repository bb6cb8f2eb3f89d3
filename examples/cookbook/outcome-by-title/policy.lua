-- I want items whose title somebody begins with "N/A" to mark the practice as not applicable.
--
-- `on_resolve` sees the item as it is when somebody resolves it, so a word in the title can say what was meant.

return {
  on_resolve = function(item, default)
    if item.title:find("^N/A") then
      return { outcome = "not_applicable", reason = "OUT_OF_SCOPE" }
    end
    return default(item)
  end,
}
