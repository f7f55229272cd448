"""The choice fitted on all rows, as one graph that answers like it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from crispstack.artifacts import Candidate, Parity
from crispstack.charter import Charter
from crispstack.errors import ModelingError
from crispstack.modeling.budget import Budget
from crispstack.modeling.choice import Choice, single
from crispstack.modeling.chosen_model import Part, copied, fit_all, part_of
from crispstack.modeling.contenders import Contender, complete
from crispstack.modeling.feature_selection import Selected
from crispstack.modeling.folds import Folds
from crispstack.modeling.held_out import HeldOutRows
from crispstack.modeling.leaderboard import ENSEMBLE, name_of
from crispstack.modeling.odd_rows import odd_rows
from crispstack.modeling.onnx_export import export_graph, measure_parity, undisputed
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.predictor import Predictor
from crispstack.modeling.search import CONSTANT
from crispstack.modeling.trial import latency_ms
from crispstack.modeling.workers import Workers

GENERATED_ROWS, MOST_ROWS = 500, 20_000
_ATTEMPTS = 5


@dataclass(frozen=True)
class Exported:
    """The model as it leaves.

    `refused` says of better candidates why they do not; `parts` are what was fitted, and `selected` names, most telling
    first, the features that members were fitted on where these were not all.
    """

    choice: Choice
    name: str
    predictor: Predictor
    graph: bytes
    parity: Parity
    threshold: float
    latency_ms: float
    refused: dict[str, str]
    parts: Sequence[Part]
    selected: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def noted(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """The leaderboard with what the export taught: why some were refused, and the chosen one's own figures."""
        found = []
        for each in candidates:
            if each.name in self.refused:
                each = dataclasses.replace(each, error=self.refused[each.name])  # noqa: PLW2901
            if each.name in self.selected:
                parameters = {**each.parameters, "selected": list(self.selected[each.name])}
                each = dataclasses.replace(each, parameters=parameters)  # noqa: PLW2901
            if each.name == self.name:
                each = dataclasses.replace(  # noqa: PLW2901
                    each, latency_ms=self.latency_ms, size_bytes=len(self.graph), threshold=self.threshold
                )
            found.append(each)
        return tuple(sorted(found, key=lambda each: (bool(each.error), each.name != self.name and bool(each.note))))


def export_best(
    contenders: Sequence[Contender],
    choice: Choice,
    folds: Folds,
    held_out: HeldOutRows,
    charter: Charter,
    workers: Workers,
    budget: Budget,
) -> Exported:
    """The choice, or the best single candidate whose graph can be made and answers like it.

    Raises:
        ModelingError: none can; the message gives each one's reason.
    """
    refused: dict[str, str] = {}
    by_probability = folds.data.framing == "binary" and charter.decides_by == "probability"
    for attempt in _attempts(contenders, choice, folds):
        name = _name(attempt)
        if name in refused:
            continue
        threshold, _ = held_out.value_per_case(charter, folds.data.classes, attempt.scores)
        try:
            parts = copied([part_of(contender, weight) for contender, weight in attempt.members], folds.setting)
            left = max(1.0, budget.left_to_fit)
            predictor = fit_all(parts, attempt.calibration, folds.data, folds.setting, workers, left)
            content = export_graph(predictor, folds.data.features)
            graph = OnnxGraph(content)
            undisputed_by, parity = _parity(predictor, graph, folds, threshold if by_probability else None)
        except Exception as error:  # noqa: BLE001 (a failure costs its candidate only)
            refused[name] = f"not exported: {type(error).__name__}: {error}"
            continue
        if parity.holds:
            taken = latency_ms(graph, folds.data)
            selected = _selected(parts, predictor)
            decided_by = undisputed_by if by_probability else threshold
            return Exported(attempt, name, predictor, content, parity, decided_by, taken, refused, parts, selected)
        refused[name] = f"its ONNX graph {parity.fault}"
    reasons = "; ".join(f"{name}: {why}" for name, why in refused.items())
    raise ModelingError(f"no candidate survived the export: {reasons}")


def _attempts(contenders: Sequence[Contender], choice: Choice, folds: Folds) -> Iterator[Choice]:
    yield choice
    if choice.beats_constant:
        ranked = complete(contenders, len(folds.plan.splits))
        for each in [each for each in ranked if each.technique != CONSTANT][:_ATTEMPTS]:
            yield single(each, folds)


def _selected(parts: Sequence[Part], predictor: Predictor) -> dict[str, tuple[str, ...]]:
    """By candidate; nothing where some parts failed, for whose are whose is not known then."""
    if len(predictor.members) != len(parts):
        return {}
    fitted = zip(parts, predictor.members, strict=True)
    return {part.name: member.model.features for part, member in fitted if isinstance(member.model, Selected)}


def _name(choice: Choice) -> str:
    (first, _), *others = choice.members
    if others:
        return ENSEMBLE
    return CONSTANT if first.technique == CONSTANT else name_of(first)


def _parity(predictor: Predictor, graph: OnnxGraph, folds: Folds, threshold: float | None) -> tuple[float, Parity]:
    """On training rows, and on generated ones that are like none of them; with the threshold that parts all alike."""
    data, seed = folds.data, folds.setting.seed
    some = np.sort(np.random.default_rng(seed).permutation(len(data.target))[:MOST_ROWS])
    samples = [data.take(some).columns, odd_rows(data, GENERATED_ROWS, seed)]
    parity = measure_parity(predictor, graph, samples, data.framing, threshold)
    if threshold is not None and parity.decisions_flipped:
        threshold = undisputed(threshold, np.concatenate([predictor.scores(columns) for columns in samples]))
        parity = measure_parity(predictor, graph, samples, data.framing, threshold)
    return threshold or 0.0, parity
