"""What the report shows of schemas: columns that differ in the same way, together."""

from __future__ import annotations

from dataclasses import dataclass

from crispstack.artifacts import SchemaReport

MOST_NAMED = 12


@dataclass(frozen=True)
class Difference:
    """One way in which columns of a source are not what they should be."""

    source: str
    columns: tuple[str, ...]
    change: str
    before: str
    after: str
    compared_with: str
    severity: str
    remedy: str


def differences(report: SchemaReport) -> tuple[Difference, ...]:
    """The differences of a report, those that stop a run first."""
    together: dict[tuple[str, ...], list[str]] = {}
    for each in report.differences:
        key = (each.severity, each.source, each.change, each.before, each.after, each.compared_with, each.remedy)
        together.setdefault(key, []).append(each.column)
    return tuple(
        Difference(source, _named(columns), change, before, after, compared_with, severity, remedy)
        for (severity, source, change, before, after, compared_with, remedy), columns in sorted(together.items())
    )


def _named(columns: list[str]) -> tuple[str, ...]:
    names = [name for name in columns if name]
    if len(names) <= MOST_NAMED:
        return tuple(names)
    return (*names[:MOST_NAMED], f"and {len(names) - MOST_NAMED} more")
