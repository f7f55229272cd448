"""Go or no-go: criteria stated before the test set was looked at, each with its figure, limit and reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import CalibrationBin, Criterion, CurvePoint, Decision, InputReference, ModelPackage
from crispstack.charter import Charter
from crispstack.evaluation import metrics
from crispstack.evaluation.policies import MODEL, Comparison, compare
from crispstack.modeling.value import value_curve
from crispstack.phases import Phase

CURVE_POINTS = 100
LARGEST_CALIBRATION_ERROR = 0.05
POLICY_NAMES = {"everyone": "acting on everyone", "no_one": "acting on no one", "random": "as many at random"}

# What to do about a criterion that is not met, the most telling one first.
_RETURN_TO = {
    "parity": Phase.MODELING,
    "generalization gap": Phase.MODELING,
    "ranking": Phase.DATA_PREPARATION,
    "calibration": Phase.MODELING,
    "advantage": Phase.BUSINESS_UNDERSTANDING,
}


@dataclass(frozen=True)
class Figures:
    """What the test set said: ranking, calibration and money."""

    roc_auc: float
    average_precision: float
    brier_score: float
    calibration: tuple[CalibrationBin, ...]
    calibration_error: float
    calibration_limit: float
    comparison: Comparison


def decide(
    charter: Charter,
    package: ModelPackage,
    actual: NDArray[np.int64],
    predicted: NDArray[np.float64],
    test_predictions_uri: str,
    inputs: tuple[InputReference, ...],
) -> Decision:
    """Judge the model on rows that nothing has seen before; a go only if every criterion is met.

    Args:
        charter: money, acceptance, seed and how the action is called.
        package: the model's threshold, validation ROC AUC and parity proof.
        actual: outcomes, 0 or 1, shape (n,), both present.
        predicted: probabilities by the graph, shape (n,).
        test_predictions_uri: where the predictions are kept.
        inputs: what this was computed from.
    """
    figures = _figures(charter, package, actual, predicted)
    criteria = _criteria(charter, package, figures)
    failed = [criterion.name for criterion in criteria if not criterion.passed]
    verdict: bool = not failed
    compared = figures.comparison
    return Decision(
        verdict="go" if verdict else "no_go",
        summary=_summary(charter, compared, len(actual), failed),
        currency=charter.money.currency,
        test_rows=len(actual),
        test_positives=int(actual.sum()),
        threshold=package.threshold,
        roc_auc=figures.roc_auc,
        average_precision=figures.average_precision,
        brier_score=figures.brier_score,
        policies=compared.policies,
        best_alternative=compared.best_alternative,
        advantage=compared.advantage,
        advantage_low=compared.advantage_low,
        advantage_high=compared.advantage_high,
        confidence=charter.acceptance.confidence,
        criteria=criteria,
        curve=curve(charter, actual, predicted),
        calibration=figures.calibration,
        return_to=next((phase for name, phase in _RETURN_TO.items() if name in failed), None),
        test_predictions_uri=test_predictions_uri,
        inputs=inputs,
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


def _figures(
    charter: Charter, package: ModelPackage, actual: NDArray[np.int64], predicted: NDArray[np.float64]
) -> Figures:
    acceptance, seed = charter.acceptance, charter.modeling.seed
    by_chance = metrics.calibration_error_by_chance(predicted, 0.99, 1000, seed)
    return Figures(
        roc_auc=metrics.roc_auc(actual, predicted),
        average_precision=metrics.average_precision(actual, predicted),
        brier_score=metrics.brier_score(actual, predicted),
        calibration=metrics.calibration_bins(actual, predicted),
        calibration_error=metrics.calibration_error(actual, predicted),
        calibration_limit=max(LARGEST_CALIBRATION_ERROR, by_chance),
        comparison=compare(charter.money, actual, predicted >= package.threshold, acceptance, seed),
    )


def _criteria(charter: Charter, package: ModelPackage, figures: Figures) -> tuple[Criterion, ...]:
    acceptance, compared, currency = charter.acceptance, figures.comparison, charter.money.currency
    validation = package.validation_roc_auc
    gap, parity = validation - figures.roc_auc, package.parity
    alternative = POLICY_NAMES[compared.best_alternative]
    return (
        Criterion(
            "ranking",
            figures.roc_auc,
            acceptance.minimum_roc_auc,
            figures.roc_auc >= acceptance.minimum_roc_auc,
            f"ROC AUC on the test set is {figures.roc_auc:.3f}; at least {acceptance.minimum_roc_auc:.3f} is asked for",
        ),
        Criterion(
            "generalization gap",
            gap,
            acceptance.maximum_generalization_gap,
            gap <= acceptance.maximum_generalization_gap,
            f"ROC AUC was {validation:.3f} in cross-validation and is {figures.roc_auc:.3f} on the test "
            f"set; it may fall by {acceptance.maximum_generalization_gap:.3f}",
        ),
        Criterion(
            "advantage",
            compared.advantage_low,
            0.0,
            compared.advantage_low > 0,
            f"the model earns {compared.advantage:,.0f} {currency} more than {alternative}; "
            f"the lower bound of that difference, {compared.advantage_low:,.0f} {currency}, must be above zero",
        ),
        Criterion(
            "calibration",
            figures.calibration_error,
            figures.calibration_limit,
            figures.calibration_error <= figures.calibration_limit,
            f"probabilities are off by {figures.calibration_error:.3f} on average; up to "
            f"{figures.calibration_limit:.3f} is tolerated ({LARGEST_CALIBRATION_ERROR}, or what chance alone gives)",
        ),
        Criterion(
            "parity",
            parity.maximum_difference,
            parity.tolerance,
            parity.maximum_difference <= parity.tolerance,
            f"the graph's probabilities differ from the trained model's by at most {parity.maximum_difference:.1e} "
            f"on {parity.rows:,} rows",
        ),
    )


def _summary(charter: Charter, compared: Comparison, rows: int, failed: list[str]) -> str:
    currency, confidence = charter.money.currency, charter.acceptance.confidence
    model = next(policy for policy in compared.policies if policy.policy == MODEL)
    verdict = "Go" if not failed else f"No go ({', '.join(failed)} not met)"
    return (
        f"{verdict}: on {rows:,} cases that nothing had seen before, the model chose {model.acted_on:,} to "
        f"{charter.action} and earned {model.value:,.0f} {currency}, {compared.advantage:+,.0f} {currency} against "
        f"the best simple policy, {POLICY_NAMES[compared.best_alternative]} ({confidence:.0%} interval "
        f"{compared.advantage_low:+,.0f} to {compared.advantage_high:+,.0f} {currency})."
    )
