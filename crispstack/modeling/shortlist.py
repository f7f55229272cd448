"""The next best models beside the chosen one, fitted on all rows as well: evaluation compares them in money."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from crispstack.charter import Charter
from crispstack.modeling.budget import Budget
from crispstack.modeling.chosen_model import fit_all, part_of
from crispstack.modeling.contenders import Contender, best_of_techniques, complete
from crispstack.modeling.exported_model import Exported
from crispstack.modeling.folds import Folds
from crispstack.modeling.held_out import HeldOutRows, predicted
from crispstack.modeling.leaderboard import name_of
from crispstack.modeling.onnx_export import export_graph
from crispstack.modeling.predictor import Predictor
from crispstack.modeling.search import CONSTANT
from crispstack.modeling.value import best_shift
from crispstack.modeling.workers import Workers

MOST = 2
"""Models beside the chosen one."""


@dataclass(frozen=True)
class Shortlisted:
    """A model as a graph, with the threshold or shift that earned most on rows held out, and what that earned."""

    name: str
    technique: str
    graph: bytes
    threshold: float
    shift: float
    value_per_case: float


def shortlist(
    contenders: Sequence[Contender],
    exported: Exported,
    folds: Folds,
    held_out: HeldOutRows,
    charter: Charter,
    workers: Workers,
    budget: Budget,
) -> tuple[Shortlisted, ...]:
    """The best of the other techniques, best first; those that there is still time to fit, and that can be exported.

    A member of the chosen ensemble is not fitted again.
    """
    splits = len(folds.plan.splits)
    chosen = {id(contender) for contender, _ in exported.choice.members} if len(exported.choice.members) == 1 else set()
    ranked = [each for each in best_of_techniques(complete(contenders, splits)) if each.technique != CONSTANT]
    found = []
    others = [each for each in ranked if id(each) not in chosen and name_of(each) not in exported.refused]
    for contender in others[:MOST]:
        predictor = _member(contender, exported) or _fitted(contender, folds, workers, budget)
        if predictor:
            found.append(_shortlisted(contender, predictor, folds, held_out, charter))
    return tuple(found)


def _member(contender: Contender, exported: Exported) -> Predictor | None:
    """The contender alone, if it was fitted as a member of the chosen ensemble."""
    if len(exported.predictor.members) != len(exported.parts):
        return None
    fitted = zip(exported.parts, exported.predictor.members, strict=True)
    own = [member for part, member in fitted if part.name == name_of(contender)]
    total = sum(member.weight for member in own)
    return Predictor(tuple(dataclasses.replace(each, weight=each.weight / total) for each in own)) if own else None


def _fitted(contender: Contender, folds: Folds, workers: Workers, budget: Budget) -> Predictor | None:
    """The contender fitted once on all rows, if there is time for as long as a fit on one split took, and half more."""
    seconds = statistics.fmean(score.fit_seconds for score in contender.scores.values())
    if 1.5 * seconds > budget.left_to_fit:
        return None
    left = max(1.0, budget.left_to_fit)
    return fit_all([part_of(contender, 1.0)], None, folds.data, folds.setting, workers, left)


def _shortlisted(
    contender: Contender, predictor: Predictor, folds: Folds, held_out: HeldOutRows, charter: Charter
) -> Shortlisted:
    scores = predicted(contender, len(folds.plan.splits))
    threshold, value = held_out.value_per_case(charter, folds.data.classes, scores)
    priced = folds.data.framing == "regression" and charter.money.costs_per_unit
    shift = best_shift(charter.money, held_out.target, scores, held_out.amount)[0] if priced else 0.0
    graph = export_graph(predictor, folds.data.features)
    return Shortlisted(name_of(contender), contender.technique, graph, threshold, shift, value)
