"""A model that says whether to act: ranking, calibration and money of its threshold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import CurvePoint, ModelPackage
from crispstack.charter import Charter
from crispstack.evaluation import judgement, metrics
from crispstack.evaluation.comparison import MODEL
from crispstack.evaluation.judgement import Judgement
from crispstack.evaluation.policies import compare
from crispstack.evaluation.scoring import Scored
from crispstack.modeling.value import value_curve

CURVE_POINTS = 100


def judge(charter: Charter, package: ModelPackage, scored: Scored) -> Judgement:
    """Judge probabilities, shape (n,), of the positive class; both classes must be present."""
    actual, predicted = scored.actual.astype(np.int64), scored.predicted
    acceptance, seed = charter.acceptance, charter.modeling.seed
    roc_auc = metrics.roc_auc(actual, predicted)
    compared = compare(charter.money, actual, predicted >= package.threshold, acceptance, seed, scored.today)
    (model,) = (policy for policy in compared.policies if policy.policy == MODEL)
    return Judgement(
        comparison=compared,
        criteria=judgement.of_classes(charter, package, compared, roc_auc, actual, predicted),
        did=f"the model chose {model.acted_on:,} to {charter.action}",
        fields={
            "test_positives": int(actual.sum()),
            "threshold": package.threshold,
            "roc_auc": roc_auc,
            "average_precision": metrics.average_precision(actual, predicted),
            "brier_score": metrics.brier_score(actual, predicted),
            "curve": curve(charter, actual, predicted),
            "calibration": metrics.calibration_bins(actual, predicted),
        },
    )


def curve(charter: Charter, actual: NDArray[np.int64], predicted: NDArray[np.float64]) -> tuple[CurvePoint, ...]:
    """Value, rates and precision by the share of cases acted on, from none to all, at most 101 points.

    Precision where none is acted on is 1 by convention.
    """
    every = value_curve(charter.money, actual, predicted)
    wanted = np.linspace(0, len(actual), CURVE_POINTS + 1)
    chosen = np.unique(np.searchsorted(every.acted_on, wanted))
    positives = int(actual.sum())
    points = []
    for k in chosen:
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
