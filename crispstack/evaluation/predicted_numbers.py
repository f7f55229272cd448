"""A model that says how much: what acting on its numbers costs beside acting on constants, and on today's numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Criterion, ModelPackage
from crispstack.charter import Charter, Money
from crispstack.evaluation import judgement, metrics
from crispstack.evaluation.comparison import FORESIGHT, MODEL, TODAY, Comparison, compared
from crispstack.evaluation.judgement import Judgement
from crispstack.evaluation.scoring import Scored
from crispstack.modeling.value import error_values, explained_cost
from crispstack.phases import Phase

Numbers = NDArray[np.float64]


def judge(charter: Charter, package: ModelPackage, scored: Scored) -> Judgement:
    """Judge predicted numbers, shape (n,), acted on with the package's shift; the actual ones must not be all equal."""
    actual, decided = scored.actual, scored.predicted + package.shift
    money = compare(charter, package, actual, decided, scored.today)
    explained = explained_cost(charter.money, actual, decided)
    error = scored.predicted - actual
    return Judgement(
        comparison=money,
        criteria=(
            _explained(charter, explained),
            judgement.generalization(
                charter, "The share of cost explained", package.validation_explained_cost, explained
            ),
            judgement.advantage(charter, money),
            judgement.parity(package),
        ),
        did=f"the model was off by {np.abs(error).mean():,.4g} on average",
        fields={
            "calibration": metrics.calibration_bins(actual, scored.predicted),
            "figures": {
                "explained_cost": explained,
                "mean_absolute_error": float(np.abs(error).mean()),
                "median_absolute_error": float(np.median(np.abs(error))),
                "mean_error": float(error.mean()),
                "root_mean_squared_error": float(np.sqrt((error**2).mean())),
                "r2": float(1 - (error**2).sum() / ((actual - actual.mean()) ** 2).sum()),
                "shift": package.shift,
            },
        },
    )


def compare(
    charter: Charter, package: ModelPackage, actual: Numbers, decided: Numbers, today: Numbers | None = None
) -> Comparison:
    """What acting on the model's numbers earns beside acting on one number for all cases, and on today's numbers.

    Args:
        charter: money, confidence and number of resamples, seed.
        package: the constants of the training rows.
        actual: what came true, shape (n,).
        decided: what the model's predictions let one act on, shape (n,).
        today: what is predicted today, NaN where nothing is: the best constant is taken then.
    """
    money = charter.money
    earned = {MODEL: error_values(money, actual, decided)}
    earned |= {name: _of_all(money, actual, constant) for name, constant in package.constants.items()}
    if today is not None:
        earned[TODAY] = error_values(
            money, actual, np.where(np.isnan(today), package.constants["best_constant"], today)
        )
    simple = tuple(name for name in earned if name != MODEL)
    earned[FORESIGHT] = np.zeros(len(actual))
    return compared(earned, simple, charter.acceptance, charter.modeling.seed)


def _of_all(money: Money, actual: Numbers, constant: float) -> Numbers:
    return error_values(money, actual, np.full(len(actual), constant))


def _explained(charter: Charter, explained: float) -> Criterion:
    minimum = charter.acceptance.minimum_explained_cost
    return Criterion(
        "explained cost",
        explained,
        minimum,
        "met" if explained >= minimum else "failed",
        f"acting on the predictions saves {explained:.1%} of what the best constant costs on the test set; at least "
        f"{minimum:.1%} is asked for",
        "share of cost",
        Phase.DATA_PREPARATION,
    )
