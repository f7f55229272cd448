"""What the test set said of a model, and the criteria that every framing has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Criterion, ModelPackage
from crispstack.artifacts.decision import Outcome
from crispstack.charter import Charter
from crispstack.evaluation import metrics
from crispstack.evaluation.comparison import Comparison, Policy
from crispstack.evaluation.policy_names import in_words
from crispstack.phases import Phase

LARGEST_CALIBRATION_ERROR = 0.05
_BY_CHANCE, _DRAWS = 0.99, 1000
"""The quantile of the errors of probabilities that are right, and how often their outcomes are drawn for it."""


@dataclass(frozen=True, eq=False)
class Rate:
    """A mean of `values` over the cases that `among` says, both of shape (n,)."""

    values: NDArray[Any]
    among: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a framing says of the test rows.

    Attributes:
        policies: what they are exposed to, the model's first.
        strata: what resamples keep in proportion, shape (n,).
        criteria: those of a go that are the framing's own, each with its figure.
        did: what the model did with the cases, in words: "the model chose 12 to call".
        rates: by name, what is told of every slice.
        fields: further fields of the Decision.
    """

    policies: Sequence[Policy]
    strata: NDArray[np.int64] | None
    criteria: tuple[Criterion, ...]
    did: str
    rates: Mapping[str, Rate]
    fields: Mapping[str, Any] = field(default_factory=dict)


def of_classes(
    charter: Charter,
    package: ModelPackage,
    roc_auc: float,
    came_true: NDArray[np.int64],
    probability: NDArray[np.float64],
) -> tuple[Criterion, ...]:
    """The criteria of a model that answers with probabilities.

    Args:
        charter: what is asked for.
        package: what validation said, and the proof of the graph.
        roc_auc: on the test set.
        came_true: 1 where what `probability` is of came true, else 0, shape (n,).
        probability: of the positive class, or of the likeliest one, shape (n,).
    """
    by_chance = metrics.calibration_error_by_chance(probability, _BY_CHANCE, _DRAWS, charter.modeling.seed)
    return (
        _ranking(charter, roc_auc),
        generalization(charter, "ROC AUC", package.validation_roc_auc, roc_auc),
        _calibration(metrics.calibration_error(came_true, probability), by_chance),
        parity(package),
    )


def _ranking(charter: Charter, roc_auc: float) -> Criterion:
    """Whether classes are told apart well enough."""
    minimum = charter.acceptance.minimum_roc_auc
    return Criterion(
        "ranking",
        roc_auc,
        minimum,
        _verdict(roc_auc >= minimum),
        f"ROC AUC on the test set is {roc_auc:.3f}; at least {minimum:.3f} is asked for",
        "ROC AUC",
        Phase.DATA_PREPARATION,
    )


def generalization(charter: Charter, name: str, validation: float, test: float) -> Criterion:
    """Whether the model does on the test set what it did in validation; `name` is the figure's."""
    most = charter.acceptance.maximum_generalization_gap
    return Criterion(
        "generalization gap",
        validation - test,
        most,
        _verdict(validation - test <= most),
        f"{name} was {validation:.3f} in cross-validation and is {test:.3f} on the test set; it may fall by {most:.3f}",
        name,
        Phase.MODELING,
    )


def advantage(charter: Charter, compared: Comparison) -> Criterion:
    """Whether the model surely earns more than anyone could without it."""
    currency = charter.money.currency
    return Criterion(
        "advantage",
        compared.advantage_low,
        0.0,
        _verdict(compared.advantage_low > 0),
        f"the model earns {compared.advantage:,.0f} {currency} more than {in_words(compared.best_alternative)}; "
        f"the lower bound of that difference, {compared.advantage_low:,.0f} {currency}, must be above zero",
        currency,
        Phase.BUSINESS_UNDERSTANDING,
    )


def _calibration(error: float, by_chance: float) -> Criterion:
    """Whether probabilities can be believed as far as the number of cases can tell."""
    limit = max(LARGEST_CALIBRATION_ERROR, by_chance)
    return Criterion(
        "calibration",
        error,
        limit,
        _verdict(error <= limit),
        f"probabilities are off by {error:.3f} on average; up to {limit:.3f} is tolerated "
        f"({LARGEST_CALIBRATION_ERROR}, or what chance alone gives)",
        "probability",
        Phase.MODELING,
    )


def parity(package: ModelPackage) -> Criterion:
    """Whether the graph is the model that was trained."""
    proof = package.parity
    answers = "predictions" if package.framing == "regression" else "probabilities"
    return Criterion(
        "parity",
        proof.maximum_difference,
        proof.tolerance,
        _verdict(proof.maximum_difference <= proof.tolerance),
        f"the graph's {answers} differ from the trained model's by at most {proof.maximum_difference:.1e} "
        f"on {proof.rows:,} rows",
        "standard deviation" if package.framing == "regression" else "probability",
        Phase.MODELING,
    )


def _verdict(met: bool) -> Outcome:
    return "met" if met else "failed"
