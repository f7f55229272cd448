"""How well the keys of the charter's joins fit, asked as rules in the same scans as all others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crispstack.artifacts import JoinCheck
from crispstack.business_understanding.quality_rules.rule import Combination, Comparison, Condition, Rule
from crispstack.charter import Charter
from crispstack.data_understanding.quality_figures import Answers, outcome
from crispstack.joined_sources import Join

Asked = tuple[str, Rule, str]
"""The name with which a rule's figures begin, the rule, and its source."""


def implied(charter: Charter) -> Iterator[tuple[Asked, Asked]]:
    """For each join two rules: that its keys are found in the joined source, and that they do not repeat there.

    Joins whose keys are truncated, or brought by an earlier join, have no key in the data that could be asked.
    """
    known = {column.name for column in charter.source.columns}
    for index, join in enumerate(charter.preparation.joins, start=1):
        left, right = tuple(key.left for key in join.keys), tuple(key.right for key in join.keys)
        if known.issuperset(left) and not any(key.truncate for key in join.keys):
            present = Combination("and", tuple(Comparison(name, "is null", (), True) for name in left))
            found = Rule(
                "ReferentialIntegrity",
                left,
                Condition("=", (1.0,)),
                where=present,
                reference=join.source,
                reference_columns=right,
            )
            yield (
                (f"join_{index}_found", found, charter.source.name),
                (f"join_{index}_repeated", Rule("IsUnique", right), join.source),
            )


def checks(charter: Charter, answers: Mapping[str, Answers]) -> tuple[JoinCheck, ...]:
    """What the answers say of every join that could be asked."""
    joins = {join.source: join for join in charter.preparation.joins}
    return tuple(_check(found, repeated, joins[repeated[2]], answers) for found, repeated in implied(charter))


def _check(found: Asked, repeated: Asked, join: Join, answers: Mapping[str, Answers]) -> JoinCheck:
    matched, unique = (outcome(name, rule, source, answers, {}) for name, rule, source in (found, repeated))
    _, rule, source = found
    remedies = []
    if matched.failing:
        fate = "go to the quarantine" if join.unmatched == "quarantine" else "stay, with missing values"
        remedies.append(f"rows that meet none {fate} (`preparation.joins.unmatched`); or complete {join.source}")
    if unique.failing and not join.latest_by:
        remedies.append("the preparation stops at repeated keys: remove them, or name `preparation.joins.latest_by`")
    return JoinCheck(
        source=source,
        columns=rule.columns,
        reference=join.source,
        reference_columns=rule.reference_columns,
        checked=matched.checked,
        unmatched=matched.failing,
        repeated=unique.failing,
        remedy="; ".join(remedies),
    )
