"""What the champion's decisions came to, where the truth has been told: their value, and how well cases were ranked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Outcomes
from crispstack.charter import Charter
from crispstack.data_understanding.raw_table import identifier, literal
from crispstack.deployment.capture import DECISION, PREDICTION, TIME, VERSION, columns
from crispstack.deployment.captured_tables import TRUTH, told_rows
from crispstack.deployment.drift_statistics import two_sided
from crispstack.evaluation.metrics import roc_auc
from crispstack.modeling.value import case_values, error_values

MOST_ROWS = 10_000
"""The latest ones: enough for an interval of a hundredth of the values' spread."""
_ERROR = 0.01
_FEWEST = 50
"""Truths, before anything is said of them."""
Row = Mapping[str, str | None]
Numbers = NDArray[np.float64]


def statement(charter: Charter, database: str, version: str) -> str:
    """The version's latest predictions whose truth was told."""
    amount = _amount(charter)
    selected = [PREDICTION, DECISION, TRUTH, *([amount] if amount else [])]
    return f"""\
SELECT {", ".join(map(identifier, selected))}
FROM {told_rows(charter.name, database)}
WHERE {identifier(VERSION)} = {literal(version)}
ORDER BY {identifier(TIME)} DESC
LIMIT {MOST_ROWS}"""  # noqa: S608 (quoted)


def outcomes(charter: Charter, rows: Sequence[Row]) -> Outcomes | None:
    """What these rows came to; None where there are too few to say anything.

    Raises:
        ValueError: of a number, a truth is none.
    """
    values = _values(charter, rows)
    if len(values) < _FEWEST:
        return None
    mean, half = float(values.mean()), _half(values)
    ranked: tuple[float, float, float] | None = None
    if charter.framing == "binary":
        actual = np.array([charter.target.is_positive(_text(row, TRUTH)) for row in rows], dtype=np.int64)
        ranked = _ranking(actual, np.array([float(_text(row, PREDICTION)) for row in rows]))
    found = []
    if charter.framing != "regression" and mean + half < 0:
        found.append(f"each decision costs {-mean:.2f} {charter.money.currency} on average")
    if ranked and ranked[2] < charter.acceptance.minimum_roc_auc:
        found.append(f"ROC AUC is {ranked[0]:.3f}, below the {charter.acceptance.minimum_roc_auc:.3f} of the charter")
    area, low, high = ranked or (None, None, None)
    return Outcomes(len(values), mean, mean - half, mean + half, area, low, high, tuple(found))


def _values(charter: Charter, rows: Sequence[Row]) -> Numbers:
    """What each decision was worth, shape (n,)."""
    money, name = charter.money, _amount(charter)
    amount = np.array([float(_text(row, name)) for row in rows]) if name else None
    decided, truths = [_text(row, DECISION) for row in rows], [_text(row, TRUTH) for row in rows]
    if charter.framing == "binary":
        actual = np.array([charter.target.is_positive(truth) for truth in truths], dtype=np.int64)
        return case_values(money, actual, np.array([each == "true" for each in decided], dtype=bool), amount)
    if charter.framing == "regression":
        return error_values(money, np.array(truths, dtype=np.float64), np.array(decided, dtype=np.float64), amount)
    right, wrong = (money.amount.right, money.amount.wrong) if money.amount else (0.0, 0.0)
    of_case = [money.value(truth, taken) for truth, taken in zip(truths, decided, strict=True)]
    rates = [right if truth == taken else wrong for truth, taken in zip(truths, decided, strict=True)]
    return np.array(of_case) + (amount * np.array(rates) if amount is not None else 0.0)


def _amount(charter: Charter) -> str:
    """The column that money depends on, where it is kept as it is; empty where it depends on none, or on another."""
    name = charter.money.amount.column if charter.money.amount else ""
    treated = {each.column for each in charter.row_treatments if each.treatment != "keep"}
    return name if name in {column.name for column in columns(charter)} - treated else ""


def _half(values: Numbers) -> float:
    return float(two_sided(_ERROR) * values.std(ddof=1) / math.sqrt(len(values)))


def _ranking(actual: NDArray[np.int64], predicted: Numbers) -> tuple[float, float, float] | None:
    """ROC AUC with the interval of Hanley and McNeil (1982); None where all cases are alike."""
    positives = int(actual.sum())
    negatives = len(actual) - positives
    if not positives or not negatives:
        return None
    area = roc_auc(actual, predicted)
    one, two = area / (2 - area), 2 * area * area / (1 + area)
    variance = area * (1 - area) + (positives - 1) * (one - area * area) + (negatives - 1) * (two - area * area)
    half = two_sided(_ERROR) * math.sqrt(max(variance, 0.0) / (positives * negatives))
    return area, max(area - half, 0.0), min(area + half, 1.0)


def _text(row: Mapping[str, Any], name: str) -> str:
    return str(row[name] or "")
