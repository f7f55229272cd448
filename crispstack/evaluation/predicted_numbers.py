"""A model that says how much: what acting on its numbers costs beside acting on constants, and on today's numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Criterion, ModelPackage
from crispstack.artifacts.decision import PolicyKind
from crispstack.charter import Charter
from crispstack.evaluation import judgement, metrics
from crispstack.evaluation.comparison import FORESIGHT, TODAY, Policy
from crispstack.evaluation.exposure import Amounts, of_numbers
from crispstack.evaluation.judgement import Judgement, Rate
from crispstack.evaluation.scoring import Rival, Scored
from crispstack.modeling.value import explained_cost
from crispstack.phases import Phase

Numbers = NDArray[np.float64]


def judge(
    charter: Charter, package: ModelPackage, scored: Scored, amounts: Amounts, rivals: Sequence[Rival]
) -> Judgement:
    """Judge predicted numbers, shape (n,), acted on with the package's shift; the actual ones must not be all equal."""
    actual, decided = scored.actual, scored.predicted + package.shift
    explained = explained_cost(charter.money, actual, decided, scored.amount)
    error, everything = scored.predicted - actual, np.ones(len(actual), dtype=bool)
    return Judgement(
        policies=policies_of(package, amounts, scored, rivals),
        strata=None,
        criteria=(
            _explained(charter, explained),
            judgement.generalization(
                charter, "The share of cost explained", package.validation_explained_cost, explained
            ),
            judgement.parity(package),
        ),
        did=f"the model was off by {np.abs(error).mean():,.4g} on average",
        rates={"mean_error": Rate(error, everything), "mean_absolute_error": Rate(np.abs(error), everything)},
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


def policies_of(package: ModelPackage, amounts: Amounts, scored: Scored, rivals: Sequence[Rival]) -> list[Policy]:
    """Acting on the first rival's numbers, on one number for all cases, on today's, and on other rivals'.

    Where it is not known what is predicted today, the best constant is taken, or the median where there is none.
    """
    actual, constants = scored.actual, package.constants

    def policy(name: str, kind: PolicyKind, decided: Numbers) -> Policy:
        return Policy(name, kind, of_numbers(amounts, actual, decided, scored.amount))

    model, *others = (policy(rival.name, rival.kind, rival.predicted + rival.shift) for rival in rivals)
    simple = [policy(name, "simple", np.full(len(actual), constant)) for name, constant in constants.items()]
    if scored.today is not None:
        otherwise = constants.get("best_constant", constants["median"])
        simple.append(policy(TODAY, "simple", np.where(np.isnan(scored.today), otherwise, scored.today)))
    return [model, *simple, *others, policy(FORESIGHT, "foresight", actual)]


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
