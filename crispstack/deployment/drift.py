"""Drift's conclusion: which columns, and whether the predictions, are no longer what they were in training.

Every comparison may raise a false alarm with the same small probability, so small that all of them together do so in
one window in a hundred at most; and a difference counts only where it is large enough to matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from crispstack.artifacts import (
    ColumnDrift,
    Divergence,
    DriftReport,
    InputReference,
    Outcomes,
    PredictionDrift,
    RateChange,
)
from crispstack.charter import Charter
from crispstack.deployment.drift_reference import Reference
from crispstack.deployment.drift_sql import Counted, Window, WindowCounts
from crispstack.deployment.drift_statistics import divergence, rate_change, two_sided

CONFIDENCE = 0.99
"""Share of windows without drift in which nothing is found."""
LARGE = 0.1
"""Of the population stability index: the custom in credit scoring is to look from 0.1 on, to act from 0.25 on (Siddiqi,
Credit Risk Scorecards, 2006)."""
LARGE_RATE = 0.02
"""Of a change of the share that is missing; any new value counts from half of it on."""
LARGE_SHIFT = 0.2
"""Of the predictions' mean, in standard deviations: a small effect (Cohen, 1988)."""


def report(
    charter: Charter,
    references: Sequence[Reference],
    counts: WindowCounts,
    window: Window,
    outcomes: Outcomes | None = None,
    inputs: tuple[InputReference, ...] = (),
    bytes_scanned: int = 0,
) -> DriftReport:
    """Judge the window.

    Args:
        charter: says from how many rows on.
        references: what training was like, the predictions last.
        counts: of the window, in the same order.
        window: which rows.
        outcomes: what became of those whose truth is known.
        inputs: what training was known from.
        bytes_scanned: by the statement.
    """
    minimum = charter.monitoring.minimum_rows
    judged = counts.rows >= minimum
    columns: tuple[ColumnDrift, ...] = ()
    prediction = None
    if judged:
        # Per column what is missing, its distribution and unseen values; of predictions distribution and mean.
        comparisons = sum(1 + bool(each.counts) + bool(each.seen) for each in references[:-1]) + 2
        error = (1 - CONFIDENCE) / comparisons
        *inputs_now, predicted_now = counts.columns
        columns = tuple(_column(each, now, error) for each, now in zip(references, inputs_now, strict=False))
        prediction = _prediction(references[-1], predicted_now, error)
    found = [f"{each.column}: {what}" for each in columns for what in each.found]
    found += [f"predictions: {what}" for what in (prediction.found if prediction else ())]
    found += [f"outcomes: {what}" for what in (outcomes.found if outcomes else ())]
    return DriftReport(
        project=charter.name,
        model_version=window.model_version,
        begins=window.begins.isoformat(timespec="seconds"),
        ends=window.ends.isoformat(timespec="seconds"),
        rows=counts.rows,
        minimum_rows=minimum,
        judged=judged,
        drifted=bool(found),
        summary=_summary(counts.rows, minimum, judged, found),
        confidence=CONFIDENCE,
        columns=columns,
        prediction=prediction,
        outcomes=outcomes,
        bytes_scanned=bytes_scanned,
        inputs=inputs,
    )


def _column(reference: Reference, now: Counted, error: float) -> ColumnDrift:
    missing = rate_change(now.missing, now.rows, reference.missing, reference.rows, error)
    present = now.rows - now.missing
    unseen = rate_change(now.unseen, present, 0, reference.rows - reference.missing, error) if reference.seen else None
    apart = divergence(now.cells, reference.counts, error) if len(reference.counts) > 1 and present else None
    found = []
    if apart and _is_apart(apart):
        found.append(f"its values are distributed otherwise (population stability index {apart.psi:.2f})")
    if _has_changed(missing, LARGE_RATE):
        found.append(f"{missing.now:.1%} are missing, {missing.trained:.1%} in training")
    if unseen and _has_changed(unseen, LARGE_RATE / 2):
        found.append(f"{unseen.now:.1%} of its values were never seen in training")
    name = reference.column.name
    return ColumnDrift(name, now.rows, reference.rows, missing, apart, unseen, tuple(found))


def _prediction(reference: Reference, now: Counted, error: float) -> PredictionDrift:
    apart = divergence(now.cells, reference.counts, error) if len(reference.counts) > 1 else None
    shift, low, high = _shift(reference, now, error)
    found = []
    if apart and _is_apart(apart):
        found.append(f"distributed otherwise (population stability index {apart.psi:.2f})")
    if (low > 0 or high < 0) and abs(shift) >= LARGE_SHIFT:
        found.append(f"their mean has shifted by {shift:+.2f} standard deviations")
    return PredictionDrift(now.rows, reference.rows, apart, shift, low, high, tuple(found))


def _shift(reference: Reference, now: Counted, error: float) -> tuple[float, float, float]:
    """Of the mean, in standard deviations of validation, with its interval; 0 where all of validation is one number."""
    if not reference.deviation or not now.rows:
        return 0.0, 0.0, 0.0
    mean = now.total / now.rows
    variance = max(now.squares / now.rows - mean * mean, 0.0)
    shift = (mean - reference.mean) / reference.deviation
    standard_error = math.sqrt(variance / now.rows + reference.deviation**2 / reference.rows) / reference.deviation
    half = two_sided(error) * standard_error
    return shift, shift - half, shift + half


def _is_apart(found: Divergence) -> bool:
    return found.jensen_shannon > found.by_chance and found.psi >= LARGE


def _has_changed(rate: RateChange, large: float) -> bool:
    return (rate.low > 0 or rate.high < 0) and abs(rate.now - rate.trained) >= large


def _summary(rows: int, minimum: int, judged: bool, found: Sequence[str]) -> str:
    if not judged and not found:
        return f"{rows:,} rows were kept; {minimum:,} are needed to tell drift from chance."
    if not found:
        return f"No drift in {rows:,} rows."
    return f"Drift in {rows:,} rows. " + "; ".join(found) + "."
