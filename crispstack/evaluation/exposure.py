"""How often a case earns each amount of money of the charter: its value is these exposures times the amounts.

Kept apart, the same cases can be valued at other amounts, which is how their ranges reach the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.charter import Charter, Framing, Money, Range

Numbers = NDArray[np.float64]
Indicators = Mapping[str, NDArray[np.bool_] | Numbers]
PER_AMOUNT = "amount."
"""Begins the names of what is earned per unit of a row's amount."""
_OUTCOMES: dict[Framing, tuple[str, ...]] = {
    "binary": ("true_positive", "false_positive", "true_negative", "false_negative"),
    "multiclass": ("right", "wrong"),
    "regression": ("over_estimate", "under_estimate"),
}
_PAIR = "values."
_UNSTATED = 0.2
"""An amount without a range is looked at this share above and below what is stated."""


@dataclass(frozen=True, eq=False)
class Amounts:
    """The charter's amounts of money that are not zero, or may be another: `names`, and vectors of shape (m,).

    `low` and `high` are their ranges; where the charter gives none, `assumed` is true.
    """

    names: tuple[str, ...]
    stated: Numbers
    low: Numbers
    high: Numbers
    assumed: NDArray[np.bool_]


def amounts_of(charter: Charter) -> Amounts:
    """The amounts that matter to the charter's framing, in the order of the money section."""
    money = charter.money
    found = {name: float(getattr(money, name)) for name in _OUTCOMES[charter.framing]}
    found |= {f"{_PAIR}{was}.{taken}": worth for was, row in money.values.items() for taken, worth in row.items()}
    if money.amount:
        found |= {f"{PER_AMOUNT}{name}": getattr(money.amount, name) for name in _OUTCOMES[charter.framing]}
    names = tuple(name for name, value in found.items() if value or name in money.ranges)
    stated = np.array([found[name] for name in names])
    ranges = [_range(money, name, found[name]) for name in names]
    return Amounts(
        names,
        stated,
        np.array([each.low for each in ranges]),
        np.array([each.high for each in ranges]),
        np.array([name not in money.ranges for name in names]),
    )


def _range(money: Money, name: str, stated: float) -> Range:
    return money.ranges.get(name, Range(stated - _UNSTATED * abs(stated), stated + _UNSTATED * abs(stated)))


def of_two_classes(
    amounts: Amounts, actual: NDArray[np.int64], acted: NDArray[np.bool_] | Numbers, amount: Numbers | None
) -> Numbers:
    """Exposures of acting on cases, shape (n, m).

    Args:
        amounts: what they are exposed to.
        actual: outcomes, 0 or 1, shape (n,).
        acted: whether each is acted on, or with which probability, shape (n,).
        amount: of each case, shape (n,).
    """
    share = np.asarray(acted, dtype=np.float64)
    return _columns(
        amounts,
        {
            "true_positive": share * (actual == 1),
            "false_positive": share * (actual == 0),
            "true_negative": (1 - share) * (actual == 0),
            "false_negative": (1 - share) * (actual == 1),
        },
        amount,
    )


def of_several_classes(
    amounts: Amounts,
    classes: tuple[str, ...],
    actual: NDArray[np.int64],
    taken_for: NDArray[np.int64],
    amount: Numbers | None,
) -> Numbers:
    """Exposures of taking cases for classes, shape (n, m); `actual` and `taken_for` are indexes, shape (n,)."""
    index = {name: number for number, name in enumerate(classes)}
    pairs = {}
    for name in amounts.names:
        if name.startswith(_PAIR):
            was, taken = _pair(name, index)
            pairs[name] = (actual == was) & (taken_for == taken)
    other = ~np.any([np.zeros(len(actual), dtype=bool), *pairs.values()], axis=0)
    right = actual == taken_for
    found = _columns(amounts, {**pairs, "right": right & other, "wrong": ~right & other}, amount)
    for column, name in enumerate(amounts.names):
        if name.startswith(PER_AMOUNT) and amount is not None:
            found[:, column] = amount * (right if name.endswith("right") else ~right)
    return found


def _pair(name: str, index: Mapping[str, int]) -> tuple[int, int]:
    """The classes of an amount; names of classes may hold dots themselves. -1 is no class of the data."""
    for was, number in index.items():
        taken = name.removeprefix(f"{_PAIR}{was}.")
        if taken != name and taken in index:
            return number, index[taken]
    return -1, -1


def of_numbers(amounts: Amounts, actual: Numbers, decided: Numbers, amount: Numbers | None) -> Numbers:
    """Exposures of acting on numbers where others came true, shape (n, m), from arrays of shape (n,)."""
    error = decided - actual
    units = {"over_estimate": np.maximum(error, 0.0), "under_estimate": np.maximum(-error, 0.0)}
    return _columns(amounts, units, amount)


def _columns(amounts: Amounts, indicators: Indicators, amount: Numbers | None) -> Numbers:
    rows = len(next(iter(indicators.values())))
    found = np.zeros((rows, len(amounts.names)))
    for column, name in enumerate(amounts.names):
        if name.startswith(PER_AMOUNT):
            found[:, column] = indicators[name.removeprefix(PER_AMOUNT)] * (0.0 if amount is None else amount)
        else:
            found[:, column] = indicators[name]
    return found
