"""Would a rule do as well? The best decision for each value, or range of values, of one column alone.

Holte, Very simple classification rules perform well on most commonly used datasets, Machine Learning 11 (1993). Rules
are made from one half of the rows and judged on the other, in money; test rows are not looked at. A rule that earns
nearly what foresight would earn is either all that is needed, or its column tells the outcome.
"""

from __future__ import annotations

import bisect
import math
from collections import defaultdict
from collections.abc import Callable, Sequence

from crispstack.business_understanding.evidence import Evidence, Rule
from crispstack.charter import Charter, Column
from crispstack.data_understanding import holdout
from crispstack.data_understanding.case_decisions import Acting, Case, Choice, Decisions, Row, cases, decisions, number

ROWS = 20_000
"""Rows that are looked at."""
_FEWEST = 40
"""Rows, and of two classes such of each, below which nothing is said."""
_RANGES = 8
_FEWEST_OF_A_VALUE = 10
"""Rows of a value that a rule must have seen: for rarer ones it decides as for all."""
_SHOWN = 3
_NO_RULE = ("text", "date", "timestamp")
"""Types whose values hardly repeat, so that nothing is said of new rows."""


def evidence(rows: Sequence[Row], charter: Charter) -> Evidence | None:
    """What rows of the first source say about the question; None where they are too few to say anything.

    Args:
        rows: as text, by column; those of the test set are left out here.
        charter: a valid charter.
    """
    names = [column.name for column in charter.source.columns]
    found = cases([row for row in rows if not holdout.is_test([row.get(name) for name in names], charter)], charter)
    if len(found) < _FEWEST:
        return None
    decided = decisions(charter, found)
    all_cases = [case for _, case in found]
    choice = decided.best(all_cases)
    constant = _mean([decided.value(case, choice) for case in all_cases])
    perfect = _mean([decided.perfect(case) for case in all_cases])
    positives, if_positive, if_negative = _stakes(decided, all_cases)
    rule = _best_rule(found, decided, charter)
    return Evidence(len(found), constant, perfect, positives, if_positive, if_negative, rule)


def _stakes(decided: Decisions, all_cases: Sequence[Case]) -> tuple[float, float, float]:
    """Share of positive cases, and what acting on a positive and on a negative one gains, on average."""
    if not isinstance(decided, Acting):
        return 0.0, 0.0, 0.0
    gains = [
        [decided.value(case, True) - decided.value(case, False) for case in all_cases if case.outcome is positive]
        for positive in (True, False)
    ]
    return len(gains[0]) / len(all_cases), _mean(gains[0]), _mean(gains[1])


def _best_rule(found: Sequence[tuple[Row, Case]], decided: Decisions, charter: Charter) -> Rule | None:
    learned, judged = found[::2], found[1::2]
    constant = decided.best([case for _, case in learned])
    baseline = math.fsum(decided.value(case, constant) for _, case in judged)
    possible = math.fsum(decided.perfect(case) for _, case in judged) - baseline
    if possible <= 0:
        return None
    rules = []
    for column in charter.source.columns:
        if column.name in charter.excluded or column.name == charter.target.column or column.type in _NO_RULE:
            continue
        part = _parts([row for row, _ in learned], column, charter)
        choices = _choices(learned, part, decided)
        earned = math.fsum(decided.value(case, choices.get(part(row), constant)) for row, case in judged) - baseline
        words = _words(column, choices, constant, decided)
        rules.append(Rule(column.name, words, earned / possible))
    return max(rules, key=lambda rule: rule.share, default=None)


def _choices(learned: Sequence[tuple[Row, Case]], part: Callable[[Row], str], decided: Decisions) -> dict[str, Choice]:
    groups: dict[str, list[Case]] = defaultdict(list)
    for row, case in learned:
        groups[part(row)].append(case)
    return {name: decided.best(group) for name, group in groups.items() if len(group) >= _FEWEST_OF_A_VALUE}


def _parts(rows: Sequence[Row], column: Column, charter: Charter) -> Callable[[Row], str]:
    """Which value, or range of values, of the column a row has."""
    missing = charter.preparation.missing_words(column.name)
    if column.type not in ("integer", "number"):
        return lambda row: "missing" if (text := (row.get(column.name) or "").strip(" ")) in missing else text
    known = sorted(value for row in rows if (value := number(row, column.name, charter)) is not None)
    edges = sorted({known[len(known) * step // _RANGES] for step in range(1, _RANGES)}) if known else []

    def of(row: Row) -> str:
        value = number(row, column.name, charter)
        return "missing" if value is None else _range(edges, bisect.bisect_right(edges, value))

    return of


def _range(edges: Sequence[float], place: int) -> str:
    low = f"from {edges[place - 1]:g}" if place else ""
    high = f"below {edges[place]:g}" if place < len(edges) else ""
    return f"{low} {high}".strip() or "any"


def _words(column: Column, choices: dict[str, Choice], constant: Choice, decided: Decisions) -> str:
    """What the rule does otherwise than the one decision for all."""
    others = [f"{name}: {decided.words(choice)}" for name, choice in choices.items() if choice != constant]
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    return f"{column.name} {'; '.join(others[:_SHOWN])}{more}" if others else f"{column.name}, which changes nothing"


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0
