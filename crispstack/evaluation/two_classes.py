"""A model that says whether to act: ranking, calibration and money of its threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crispstack.artifacts import CurvePoint, ModelPackage
from crispstack.charter import Charter
from crispstack.evaluation import judgement, metrics
from crispstack.evaluation.exposure import Amounts
from crispstack.evaluation.judgement import Judgement, Rate
from crispstack.evaluation.policies import acted, policies_of
from crispstack.evaluation.scoring import Rival, Scored
from crispstack.modeling.stakes import stakes_of
from crispstack.modeling.value import decision_scores, value_curve

CURVE_POINTS = 100


def judge(
    charter: Charter, package: ModelPackage, scored: Scored, amounts: Amounts, rivals: Sequence[Rival]
) -> Judgement:
    """Judge probabilities, shape (n,), of the positive class; both classes must be present."""
    actual, predicted = scored.actual.astype(np.int64), scored.predicted
    roc_auc = metrics.roc_auc(actual, predicted)
    policies = policies_of(charter, amounts, scored, rivals)
    stakes = stakes_of(charter.money, len(actual), scored.amount, scored.time)
    chosen = acted(charter, stakes, predicted, package.threshold)
    everyone = np.ones(len(actual), dtype=bool)
    return Judgement(
        policies=policies,
        strata=actual,
        criteria=judgement.of_classes(charter, package, roc_auc, actual, predicted),
        did=f"the model chose {policies[0].acted_on:,} to {charter.action}",
        rates={
            "share_acted_on": Rate(chosen, everyone),
            "true_positive_rate": Rate(chosen, actual == 1),
            "false_positive_rate": Rate(chosen, actual == 0),
            "precision": Rate(actual == 1, chosen),
            "observed_rate": Rate(actual == 1, everyone),
            "mean_probability": Rate(predicted, everyone),
        },
        fields={
            "test_positives": int(actual.sum()),
            "threshold": package.threshold,
            "roc_auc": roc_auc,
            "average_precision": metrics.average_precision(actual, predicted),
            "brier_score": metrics.brier_score(actual, predicted),
            "curve": curve(charter, scored),
            "calibration": metrics.calibration_bins(actual, predicted),
        },
    )


def curve(charter: Charter, scored: Scored) -> tuple[CurvePoint, ...]:
    """Value, rates and precision by the share of cases acted on, from none to all that capacity allows.

    At most 101 points. Precision where none is acted on is 1 by convention.
    """
    actual = scored.actual.astype(np.int64)
    stakes = stakes_of(charter.money, len(actual), scored.amount, scored.time)
    every = value_curve(charter.money, actual, decision_scores(charter, scored.predicted, scored.amount), stakes)
    wanted = np.linspace(0, every.acted_on[-1], CURVE_POINTS + 1)
    positives = int(actual.sum())
    points = []
    for k in np.unique(np.searchsorted(every.acted_on, wanted)):
        acted_on, hits = int(every.acted_on[k]), int(every.true_positives[k])
        points.append(
            CurvePoint(
                share=acted_on / len(actual),
                value=float(every.value[k]),
                true_positive_rate=hits / positives,
                false_positive_rate=(acted_on - hits) / (len(actual) - positives),
                precision=hits / acted_on if acted_on else 1.0,
            )
        )
    return tuple(points)
