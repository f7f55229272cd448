"""A model that says which class: every case is taken for the class of highest expected value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ModelPackage
from crispstack.artifacts.decision import PolicyKind
from crispstack.charter import Charter
from crispstack.evaluation import judgement, metrics
from crispstack.evaluation.comparison import FORESIGHT, RANDOM, TODAY, Policy
from crispstack.evaluation.exposure import Amounts, of_several_classes
from crispstack.evaluation.judgement import Judgement, Rate
from crispstack.evaluation.policy_names import ALWAYS
from crispstack.evaluation.scoring import Rival, Scored
from crispstack.modeling.findings.confusion import confusion
from crispstack.modeling.value import best_classes, class_rates, class_values

Classes = NDArray[np.int64]
"""Indexes of classes, shape (n,)."""


def judge(
    charter: Charter, package: ModelPackage, scored: Scored, amounts: Amounts, rivals: Sequence[Rival]
) -> Judgement:
    """Judge probabilities of every class, shape (n, k), in the order of the package's classes."""
    actual, predicted, names = scored.actual.astype(np.int64), scored.predicted, package.classes
    taken = {rival.name: _taken_for(charter, names, rival.predicted, scored.amount) for rival in rivals}
    taken_for = taken[rivals[0].name]
    roc_auc = metrics.mean_roc_auc(actual, predicted)
    # Of each case the probability of the class that is most likely, and whether it is that class.
    surest, hit = predicted.max(axis=1), (predicted.argmax(axis=1) == actual).astype(np.int64)
    right = int((taken_for == actual).sum())
    everything = np.ones(len(actual), dtype=bool)
    return Judgement(
        policies=policies_of(charter, names, amounts, scored, {rival: taken[rival.name] for rival in rivals}),
        strata=actual,
        criteria=judgement.of_classes(charter, package, roc_auc, hit, surest),
        did=f"the model took {right:,} for what they are",
        rates={"accuracy": Rate(taken_for == actual, everything), "mean_probability": Rate(surest, everything)},
        fields={
            "roc_auc": roc_auc,
            "brier_score": metrics.brier_score_of_classes(actual, predicted),
            "calibration": metrics.calibration_bins(hit, surest),
            "confusion": confusion(actual, taken_for, names, "the class of highest expected value"),
            "figures": {
                "accuracy": right / len(actual),
                "balanced_accuracy": metrics.balanced_accuracy(actual, taken_for),
                "log_loss": metrics.log_loss(actual, predicted),
            },
        },
    )


def _taken_for(
    charter: Charter, names: tuple[str, ...], predicted: NDArray[np.float64], amount: NDArray[np.float64] | None
) -> Classes:
    return best_classes(class_values(charter.money, names), predicted, class_rates(charter.money, names), amount)


def policies_of(
    charter: Charter, names: tuple[str, ...], amounts: Amounts, scored: Scored, taken: dict[Rival, Classes]
) -> list[Policy]:
    """The first rival's choice, one class for all, as many of each at random, what is done today, and other rivals'.

    Where it is not known what is done today, the class that is best for all is taken then.
    """
    actual, amount = scored.actual.astype(np.int64), scored.amount
    values, rates = class_values(charter.money, names)[actual], class_rates(charter.money, names)[actual]
    worth = values if amount is None else values + amount[:, None] * rates

    def policy(name: str, kind: PolicyKind, taken_for: Classes) -> Policy:
        return Policy(name, kind, of_several_classes(amounts, names, actual, taken_for, amount))

    always = [policy(f"{ALWAYS}{name}", "simple", np.full(len(actual), k)) for k, name in enumerate(names)]
    model, *others = (policy(rival.name, rival.kind, chosen) for rival, chosen in taken.items())
    shares = np.bincount(next(iter(taken.values())), minlength=len(names)) / len(actual)
    at_random = sum(share * each.exposures for share, each in zip(shares, always, strict=True))
    simple = [*always, Policy(RANDOM, "simple", np.asarray(at_random))]
    if scored.today is not None:
        best = int(worth.sum(axis=0).argmax())
        known = np.where(np.isnan(scored.today), best, scored.today).astype(np.int64)
        simple.append(policy(TODAY, "simple", known))
    return [model, *simple, *others, policy(FORESIGHT, "foresight", worth.argmax(axis=1))]
