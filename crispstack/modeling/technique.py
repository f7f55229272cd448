"""What a family of models must be able to do to be searched, compared and exported like every other."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import optuna

    from crispstack.modeling.checkpoints import Checkpoints
    from crispstack.modeling.onnx_nodes import Nodes

Framing = Literal["binary", "multiclass", "regression"]
Matrix = NDArray[np.float32]
"""Encoded features, shape (n, d), C-contiguous float32; NaN where a technique takes missing values itself."""
Scores = NDArray[np.float64]
"""Probability of the positive class, shape (n,); of every class, shape (n, k); or the predicted number, shape (n,)."""


@dataclass(frozen=True)
class Rows:
    """Encoded rows: to fit on, or to stop by. `target` is 0 or 1, the class's index, or a number, of shape (n,).

    `age` is, where time orders the rows, the share of the training set that came after each.
    """

    matrix: Matrix
    target: NDArray[np.float64]
    weight: NDArray[np.float64] | None = None
    age: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Shape:
    """What a technique must know of the training set before it sees any of it.

    `quantile` is set for a regression whose money wants that quantile of the target rather than its mean; `ordered`
    where time orders the rows.
    """

    framing: Framing
    rows: int
    columns: int
    classes: int = 2
    rarest: int = 0
    quantile: float | None = None
    ordered: bool = False


@dataclass(frozen=True)
class Resources:
    """What a fit may use: threads of one machine, ``cpu`` or ``cuda``, the seed, and the clock's latest moment.

    `deadline` is in seconds of `time.monotonic`; a technique that fits in steps stops there with what it has.
    Where there are `checkpoints`, it offers them its state between steps, and begins where another process stopped.
    """

    seed: int
    threads: int = 1
    device: Literal["cpu", "cuda"] = "cpu"
    deadline: float | None = None
    checkpoints: Checkpoints | None = None

    @property
    def late(self) -> bool:
        """Whether the deadline has come."""
        return self.deadline is not None and time.monotonic() >= self.deadline


@dataclass(frozen=True)
class Machine:
    """What all fits of a search have of the machine they run on, and where they keep their states."""

    device: Literal["cpu", "cuda"] = "cpu"
    threads: int = 1
    checkpoints: Checkpoints | None = None

    def resources(self, seed: int, deadline: float | None) -> Resources:
        """Those of one fit."""
        return Resources(seed, self.threads, self.device, deadline, self.checkpoints)


class Model(Protocol):
    """A fitted model over encoded features."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Those to fit the like of it with on other rows without any to stop by.

        They are the fit's own, with the number of steps at which it stopped.
        """

    def predict(self, matrix: Matrix) -> Scores:
        """Scores of these rows."""

    def export(self, nodes: Nodes, matrix: str) -> str:
        """Add nodes that compute the same scores from the tensor `matrix`, (n, d); the name of their output.

        The output has shape (n, 1) for binary and regression, (n, k) for multiclass.
        """


class Technique(Protocol):
    """A family of models. `encoding` says what its matrix holds: numbers with NaN, or filled and scaled ones.

    `stops_early` says whether its fit makes use of rows to stop by.
    """

    name: str
    family: str
    encoding: Literal["trees", "dense"]
    stops_early: bool

    def unsuited(self, shape: Shape) -> str:
        """Why it is not tried on such data; empty if it is."""

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        """Sound parameters to begin with."""

    def suggest(self, trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:
        """Parameters drawn from the technique's space."""

    def fit(
        self, rows: Rows, stop: Rows | None, parameters: Mapping[str, Any], shape: Shape, resources: Resources
    ) -> Model:
        """Fit; where `stop` is given and the technique fits in steps, stop when these rows no longer gain."""
