"""Families of models, each behind the same interface; `BY_NAME` lists them, the quickest first."""

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
)

BY_NAME: Mapping[str, Technique] = {technique.name: technique for technique in _ALL}
