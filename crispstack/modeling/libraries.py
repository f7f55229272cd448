"""The libraries that techniques compute with, loaded before threads need them."""

from __future__ import annotations

import importlib
from collections.abc import Iterable

_ALWAYS = ("sklearn.metrics", "sklearn.linear_model", "onnx", "onnxruntime", "scipy.optimize", "optuna")
_OF_TECHNIQUES = {
    "naive_bayes": ("sklearn.naive_bayes",),
    "nearest_neighbors": ("sklearn.neighbors",),
    "support_vectors": ("sklearn.svm",),
    "random_forest": ("sklearn.ensemble",),
    "extra_trees": ("sklearn.ensemble",),
    "histogram_boosting": ("sklearn.ensemble",),
    "lightgbm": ("lightgbm",),
    "xgboost": ("xgboost",),
    "neural_network": ("torch",),
}


def load(techniques: Iterable[str]) -> None:
    """Import what these techniques use, in this thread: threads that import at once may wait for each other."""
    for name in _ALWAYS:
        importlib.import_module(name)
    for technique in techniques:
        for name in _OF_TECHNIQUES.get(technique, ()):
            importlib.import_module(name)
