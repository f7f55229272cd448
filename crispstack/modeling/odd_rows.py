"""Rows that a model must answer although no training row looks like them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.data_preparation.values import MISSING
from crispstack.modeling.training_data import Columns, TrainingData

_TEXTS = (MISSING, "__unseen__", "", " ", "\x00", "Ünïcödé", "日本語", "\U0001f600", "a\u0301", "\x1f0", "x" * 1000)
_NUMBERS = (np.nan, 0.0, -0.0, 1e-45, -1e-40, 1e-35, 1e6, -1e6, 3.4028235e38, -3.4028235e38, np.inf, -np.inf)
_ODD, _BESIDE = 0.3, 0.2
"""Shares of the values that are odd, and of the numbers that are the float32 next to one of training."""


def odd_rows(data: TrainingData, rows: int, seed: int) -> Columns:
    """Columns of generated rows: training values, mixed with nulls, unseen and foreign texts, and extreme numbers."""
    generator = np.random.default_rng(seed)
    return {
        feature.name: (_odd_numbers if feature.kind == "numeric" else _odd_texts)(
            data.columns[feature.name], rows, generator
        )
        for feature in data.features
    }


def _odd_texts(values: NDArray[Any], rows: int, generator: np.random.Generator) -> NDArray[Any]:
    drawn = generator.choice(values, rows)
    odd = generator.random(rows) < _ODD
    drawn[odd] = generator.choice(np.array(_TEXTS, dtype=object), int(odd.sum()))
    return drawn


def _odd_numbers(values: NDArray[Any], rows: int, generator: np.random.Generator) -> NDArray[np.float32]:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    drawn = generator.choice(values, rows).astype(np.float32)
    beside = generator.random(rows) < _BESIDE
    drawn[beside] = np.nextafter(drawn[beside], np.float32(generator.choice([-np.inf, np.inf])))
    odd = generator.random(rows) < _ODD
    extremes = np.array([*_NUMBERS, *np.clip([low - 1, high + 1, 10 * low, 10 * high], -3e38, 3e38)], dtype=np.float32)
    drawn[odd] = generator.choice(extremes, int(odd.sum()))
    return drawn
