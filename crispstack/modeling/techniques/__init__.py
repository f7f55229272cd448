"""Families of models, each behind the same interface; `BY_NAME` lists them in the order they are tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crispstack.modeling.techniques.light_gbm import LightGbm
from crispstack.modeling.techniques.linear import Logistic, Ridge

if TYPE_CHECKING:
    from crispstack.modeling.technique import Technique

_ALL: tuple[Technique, ...] = (Logistic(), Ridge(), LightGbm())

BY_NAME: Mapping[str, Technique] = {technique.name: technique for technique in _ALL}
