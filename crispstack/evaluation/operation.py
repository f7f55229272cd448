"""What a model takes to run, whether it answers alike when asked again, and whether it could be trained again."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Criterion
from crispstack.charter import Charter
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.phases import Phase

_TIMED, _WARMING = 100, 5
_TOLERANCE = 1e-5
_MEGABYTE = 1e6
Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Operation:
    """What was measured.

    `latency_ms` is the median time of one prediction by the graph, `largest_difference` that of answers to the same
    rows asked one by one and in another order, in probabilities or standard deviations of what is predicted.
    `retraining` says of each file that training read, or the prefix of its rows, whether it is still there.
    """

    latency_ms: float
    size_bytes: int
    largest_difference: float
    retraining: Mapping[str, bool]


def measured(
    graph: bytes,
    columns: Columns,
    predicted: NDArray[np.float64],
    retraining: Mapping[str, bool],
    clock: Callable[[], float],
) -> Operation:
    """Ask the graph again.

    Args:
        graph: the model.
        columns: the model's inputs for the test rows, arrays of shape (n,).
        predicted: what it answered, shape (n,) or (n, k).
        retraining: see `Operation`.
        clock: counts seconds.
    """
    # Loaded anew, as it is where it serves.
    again = OnnxGraph(graph)
    backwards = again.scores({name: values[::-1] for name, values in columns.items()})[::-1]
    differences = [np.abs(backwards - predicted).max()]
    taken = []
    for row in range(min(_TIMED, len(predicted))):
        one = {name: values[row : row + 1] for name, values in columns.items()}
        started = clock()
        answer = again.scores(one)
        taken.append(1000 * (clock() - started))
        differences.append(np.abs(answer[0] - predicted[row]).max())
    spread = float(predicted.std()) if float(np.abs(predicted).max()) > 1 else 1.0
    return Operation(
        latency_ms=statistics.median(taken[_WARMING:] or taken),
        size_bytes=len(graph),
        largest_difference=float(max(differences)) / (spread or 1.0),
        retraining=retraining,
    )


def criteria(charter: Charter, found: Operation) -> tuple[Criterion, ...]:
    """Latency, size, data for retraining, and reproducibility."""
    most_ms, most_mb = charter.acceptance.maximum_latency_ms, charter.acceptance.maximum_megabytes
    size = found.size_bytes / _MEGABYTE
    gone = [name for name, there in found.retraining.items() if not there]
    return (
        Criterion(
            "latency",
            found.latency_ms,
            most_ms,
            "met" if found.latency_ms <= most_ms else "failed",
            f"one prediction takes the graph {found.latency_ms:.3g} ms (median); up to {most_ms:g} ms are allowed",
            "milliseconds",
            Phase.MODELING,
        ),
        Criterion(
            "size",
            size,
            most_mb,
            "met" if size <= most_mb else "failed",
            f"the graph has {size:.3g} MB; up to {most_mb:g} MB are allowed",
            "MB",
            Phase.MODELING,
        ),
        Criterion(
            "retraining data",
            float(len(gone)),
            0.0,
            "condition" if gone else "met",
            f"{', '.join(gone)} cannot be found any more; without it the model cannot be trained again: restore it"
            if gone
            else f"all {len(found.retraining)} sources and prepared parts that it was trained on are still there",
            "missing",
            Phase.DATA_UNDERSTANDING,
        ),
        Criterion(
            "reproducibility",
            found.largest_difference,
            _TOLERANCE,
            "met" if found.largest_difference <= _TOLERANCE else "failed",
            f"loaded anew and asked in another order and one by one, the graph's answers differ by at most "
            f"{found.largest_difference:.1e}; up to {_TOLERANCE:.0e} is rounding",
            "standard deviation" if charter.framing == "regression" else "probability",
            Phase.MODELING,
        ),
    )
