"""The test rows through the model's graph, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ModelPackage, PreparedDataset, sha256
from crispstack.data_preparation.requests import prepared_arrays
from crispstack.data_preparation.values import TODAY
from crispstack.errors import ArtifactError, DataError
from crispstack.modeling.onnx_graph import OnnxGraph


@dataclass(frozen=True)
class Scored:
    """Test rows: what came true, what the graph said, and what is predicted today if the charter says where.

    Attributes:
        actual: float64 (n,): 0 or 1, the index of a class, or a number.
        predicted: float64, probabilities of the positive class (n,), of all classes (n, k), or numbers (n,).
        today: float64 (n,) like `actual`, NaN where not known; None if the charter names no such column.
    """

    actual: NDArray[np.float64]
    predicted: NDArray[np.float64]
    today: NDArray[np.float64] | None = None


def score(rows: Sequence[Mapping[str, Any]], dataset: PreparedDataset, package: ModelPackage, graph: bytes) -> Scored:
    """The prepared test rows, scored.

    Raises:
        ArtifactError: the graph is not the one that the package names.
        DataError: rows are missing, or all have the same outcome.
    """
    if sha256(graph) != package.model_sha256:
        raise ArtifactError(f"{package.model_uri} is not the graph that was trained: its hash differs")
    if len(rows) != dataset.test_rows:
        raise DataError(f"{dataset.test_uri} holds {len(rows)} rows; data preparation wrote {dataset.test_rows}")
    actual = np.array([float(row[dataset.target]) for row in rows])
    if len(np.unique(actual)) < 2:
        different = "different numbers in" if dataset.framing == "regression" else "test rows of both classes of"
        raise DataError(f"{dataset.test_uri}: a decision needs {different} {dataset.target}")
    predicted = OnnxGraph(graph).scores(prepared_arrays(rows, package.features))
    known = [row.get(TODAY) for row in rows] if any(TODAY in row for row in rows) else None
    today = None if known is None else np.array([np.nan if value is None else float(value) for value in known])
    return Scored(actual, predicted.astype(np.float64), today)


def prediction_lines(scored: Scored) -> bytes:
    """One JSON object per line: row (its position), actual, predicted: a number, or one per class."""
    actual = [int(was) if was.is_integer() else was for was in scored.actual.tolist()]
    pairs = enumerate(zip(actual, scored.predicted.tolist(), strict=True))
    lines = [json.dumps({"row": row, "actual": was, "predicted": said}) + "\n" for row, (was, said) in pairs]
    return "".join(lines).encode()
