"""What differs between two runs of a project, in the order of the phases: charter, data, preparation, model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crispstack.artifacts import Decision, Leaderboard, ModelPackage, PreparedDataset
from crispstack.charter import Charter
from crispstack.data_collection import DataCollection
from crispstack.data_understanding import collection as data
from crispstack.data_understanding.collection import RunData

Part = Literal["charter", "data", "preparation", "model", "value"]
Fact = str | float | bool | None
Facts = Mapping[str, Fact]
_KEYS = ("name", "column", "phase", "source", "rule")
"""What tells the members of a list apart, the first that all of them have."""


@dataclass(frozen=True)
class RunResult:
    """What a run came to."""

    run_id: str
    charter: Charter
    collection: DataCollection
    prepared: PreparedDataset
    leaderboard: Leaderboard
    package: ModelPackage
    decision: Decision


@dataclass(frozen=True)
class Change:
    """One thing that differs; None where a run lacks it."""

    part: Part
    of: str
    before: Fact
    after: Fact


def changes(before: RunResult, after: RunResult) -> tuple[Change, ...]:
    """Everything that differs, in the order of the phases; equal parts have none."""
    described = [_facts_of(run) for run in (before, after)]
    found = [Change("charter", *each) for each in _differences(*(facts["charter"] for facts in described))]
    found += [
        Change("data", " ".join(filter(None, (each.source, each.of, each.what))), each.before, each.after)
        for each in _data(before, after)
    ]
    parts: tuple[Part, ...] = ("preparation", "model", "value")
    for part in parts:
        found += [Change(part, *each) for each in _differences(*(facts[part] for facts in described))]
    return tuple(found)


def _data(before: RunResult, after: RunResult) -> Iterator[data.Difference]:
    differing = data.difference(*(RunData(run.charter, run.collection, None) for run in (before, after)))
    yield from differing.versions
    yield from differing.schema


def _facts_of(run: RunResult) -> dict[Part, Facts]:
    return {
        "charter": flattened(_without_schema(run.charter)),
        "preparation": _of_preparation(run.prepared),
        "model": _of_model(run),
        "value": _of_value(run.decision),
    }


def _without_schema(charter: Charter) -> dict[str, Any]:
    """The charter but the columns of its sources, which are told with the data."""
    plain = dataclasses.asdict(charter)
    plain["sources"] = [{name: each[name] for name in each if name != "columns"} for each in plain["sources"]]
    return plain


def _of_preparation(prepared: PreparedDataset) -> Facts:
    counts = ("version", "rows_in", "train_rows", "test_rows", "quarantined_rows")
    found: dict[str, Fact] = {name: getattr(prepared, name) for name in counts}
    found |= {f"quarantined: {reason}": count for reason, count in prepared.quarantine_reasons.items()}
    found |= {f"feature {feature.name}": feature.kind for feature in prepared.features}
    return found | flattened(dataclasses.asdict(prepared.preparation), "plan") if prepared.preparation else found


def _of_model(run: RunResult) -> Facts:
    winner = next(each for each in run.leaderboard.candidates if each.name == run.leaderboard.winner)
    names = ("threshold", "shift", "model_version")
    found: dict[str, Fact] = {"technique": winner.technique, f"validation {run.leaderboard.metric}": winner.mean_score}
    found |= flattened(winner.parameters, "parameters") | flattened(winner.members, "members")
    found |= {name: getattr(run.package, name) for name in names}
    made_with = run.package.made_with
    if made_with:
        found |= {"code": made_with.code_sha256[:12], "python": made_with.python}
        found |= {f"library {name}": version for name, version in made_with.libraries.items()}
    return found


def _of_value(decision: Decision) -> Facts:
    found: dict[str, Fact] = {
        "verdict": decision.verdict,
        "test rows": decision.test_rows,
        "best simple policy": decision.best_alternative,
        "advantage": decision.advantage,
        "advantage, lower bound": decision.advantage_low,
        "advantage, upper bound": decision.advantage_high,
        "ROC AUC": decision.roc_auc,
        "Brier score": decision.brier_score,
    }
    found |= {f"value of {policy.policy}": policy.value for policy in decision.policies}
    return found | decision.figures | {f"criterion {each.name}": each.verdict for each in decision.criteria}


def flattened(value: Any, path: str = "") -> dict[str, Fact]:
    """The leaves of nested mappings and lists by their paths: ``modeling.folds``, ``risks[2].risk``.

    Members of a list of mappings are told apart by what names them, so that one more moves no other.
    """
    if isinstance(value, Mapping):
        parts = {f"{path}.{key}" if path else str(key): each for key, each in value.items()}
    elif isinstance(value, list | tuple) and all(isinstance(each, Mapping) for each in value):
        parts = {f"{path}[{key}]": each for key, each in _keyed(value)}
    else:
        return {path: _leaf(value)}
    return {name: leaf for at, each in parts.items() for name, leaf in flattened(each, at).items()}


def _keyed(members: list[Any] | tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    for key in _KEYS:
        names = [each.get(key) for each in members]
        if all(names) and len(set(names)) == len(members):
            yield from zip(map(str, names), members, strict=True)
            return
    yield from ((str(number), each) for number, each in enumerate(members, start=1))


def _leaf(value: Any) -> Fact:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return value if value is None or isinstance(value, str | float | int) else str(value)


def _differences(before: Facts, after: Facts) -> Iterator[tuple[str, Fact, Fact]]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield name, old, new
