"""Phase 2: what the data holds, whether it is good enough, and which rows are set aside."""
