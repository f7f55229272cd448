"""Families of models, each behind the same interface; `BY_NAME` lists them, the quickest first.

The neural network is tried where it is asked for, and on the backend with a GPU: elsewhere its time is others'.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crispstack.modeling.techniques.constant import Constant
from crispstack.modeling.techniques.forests import Forest
from crispstack.modeling.techniques.histogram_boosting import HistogramBoosting
from crispstack.modeling.techniques.light_gbm import LightGbm
from crispstack.modeling.techniques.linear import Logistic, Ridge
from crispstack.modeling.techniques.naive_bayes import NaiveBayes
from crispstack.modeling.techniques.nearest_neighbors import NearestNeighbors
from crispstack.modeling.techniques.neural_network import NeuralNetwork
from crispstack.modeling.techniques.support_vectors import SupportVectors
from crispstack.modeling.techniques.xg_boost import XgBoost

if TYPE_CHECKING:
    from crispstack.modeling.technique import Technique

_ALL: tuple[Technique, ...] = (
    Constant(),
    NaiveBayes(),
    Logistic(),
    Ridge(),
    LightGbm(),
    NearestNeighbors(),
    XgBoost(),
    HistogramBoosting(),
    Forest("extra_trees"),
    Forest("random_forest"),
    SupportVectors(),
    NeuralNetwork(),
)

BY_NAME: Mapping[str, Technique] = {technique.name: technique for technique in _ALL}


def by_default(backend: str) -> tuple[str, ...]:
    """What is tried where the charter names no techniques."""
    return tuple(name for name in BY_NAME if name != NeuralNetwork.name or backend == "gpu")
