"""What must hold between the parts of a charter that each are of the right type."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

from crispstack.business_understanding import (
    critical_path,
    format_checks,
    join_checks,
    lookup_checks,
    money_checks,
    monitoring_checks,
    plan_checks,
    privacy_checks,
    quality_checks,
    resource_checks,
    sampling_checks,
    sources_checks,
    split_checks,
    target_checks,
)
from crispstack.business_understanding.problem import Problem
from crispstack.charter import LONGEST_APPROVAL_DAYS, Charter, Column, Framing, MetricName

PROJECT_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
_OF_CLASSES: tuple[MetricName, ...] = (
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier_score",
    "accuracy",
    "balanced_accuracy",
    "f1",
)
METRICS: Mapping[Framing, tuple[MetricName, ...]] = {
    "binary": _OF_CLASSES,
    "multiclass": _OF_CLASSES,
    "regression": ("rmse", "mae", "r2", "pinball"),
}
"""What may rank candidates."""
COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def problems(charter: Charter) -> list[Problem]:
    """Everything that contradicts something else, in the charter's order of parts."""
    checks = (
        _names,
        sources_checks.problems,
        _columns,
        target_checks.problems,
        money_checks.problems,
        _exclusions,
        format_checks.problems,
        plan_checks.problems,
        join_checks.problems,
        lookup_checks.problems,
        split_checks.problems,
        quality_checks.problems,
        privacy_checks.problems,
        sampling_checks.problems,
        _modeling,
        _acceptance,
        _approval,
        monitoring_checks.problems,
        resource_checks.problems,
        _plan,
    )
    return [problem for check in checks for problem in check(charter)]


def _names(charter: Charter) -> Iterator[Problem]:
    rule = "start with a letter; lower-case letters, digits and underscores only, 2 to 41 in all"
    if not PROJECT_NAME.fullmatch(charter.name):
        yield Problem(("name",), f"{charter.name!r} cannot name tables and buckets", rule)
    if not charter.question.strip():
        yield Problem(("question",), "the question is empty", "say what the business wants to know, in one sentence")
    if not charter.owner.strip():
        yield Problem(("owner",), "nobody owns the question", "name who asks, and acts on the answer")


def _columns(charter: Charter) -> Iterator[Problem]:
    if not charter.feature_columns:
        yield Problem(("sources", 0, "columns"), "no column is left to predict from", "declare more or exclude fewer")


def _exclusions(charter: Charter) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, exclusion in enumerate(charter.preparation.exclude):
        path = ("preparation", "exclude", index, "column")
        if not _column(charter, exclusion.column):
            cause = f"{exclusion.column!r} is not a column of the source"
            yield Problem(path, cause, target_checks.did_you_mean(exclusion.column, charter))
        if exclusion.column == charter.target.column:
            yield Problem(path, "the target is excluded", "remove it here: the target never becomes a feature")
        if exclusion.column in seen:
            yield Problem(path, f"{exclusion.column!r} is excluded twice", "remove one of the two")
        if not exclusion.reason.strip():
            yield Problem((*path[:-1], "reason"), f"no reason why {exclusion.column!r} is excluded", "give one")
        seen.add(exclusion.column)


def _modeling(charter: Charter) -> Iterator[Problem]:
    imputation, rows = charter.modeling.imputation, charter.modeling.training_rows
    ranges = {
        ("imputation", "neighbors"): (imputation.neighbors, 1, 100),
        ("training_rows", "rarer_share"): (rows.rarer_share, 0.01, 0.9),
        ("training_rows", "copies"): (rows.copies, 0, 20),
        ("training_rows", "noise"): (rows.noise, 0.0, 1.0),
    }
    for (part, name), (found, low, high) in ranges.items():
        if not low <= found <= high:
            yield Problem(("modeling", part, name), f"{found:g} makes no sense", f"choose from {low:g} to {high:g}")
    yield from _search(charter)
    if len(set(charter.modeling.techniques)) < len(charter.modeling.techniques):
        yield Problem(("modeling", "techniques"), "a technique is named twice", "name each once")


