-- I want one item for each question, with its missing practices as a checklist.
--
-- The item follows its practices: one that is dealt with gets its mark. Resolving the item settles all that are left.

return {
  group = "question",
}
