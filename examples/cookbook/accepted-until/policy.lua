-- I want people to accept a risk until a day, by a field of the OpsItem that they know.
--
-- Whoever resolves an OpsItem with an entry "Accepted until" in its operational data has nothing written into the
-- review; the practice comes back as a new item on that day. plumb's own entry Outcome goes on working.

return {
  on_resolve = function(item, default)
    local day = item.fields["Accepted until"]
    if day then
      return { outcome = "accepted", expires = day }
    end
    return default(item)
  end,
}
