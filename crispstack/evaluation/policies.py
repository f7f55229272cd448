"""What one could do with two classes: act as a model says, as anyone could, or as if the future were known.

Who may act on so many cases a week acts on those that rank highest, whatever ranks them, and never on more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts.decision import PolicyKind
from crispstack.charter import Charter
from crispstack.evaluation.comparison import FORESIGHT, RANDOM, TODAY, Policy
from crispstack.evaluation.exposure import Amounts, of_two_classes
from crispstack.evaluation.scoring import Rival, Scored
from crispstack.modeling.stakes import Stakes, stakes_of
from crispstack.modeling.value import acting_and_leaving, decision_scores

EVERYONE, AT_CAPACITY, NO_ONE = "everyone", "at_capacity", "no_one"
Numbers = NDArray[np.float64]
Chosen = NDArray[np.bool_]


def policies_of(charter: Charter, amounts: Amounts, scored: Scored, rivals: Sequence[Rival]) -> list[Policy]:
    """Every policy on the test cases: the first rival's, what anyone could do, other rivals', and perfect foresight.

    Acting on everyone is acting on as many as capacity allows, at random, where there is one. What is done today is
    counted as it is; who is not known to be acted on is not.
    """
    actual, amount = scored.actual.astype(np.int64), scored.amount
    stakes = stakes_of(charter.money, len(actual), amount, scored.time)
    acting, leaving = acting_and_leaving(charter.money, actual, amount)
    chosen = {rival.name: acted(charter, stakes, rival.predicted, rival.threshold) for rival in rivals}
    possible = np.ones(len(actual)) if stakes.share is None else stakes.share
    shares: dict[str, Chosen | Numbers] = {
        EVERYONE if stakes.share is None else AT_CAPACITY: possible,
        NO_ONE: np.zeros(len(actual)),
        RANDOM: np.full(len(actual), chosen[rivals[0].name].mean()),
    }
    if scored.today is not None:
        shares[TODAY] = scored.today == 1
    ideal = (acting > leaving) & stakes.within_capacity(acting - leaving)

    def policy(name: str, kind: PolicyKind, share: Chosen | Numbers) -> Policy:
        exposures = of_two_classes(amounts, actual, share, amount)
        return Policy(name, kind, exposures, round(float(np.sum(share))))

    model, *others = (policy(rival.name, rival.kind, chosen[rival.name]) for rival in rivals)
    simple = (policy(name, "simple", share) for name, share in shares.items())
    return [model, *simple, *others, policy(FORESIGHT, "foresight", ideal)]


def acted(charter: Charter, stakes: Stakes, probability: Numbers, threshold: float) -> Chosen:
    """Whom to act on, shape (n,): whose score reaches the threshold, as far as capacity goes."""
    scores = decision_scores(charter, probability, stakes.amount)
    chosen: Chosen = (scores >= threshold) & stakes.within_capacity(scores)
    return chosen