def _search(charter: Charter) -> Iterator[Problem]:
    modeling, ranks = charter.modeling, METRICS[charter.framing]
    least = {
        "budget_seconds": (modeling.budget_seconds, 1.0, "seconds for at least one fit"),
        "trials": (modeling.trials, 0, "0 for as many as there is time for"),
        "members": (modeling.members, 1, "1 for no ensemble"),
        "folds": (modeling.folds, 0, "0 to let the data decide, 1 for one hold-out"),
        "repeats": (modeling.repeats, 0, "0 to let the data decide"),
        "budget_dollars": (modeling.budget_dollars, 0.0, "0 for any amount"),
    }
    if not 0.0 <= modeling.memory_share <= 1.0:
        yield Problem(("modeling", "memory_share"), f"{modeling.memory_share:g} is no share", "choose from 0 to 1")
    for name, (value, low, meaning) in least.items():
        if value < low:
            yield Problem(("modeling", name), f"{value:g} is too small", f"choose {low:g} or more: {meaning}")
    if modeling.metric and modeling.metric not in ranks:
        yield Problem(
            ("modeling", "metric"),
            f"{modeling.metric} does not rank predictions of a {charter.framing} target",
            f"choose one of {', '.join(ranks)}, or leave it out: it follows from the money",
        )


def _acceptance(charter: Charter) -> Iterator[Problem]:
    acceptance = charter.acceptance
    ranges = {
        "minimum_roc_auc": (acceptance.minimum_roc_auc, 0.5, 1.0),
        "minimum_explained_cost": (acceptance.minimum_explained_cost, 0.0, 1.0),
        "maximum_generalization_gap": (acceptance.maximum_generalization_gap, 0.0, 1.0),
        "confidence": (acceptance.confidence, 0.5, 0.999),
        "bootstrap_samples": (acceptance.bootstrap_samples, 100, 100_000),
        "maximum_rate_gap": (acceptance.maximum_rate_gap, 0.0, 1.0),
        "maximum_latency_ms": (acceptance.maximum_latency_ms, 0.01, 60_000.0),
        "maximum_megabytes": (acceptance.maximum_megabytes, 0.01, 10_000.0),
    }
    for name, (value, low, high) in ranges.items():
        if not low <= value <= high:
            yield Problem(("acceptance", name), f"{value:g} makes no sense", f"choose from {low:g} to {high:g}")
    known = {column.name for column in charter.feature_columns}
    known |= {derived.name for derived in charter.preparation.derive}
    for part in ("slices", "fairness"):
        for index, name in enumerate(getattr(acceptance, part)):
            if name not in known:
                cause = f"{name!r} is no feature, so that no group can be told by it"
                yield Problem(("acceptance", part, index), cause, target_checks.did_you_mean(name, charter))


def _approval(charter: Charter) -> Iterator[Problem]:
    days = charter.approval.within_days
    if not 0.01 <= days <= LONGEST_APPROVAL_DAYS:
        remedy = f"choose from 0.01 to {LONGEST_APPROVAL_DAYS}: a run waits no longer"
        yield Problem(("approval", "within_days"), f"{days:g} days make no sense", remedy)


def _plan(charter: Charter) -> Iterator[Problem]:
    titles = [stage.title for stage in charter.plan]
    known = {*titles, *(stage.phase.value for stage in charter.plan)}
    for index, stage in enumerate(charter.plan):
        path = ("plan", index)
        if stage.title in titles[:index]:
            remedy = "merge the two stages, or give each a name"
            yield Problem((*path, "name" if stage.name else "phase"), f"{stage.title} is planned twice", remedy)
        if stage.days <= 0:
            yield Problem((*path, "days"), f"{stage.days:g} days are no duration", "plan more than 0 days")
        for name in stage.after:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                remedy = f"did you mean {close[0]!r}?" if close else "plan it, or do not wait for it"
                yield Problem((*path, "after"), f"{name} is not planned", remedy)
    if len(set(titles)) == len(titles) and (cycle := critical_path.cycle(charter.plan)):
        yield Problem(("plan",), f"stages wait for each other: {' → '.join(cycle)}", "remove one `after`")


def _column(charter: Charter, name: str) -> Column | None:
    return next((column for column in charter.row_columns if column.name == name), None)
