"""A model as ONNX Runtime executes it: the same few lines in training's proof, in evaluation and in serving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

OUTPUT = "scores"


class OnnxGraph:
    """One graph with its preprocessing: a tensor per feature in, scores out."""

    def __init__(self, content: bytes) -> None:
        """Load the graph from the bytes of ``model.onnx``."""
        import onnxruntime  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        # Requests are small and functions have one or two cores: threads would only wait for each other.
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        # Its check that no input is missing looks each name up in a list of all: 0.3 s a call for 5,000 columns.
        # `scores` feeds them all.
        self._session._validate_input = lambda _: None
        self.inputs: tuple[str, ...] = tuple(entry.name for entry in self._session.get_inputs())

    def scores(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Scores from one array of shape (n,) per feature.

        Probability of the positive class, shape (n,); of every class, shape (n, k); or the predicted number, (n,).

        Raises:
            KeyError: a feature of the graph is not among the columns.
        """
        feeds = {name: columns[name].reshape(-1, 1) for name in self.inputs}
        scores: NDArray[np.float32]
        (scores,) = self._session.run(None, feeds)
        return scores[:, 0] if scores.shape[1] == 1 else scores
