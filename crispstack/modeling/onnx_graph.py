"""A model as ONNX Runtime executes it: the same few lines in training's proof, in evaluation and in serving."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.errors import ArtifactError

NUMBERS, TEXTS, OUTPUT = "numbers", "texts", "scores"


class OnnxGraph:
    """One graph with its preprocessing: numbers and texts in, scores out.

    `numbers` and `texts` name the features in the order of the columns of these two inputs. Two inputs, not one per
    feature: handing over a tensor takes a microsecond, and a request has one row.
    """

    def __init__(self, content: bytes) -> None:
        """Load the graph from the bytes of ``model.onnx``.

        Raises:
            ArtifactError: it does not say which features its inputs are.
        """
        import onnxruntime  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        # Requests are small and functions have one or two cores: threads would only wait for each other.
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        order = self._session.get_modelmeta().custom_metadata_map
        self.numbers, self.texts = (tuple(json.loads(order.get(name, "[]"))) for name in (NUMBERS, TEXTS))
        expected = {name for name, features in ((NUMBERS, self.numbers), (TEXTS, self.texts)) if features}
        if {entry.name for entry in self._session.get_inputs()} != expected:
            raise ArtifactError("the graph does not name its features: an earlier version made it; train again")

    def scores(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Scores from one array of shape (n,) per feature; see `run`.

        Raises:
            KeyError: a feature of the graph is not among the columns.
        """
        numbers, texts = (
            np.stack([columns[name] for name in names], axis=1) if names else None
            for names in (self.numbers, self.texts)
        )
        return self.run(numbers, texts)

    def run(self, numbers: NDArray[np.float32] | None, texts: NDArray[np.object_] | None) -> NDArray[np.float32]:
        """Scores of n rows.

        Probability of the positive class, shape (n,); of every class, shape (n, k); or the predicted number, (n,).

        Args:
            numbers: float32 of shape (n, numbers), NaN where missing; None where there are none.
            texts: str of shape (n, texts); None where there are none.
        """
        feeds = {name: values for name, values in ((NUMBERS, numbers), (TEXTS, texts)) if values is not None}
        scores: NDArray[np.float32]
        (scores,) = self._session.run([OUTPUT], feeds)
        return scores[:, 0] if scores.shape[1] == 1 else scores
