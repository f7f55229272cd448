"""The test rows through the model's graph, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ModelPackage, PreparedDataset, sha256
from crispstack.data_preparation.requests import prepared_arrays
from crispstack.errors import ArtifactError, DataError
from crispstack.modeling.onnx_graph import OnnxGraph


def score(
    rows: Sequence[Mapping[str, Any]], dataset: PreparedDataset, package: ModelPackage, graph: bytes
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Outcomes and probabilities of the prepared test rows, both of shape (n,).

    Raises:
        ArtifactError: the graph is not the one that the package names.
        DataError: rows are missing, or hold one class only.
    """
    if sha256(graph) != package.model_sha256:
        raise ArtifactError(f"{package.model_uri} is not the graph that was trained: its hash differs")
    if len(rows) != dataset.test_rows:
        raise DataError(f"{dataset.test_uri} holds {len(rows)} rows; data preparation wrote {dataset.test_rows}")
    actual = np.array([int(row[dataset.target]) for row in rows], dtype=np.int64)
    if len(np.unique(actual)) != 2:
        raise DataError(f"{dataset.test_uri}: a decision needs test rows of both classes of {dataset.target}")
    predicted = OnnxGraph(graph).probabilities(prepared_arrays(rows, package.features))
    return actual, predicted.astype(np.float64)


def prediction_lines(actual: NDArray[np.int64], predicted: NDArray[np.float64]) -> bytes:
    """One JSON object per line: row (its position), actual, predicted."""
    pairs = enumerate(zip(actual.tolist(), predicted.tolist(), strict=True))
    lines = [json.dumps({"row": row, "actual": was, "predicted": said}) + "\n" for row, (was, said) in pairs]
    return "".join(lines).encode()
