-- I want a link to our own runbook in each description, by question.
--
-- Descriptions are Markdown and hold 2,048 characters. What comes first is kept when the rest has to be cut.

local WIKI = "https://wiki.example.com/runbooks/"

return {
  describe = function(finding, default)
    return ("[Runbook](%s%s)\n\n%s"):format(WIKI, finding.question.QuestionId, default(finding))
  end,
}
