"""Training against validation, in words: does the model learn by heart, too little, or what there is to learn?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from crispstack.artifacts import Gap, LearningCurve
from crispstack.modeling.findings.learning_curve import FittedSplit
from crispstack.modeling.findings.subject import constant_scores, perfect_scores, weights
from crispstack.modeling.findings.words import figure, metric_name
from crispstack.modeling.metrics import Metric
from crispstack.modeling.training_data import TrainingData

WIDE_GAP = 0.1
"""Skill that is lost on new rows, from which on a model is said to overfit."""
LITTLE_SKILL = 0.3
"""Skill on its own training rows, below which a model is said to underfit."""
WORTH_IT = 0.01
"""Skill that another doubling of the rows must promise."""

Verdict = Literal["overfits", "underfits", "balanced", "no_skill"]
MoreRows = Literal["would_help", "would_hardly_help", "unknown"]


def gap(data: TrainingData, curve: LearningCurve, fitted: Sequence[FittedSplit], metric: Metric) -> Gap:
    """What the last point of the curve says.

    Skill is (score - constant) / (perfect - constant), Murphy, Skill scores based on the mean square error, Monthly
    Weather Review 116 (1988): 0 is a model that knows no feature, 1 a perfect one, whatever the metric's unit.
    """
    last = curve.points[-1]
    constant, perfect = _bounds(data, fitted, metric)
    span = perfect - constant if perfect != constant else 1.0
    training, validation = (last.training - constant) / span, (last.validation - constant) / span
    noise = last.validation_deviation / abs(span)
    verdict = _verdict(training, validation, noise)
    more_rows = _more_rows(curve, abs(span))
    words = f"{_gap_words(verdict, training, validation)} {_row_words(curve, more_rows, metric)}"
    whole = max((len(each.split.fit) for each in fitted), default=last.rows)
    if last.rows < whole:
        words = f"Of models fitted on {last.rows:,} of {whole:,} rows, as time permitted no more: {words}"
    return Gap(last.training, last.validation, constant, training, validation, verdict, more_rows, words)


def _bounds(data: TrainingData, fitted: Sequence[FittedSplit], metric: Metric) -> tuple[float, float]:
    """Mean scores, over the splits, of knowing no feature and of knowing the outcome."""
    constants, perfects = [], []
    for each in fitted:
        rows = each.split.held_out
        target, weight = data.target[rows], weights(data, rows)
        constants.append(metric.score(target, constant_scores(data, each.split.fit, len(rows), metric), weight))
        perfects.append(metric.score(target, perfect_scores(data, rows), weight))
    return float(np.mean(constants)), float(np.mean(perfects))


def _verdict(training: float, validation: float, noise: float) -> Verdict:
    if validation <= noise:
        return "no_skill"
    if training - validation > max(WIDE_GAP, 2 * noise):
        return "overfits"
    return "underfits" if training < LITTLE_SKILL else "balanced"


def _more_rows(curve: LearningCurve, span: float) -> MoreRows:
    if curve.gain is None or curve.gain_low is None or curve.gain_high is None:
        return "unknown"
    if curve.gain_low > 0 and curve.gain > WORTH_IT * span:
        return "would_help"
    return "would_hardly_help" if curve.gain_high < 2 * WORTH_IT * span else "unknown"


def _gap_words(verdict: Verdict, training: float, validation: float) -> str:
    if verdict == "no_skill":
        return f"On new rows the model is no better than knowing no feature at all (skill {validation:.0%})."
    figures = f"{training:.0%} of the way to a perfect score on the rows it was fitted on, {validation:.0%} on new ones"
    if verdict == "overfits":
        return f"The model overfits: {figures}. What it knows of its own rows is in part learned by heart."
    if verdict == "underfits":
        return (
            f"The model explains little even of its own rows ({figures}): the features do not tell more, or the "
            "technique cannot use what they tell."
        )
    return f"Training and validation agree: {figures}."


def _row_words(curve: LearningCurve, more_rows: MoreRows, metric: Metric) -> str:
    if curve.gain is None or len(curve.points) < 2:
        return "Whether more rows would help was not measured."
    before, after = curve.points[-2].rows, curve.points[-1].rows
    moved = "improved" if curve.gain >= 0 else "worsened"
    interval = (
        f" (95% interval of the gain {figure(curve.gain_low, 2)} to {figure(curve.gain_high, 2)})"
        if curve.gain_low is not None and curve.gain_high is not None
        else " (one split alone: no interval)"
    )
    gained = f"{metric_name(metric.name)} {moved} by {figure(abs(curve.gain), 2)}"
    measured = f"From {before:,} to {after:,} rows, {gained}{interval}"
    consequence = {
        "would_help": "more rows would help.",
        "would_hardly_help": "more rows of the same kind would hardly help.",
        "unknown": "whether more rows would help cannot be told.",
    }
    return f"{measured}: {consequence[more_rows]}"
