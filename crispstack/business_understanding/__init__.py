"""Phase 1: the charter, and whether the question is one for machine learning."""
