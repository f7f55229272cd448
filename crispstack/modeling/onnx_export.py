"""A fitted scikit-learn pipeline as one ONNX graph, and the proof that both answer alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from crispstack.artifacts import Feature, Parity
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.training_data import TrainingData, matrix, with_oddities

TOLERANCE = 1e-5
GENERATED_ROWS = 500


def export(fitted: Any, features: tuple[Feature, ...]) -> bytes:
    """The graph: per feature an input of shape (n, 1), float32 or string; output ``probabilities`` of shape (n, 2)."""
    from skl2onnx import convert_sklearn  # noqa: PLC0415
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType  # noqa: PLC0415

    from crispstack.modeling.imputation import register_converters  # noqa: PLC0415

    register_converters()
    kinds = {"numeric": FloatTensorType, "categorical": StringTensorType}
    inputs = [(feature.name, kinds[feature.kind]([None, 1])) for feature in features]
    # Without zipmap the probabilities are a plain tensor instead of a list of dictionaries.
    graph = convert_sklearn(fitted, "model", inputs, options={"zipmap": False})
    content: bytes = graph.SerializeToString()
    return content


def prove_parity(fitted: Any, graph: OnnxGraph, data: TrainingData, seed: int) -> Parity:
    """Largest difference of probabilities between pipeline and graph, on training rows and generated ones."""
    generated = with_oddities(data, GENERATED_ROWS, seed)
    differences = [
        np.abs(graph.probabilities(columns) - fitted.predict_proba(matrix(columns, data.features))[:, 1])
        for columns in (data.columns, generated)
    ]
    # numpy's maximum of NaN is NaN, which is within no tolerance; Python's would pass it over.
    return Parity(len(data.target) + GENERATED_ROWS, float(np.max(np.concatenate(differences))), TOLERANCE)
