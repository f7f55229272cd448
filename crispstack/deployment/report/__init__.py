"""The final report: one page, one model card and one JSON artifact from everything that a run found."""
