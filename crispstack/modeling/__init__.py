"""Modeling: candidates of different families compared by cross-validation; the best becomes one ONNX graph."""
