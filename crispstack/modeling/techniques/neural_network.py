"""A neural network for tables: PyTorch fits it, numpy and ONNX Runtime compute it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import optuna

    from crispstack.modeling.tabular_network import Network
    from crispstack.modeling.technique import Resources, Rows, Shape

_FEWEST_ROWS = 200
_SMALLEST_BATCH = 128
_LARGEST_BATCH = 4096
_STEPS_PER_EPOCH = 60


class NeuralNetwork:
    """An ensemble of perceptrons with shared weights, stopped early, in mixed precision on a GPU."""

    name = "neural_network"
    family = "neural networks"
    encoding: Literal["trees", "dense"] = "dense"
    stops_early = True

    def unsuited(self, shape: Shape) -> str:
        """Why it is not tried on such data; empty if it is."""
        if importlib.util.find_spec("torch") is None:
            return "PyTorch is not installed: install crispstack[neural-network]"
        return f"fewer than {_FEWEST_ROWS} rows" if shape.rows < _FEWEST_ROWS else ""

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        """Parameters that do well on most tables."""
        batch = 2 ** round(np.log2(max(1, shape.rows) / _STEPS_PER_EPOCH))
        return {
            "width": 256,
            "layers": 2,
            "members": 8,
            "batch": int(np.clip(batch, _SMALLEST_BATCH, _LARGEST_BATCH)),
            "epochs": 200,
            "patience": 12,
            "learning_rate": 2e-3,
            "weight_decay": 1e-3,
            "dropout": 0.2,
        }

    def suggest(self, trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:
        """Parameters drawn from the technique's space."""
        return {
            **self.defaults(shape),
            "width": trial.suggest_categorical("width", [128, 256, 512]),
            "layers": trial.suggest_int("layers", 1, 3),
            "learning_rate": trial.suggest_float("learning_rate", 5e-4, 5e-3, log=True),
            "weight_decay": trial.suggest_float("weight_decay", 1e-4, 1e-1, log=True),
            "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        }

    def fit(
        self, rows: Rows, stop: Rows | None, parameters: Mapping[str, Any], shape: Shape, resources: Resources
    ) -> Network:
        """Fit until the rows to stop by no longer gain, or for all epochs where there are none.

        Raises:
            ModelingError: PyTorch is not installed.
            Interruption: the machine is about to be taken away; the state is saved.
        """
        from crispstack.modeling.network_training import Descent  # noqa: PLC0415

        kept = resources.checkpoints
        checkpoint = kept.of(self.name, rows, stop, parameters, resources) if kept else None
        return Descent(rows, stop, parameters, shape, resources).run(checkpoint)
