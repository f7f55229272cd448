"""The test rows through the model's graph, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ModelPackage, PreparedDataset, sha256
from crispstack.artifacts.decision import PolicyKind
from crispstack.data_preparation.requests import prepared_arrays
from crispstack.data_preparation.values import AMOUNT, GROUP, TIME, TODAY
from crispstack.errors import ArtifactError, DataError
from crispstack.modeling.onnx_graph import OnnxGraph

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Rival:
    """A model on the same test rows: what it predicts, and what turns that into decisions.

    `predicted` is as in `Scored`.
    """

    name: str
    kind: PolicyKind
    predicted: NDArray[np.float64]
    threshold: float = 0.0
    shift: float = 0.0


@dataclass(frozen=True)
class Scored:
    """Test rows: what came true, what the graph said, and what else is known of them.

    Attributes:
        actual: float64 (n,): 0 or 1, the index of a class, or a number.
        predicted: float64, probabilities of the positive class (n,), of all classes (n, k), or numbers (n,).
        today: what is predicted today: float64 (n,) like `actual`, NaN where not known; None if the charter names no
            such column.
        amount: what money depends on, float64 (n,), if the charter names such a column.
        time: seconds since 1970, NaN where not known, float64 (n,), if the charter names such a column.
        group: which rows belong together, int64 (n,), if the charter names such columns.
        columns: prepared values, arrays of shape (n,), of the features by which cases are sliced.
        rivals: other models: the champion, and those of the shortlist.
        champion: its version; where it is no rival, what became of it, in words; empty if there is none.
        is_champion: whether the model itself serves already.
    """

    actual: NDArray[np.float64]
    predicted: NDArray[np.float64]
    today: NDArray[np.float64] | None = None
    amount: NDArray[np.float64] | None = None
    time: NDArray[np.float64] | None = None
    group: NDArray[np.int64] | None = None
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    rivals: tuple[Rival, ...] = ()
    champion: str = ""
    is_champion: bool = False


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
    group = np.array([row[GROUP] for row in rows], dtype=np.int64) if GROUP in rows[0] else None
    return Scored(
        actual=actual,
        predicted=predicted.astype(np.float64),
        today=_numbers(rows, TODAY),
        amount=_numbers(rows, AMOUNT),
        time=_numbers(rows, TIME),
        group=group,
    )


def shortlisted(columns: Columns, package: ModelPackage, graphs: Mapping[str, bytes]) -> tuple[Rival, ...]:
    """The other models of the shortlist on the same rows.

    Args:
        columns: the models' inputs, arrays of shape (n,).
        package: names them, with what turns their scores into decisions.
        graphs: by their URIs.

    Raises:
        ArtifactError: a graph is not the one that was trained.
    """
    found = []
    for each in package.shortlist:
        if sha256(graphs[each.uri]) != each.sha256:
            raise ArtifactError(f"{each.uri} is not the graph that was trained: its hash differs")
        predicted = OnnxGraph(graphs[each.uri]).scores(columns).astype(np.float64)
        found.append(Rival(each.name, "shortlisted", predicted, each.threshold, each.shift))
    return tuple(found)


def _numbers(rows: Sequence[Mapping[str, Any]], name: str) -> NDArray[np.float64] | None:
    """The column, NaN where it is not known; None if no row has it."""
    if not any(name in row for row in rows):
        return None
    return np.array([np.nan if row.get(name) is None else float(row[name]) for row in rows])


def prediction_lines(scored: Scored) -> bytes:
    """One JSON object per line: row (its position), actual, predicted: a number, or one per class.

    Beside these what the decision was computed from: today, amount, time and group where there are such, and what
    others predicted, by their names.
    """
    columns: dict[str, list[Any]] = {
        "row": list(range(len(scored.actual))),
        "actual": [int(was) if was.is_integer() else was for was in scored.actual.tolist()],
        "predicted": scored.predicted.tolist(),
    }
    for name in ("today", "amount", "time"):
        values = getattr(scored, name)
        if values is not None:
            columns[name] = [None if np.isnan(value) else float(value) for value in values]
    if scored.group is not None:
        columns["group"] = scored.group.tolist()
    if scored.rivals:
        by_name = {rival.name: rival.predicted.tolist() for rival in scored.rivals}
        columns["others"] = [dict(zip(by_name, each, strict=True)) for each in zip(*by_name.values(), strict=True)]
    lines = zip(*columns.values(), strict=True)
    return "".join(json.dumps(dict(zip(columns, line, strict=True))) + "\n" for line in lines).encode()
