"""How the schema that a crawler found differs from what the charter declares and from what the last run found.

Nothing is merged: every version of a source has a table of its own in the catalog, and each difference is told with
what to do about it. A crawler reads types out of values, so a declared type is compared with all that its values may
look like; with the last run types are compared as they are.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from crispstack.artifacts import (
    DiscoveredColumn,
    DiscoveredSchema,
    InputReference,
    SchemaChange,
    SchemaDifference,
    SchemaReport,
)
from crispstack.charter import Charter, Source
from crispstack.errors import QualityError

_INTEGERS = frozenset({"tinyint", "smallint", "int", "bigint"})
_NUMBERS = _INTEGERS | {"float", "double", "decimal"}
# Booleans may be written yes/no or 1/0; dates are text to a reader that knows none; text may look like anything.
_LOOKS_LIKE: Mapping[str, frozenset[str]] = {
    "integer": _INTEGERS,
    "number": _NUMBERS,
    "boolean": _INTEGERS | {"boolean", "string"},
    "date": frozenset({"date", "string"}),
    "bigint": _INTEGERS,
    "double": frozenset({"float", "double"}),
    "timestamp": frozenset({"timestamp", "string"}),
}
_NESTED = frozenset({"array", "map", "struct", "binary"})
_REMEDIES: Mapping[str, Mapping[SchemaChange, str]] = {
    "charter": {
        "added": "declare the column in the charter, or ask the source why it came",
        "removed": "get the column back from the source, or remove it from the charter",
        "renamed": "if it is the same column, use one name at the source and in the charter",
        "type_changed": "look for values of another type in the profile; correct them, or the declared type",
        "order_changed": "declare the columns in the order of the files: text files are read by position",
        "partitions_changed": "partition the files as the charter says, or correct the charter",
    },
    "last_run": {
        "added": "find out where its values were before",
        "removed": "ask the source whether it is gone for good",
        "renamed": "ask the source whether only the name changed, or the meaning too",
        "type_changed": "compare the values of both versions before a model of the old ones is used on the new",
        "order_changed": "check that values did not change places with their names",
        "partitions_changed": "check that no partition is missing or read twice",
    },
}


def report(
    charter: Charter,
    schemas: Sequence[DiscoveredSchema],
    last: SchemaReport | None,
    inputs: tuple[InputReference, ...],
    last_run: str = "",
) -> SchemaReport:
    """Every difference of every source; `last` is what the run `last_run` found, None where there was none."""
    before = {schema.source: schema for schema in last.schemas} if last else {}
    differences: list[SchemaDifference] = []
    for schema in schemas:
        source = next(source for source in charter.sources if source.name == schema.source)
        differences += _differences(source, _declared(source, schema.version), schema, "charter")
        if schema.source in before:
            differences += _differences(source, before[schema.source], schema, "last_run")
    return SchemaReport(tuple(schemas), tuple(differences), last_run if last else "", inputs)


def stop_on_change(found: SchemaReport) -> None:
    """Let the run go on unless a source changed whose charter says that this stops it.

    Raises:
        QualityError: names each difference and its remedy.
    """
    if stopping := [difference for difference in found.differences if difference.severity == "stop"]:
        raise QualityError("the schema is not what it should be:\n" + "\n".join(map(sentence, stopping)))


def sentence(difference: SchemaDifference) -> str:
    """A difference in words, with its remedy."""
    place = f"{difference.source}.{difference.column}" if difference.column else difference.source
    than = "the charter declares" if difference.compared_with == "charter" else "the last run found"
    said = {
        "added": f"{place} is new ({difference.after}), not what {than}",
        "removed": f"{place} is gone ({difference.before} is what {than})",
        "renamed": f"{place} is now called {difference.after}, as it seems",
        "type_changed": f"{place} is {difference.after}, {than} {difference.before}",
        "order_changed": f"{place} has the order {difference.after}, {than} {difference.before}",
        "partitions_changed": f"{place} is partitioned by {difference.after}, {than} {difference.before}",
    }
    return f"{said[difference.change]}; {difference.remedy}"


def _declared(source: Source, version: str) -> DiscoveredSchema:
    """The charter's columns as if a crawler had found them, with the charter's types. Excel's cells become texts."""
    kinds = {column.name: column.stored or column.type for column in source.file_columns}
    columns = tuple(
        DiscoveredColumn(name, "string" if source.format == "excel" else kind) for name, kind in kinds.items()
    )
    return DiscoveredSchema(source.name, version, "", columns, source.partitions)


def _differences(
    source: Source, before: DiscoveredSchema, after: DiscoveredSchema, compared_with: Literal["charter", "last_run"]
) -> Iterator[SchemaDifference]:
    old = {column.name: column.type for column in before.columns}
    new = {column.name: column.type for column in after.columns}
    alike = operator.eq if compared_with == "last_run" else _fits
    renamed = _renamed(before, after, alike)

    def difference(change: SchemaChange, column: str, was: str, now: str) -> SchemaDifference:
        remedy = _REMEDIES[compared_with][change]
        return SchemaDifference(source.name, compared_with, change, column, was, now, source.schema_changes, remedy)

    for name, kind in old.items():
        if name in renamed:
            yield difference("renamed", name, name, renamed[name])
        elif name not in new:
            yield difference("removed", name, kind, "")
        elif not alike(kind, new[name]):
            yield difference("type_changed", name, kind, new[name])
    for name, kind in new.items():
        if name not in old and name not in renamed.values():
            yield difference("added", name, "", kind)
    order, found = [name for name in old if name in new], [name for name in new if name in old]
    # Other formats name the columns of every file, and are read by these names.
    if order != found and source.format == "csv":
        yield difference("order_changed", "", ", ".join(order), ", ".join(found))
    if before.partition_keys != after.partition_keys:
        keys = (", ".join(schema.partition_keys) or "nothing" for schema in (before, after))
        yield difference("partitions_changed", "", *keys)


def _renamed(before: DiscoveredSchema, after: DiscoveredSchema, alike: Callable[[str, str], bool]) -> dict[str, str]:
    """Old and new name of columns that went and came at one position with one type: most probably the same."""
    old, new = ({column.name for column in schema.columns} for schema in (before, after))
    return {
        one.name: other.name
        for one, other in zip(before.columns, after.columns, strict=False)
        if one.name not in new and other.name not in old and alike(one.type, other.type)
    }


def _fits(declared: str, discovered: str) -> bool:
    """Whether values of the declared type may look like the discovered one."""
    plain = discovered.partition("(")[0].partition("<")[0]
    return plain in _LOOKS_LIKE[declared] if declared in _LOOKS_LIKE else plain not in _NESTED
