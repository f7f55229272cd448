"""Numbers become named intervals: by a list of edges, by quantiles of the profile, or by a width."""

from __future__ import annotations

import itertools

import numpy as np

from crispstack.data_preparation.categories import Array, Categories, objects
from crispstack.data_preparation.values import MISSING
from crispstack.errors import DataError
from crispstack.preparation_plan import Derivation


def bucket(numbers: Array, derivation: Derivation) -> Categories:
    """The interval that holds each number: ``< 18``, ``[18, 30)``, ``>= 30``; missing where the number is.

    Edges are compared as float32, so that a value that equals an edge as written is in the interval that it begins.

    Raises:
        DataError: the buckets are quantiles that were not taken from the profile.
    """
    if derivation.width is not None:
        return _by_width(numbers, derivation.width)
    if not derivation.edges:
        remedy = "run the data preparation of this run first, which takes them from the profile"
        raise DataError(f"the quantiles of {derivation.name} are not known; {remedy}")
    edges = np.array(derivation.edges, dtype=numbers.dtype)
    names = [f"{edge:.9g}" for edge in derivation.edges]
    between = [f"[{low}, {high})" for low, high in itertools.pairwise(names)]
    codes = np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, side="right"))
    return Categories(codes.astype(np.int32), objects([f"< {names[0]}", *between, f">= {names[-1]}", MISSING]))


def _by_width(numbers: Array, width: float) -> Categories:
    known = ~np.isnan(numbers)
    values = np.where(known, numbers, 0).astype(np.float64)
    step = np.floor(values / width)
    # Rounded to float32, a bound may lie on the other side of the value that was written like it.
    step = np.where(((step + 1) * width).astype(numbers.dtype) <= numbers, step + 1, step)
    step = np.where((step * width).astype(numbers.dtype) > numbers, step - 1, step)
    steps, codes = np.unique(np.where(known, step, np.nan), return_inverse=True)
    names = [MISSING if np.isnan(each) else f"[{each * width:.9g}, {(each + 1) * width:.9g})" for each in steps]
    return Categories(codes.astype(np.int32), objects(names))
