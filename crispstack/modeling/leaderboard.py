"""The candidates' lines: the best of each technique, and the ensemble where there is one."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from crispstack.artifacts import Candidate
from crispstack.charter import Charter
from crispstack.modeling.choice import Choice
from crispstack.modeling.contenders import Contender, best_of_techniques, complete
from crispstack.modeling.folds import Folds
from crispstack.modeling.held_out import HeldOutRows, predicted
from crispstack.modeling.search import CONSTANT
from crispstack.modeling.technique import Scores

ENSEMBLE = "ensemble"


def lines(
    contenders: Sequence[Contender], choices: Sequence[Choice], folds: Folds, held_out: HeldOutRows, charter: Charter
) -> tuple[Candidate, ...]:
    """Best first; techniques that were not tried on every split after them, failed ones last.

    What the choices are made of is shown even where it is not the best of its technique.
    """
    splits = len(folds.plan.splits)
    ranked = complete(contenders, splits)
    shown = best_of_techniques(ranked)
    chosen = {id(contender) for choice in choices for contender, _ in choice.members}
    shown += [each for each in ranked if id(each) in chosen and each not in shown]
    found = [_tried(each, folds, held_out, charter) for each in sorted(shown, key=lambda each: each.loss(splits))]
    found += [_together(choice, folds, held_out, charter) for choice in choices if len(choice.members) > 1]
    sign = -1 if folds.setting.metric.greater_is_better else 1
    found.sort(key=lambda each: sign * each.mean_score)
    done = {each.technique for each in ranked}
    begun = sorted((each for each in contenders if each.scores and not each.error), key=lambda each: each.loss(1))
    dropped = [each for each in best_of_techniques(begun) if each.technique not in done]
    done |= {each.technique for each in dropped}
    rough = [each for each in contenders if each.technique not in done and not each.error]
    done |= {each.technique for each in rough}
    failed = [each for each in contenders if each.technique not in done and each.error]
    return (
        *found,
        *(_dropped(each, folds) for each in dropped),
        *(_bare(each, folds, note=_rough(each)) for each in rough),
        *(_bare(each, folds, error=each.error) for each in failed),
    )


def name_of(contender: Contender) -> str:
    """What tells it apart from others of its technique."""
    return f"{contender.technique} {contender.specification.number}"


def _tried(contender: Contender, folds: Folds, held_out: HeldOutRows, charter: Charter) -> Candidate:
    scores = predicted(contender, len(folds.plan.splits))
    found = [contender.scores[split] for split in sorted(contender.scores)]
    measured = next((each for each in reversed(found) if each.size_bytes is not None), None)
    return dataclasses.replace(
        _scored(_bare(contender, folds), scores, folds, held_out, charter, [each.fitted_loss for each in found]),
        parameters=_plain(found[0].parameters),
        fit_seconds=statistics.fmean(each.fit_seconds for each in found),
        latency_ms=measured.latency_ms if measured else None,
        size_bytes=measured.size_bytes if measured else None,
    )


def _together(choice: Choice, folds: Folds, held_out: HeldOutRows, charter: Charter) -> Candidate:
    fitted = [
        statistics.fmean(score.fitted_loss for score in contender.scores.values()) * weight
        for contender, weight in choice.members
    ]
    seconds = [score.fit_seconds for contender, _ in choice.members for score in contender.scores.values()]
    bare = Candidate(ENSEMBLE, ENSEMBLE, ENSEMBLE, {})
    return dataclasses.replace(
        _scored(bare, choice.raw, folds, held_out, charter, [math.fsum(fitted)]),
        fit_seconds=math.fsum(seconds) / len(folds.plan.splits),
        members={name_of(contender): weight for contender, weight in choice.members},
    )


def _scored(
    bare: Candidate, scores: Scores, folds: Folds, held_out: HeldOutRows, charter: Charter, fitted: Sequence[float]
) -> Candidate:
    metric, framing = folds.setting.metric, folds.data.framing
    figures = held_out.figures(metric, scores) or (0.0,)
    sign = -1 if metric.greater_is_better else 1
    mean, fitted_score = statistics.fmean(figures), sign * statistics.fmean(fitted)
    threshold, value = held_out.value_per_case(charter, folds.data.classes, scores)
    return dataclasses.replace(
        bare,
        scores=figures,
        mean_score=mean,
        spread=statistics.stdev(figures) if len(figures) > 1 else 0.0,
        fitted_score=fitted_score if math.isfinite(fitted_score) else 0.0,
        gap=sign * (mean - fitted_score) if math.isfinite(fitted_score) else 0.0,
        metrics=held_out.metrics(framing, scores),
        value_per_row=value,
        threshold=threshold,
    )


def _dropped(contender: Contender, folds: Folds) -> Candidate:
    sign = -1 if folds.setting.metric.greater_is_better else 1
    found = [contender.scores[split] for split in sorted(contender.scores)]
    tried, splits = len(found), len(folds.plan.splits)
    return dataclasses.replace(
        _bare(contender, folds, note=f"tried on {tried} of {splits} splits: others were more promising"),
        scores=tuple(sign * each.loss for each in found),
        mean_score=sign * contender.loss(tried),
        fit_seconds=statistics.fmean(each.fit_seconds for each in found),
    )


def _rough(contender: Contender) -> str:
    if contender.rough is None:
        return "not tried: the budget was spent"
    return "tried on few rows: others were more promising"


def _bare(contender: Contender, folds: Folds, note: str = "", error: str = "") -> Candidate:
    family = folds.setting.technique(contender.technique).family
    parameters = _plain(contender.specification.parameters)
    name = CONSTANT if contender.technique == CONSTANT else name_of(contender)
    return Candidate(name, contender.technique, family, parameters, note=note, error=error)


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers of numpy as Python's, for JSON."""
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in parameters.items()}
