"""Phase 3: raw rows become features, the same way for training and for a prediction."""
