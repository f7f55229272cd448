"""What follows the columns of a CREATE TABLE."""

from __future__ import annotations

from dataclasses import dataclass, field

from emulator.services.athena.bucketing import Buckets
from emulator.services.athena.hive_reader import Column, HiveReader

_DELIMITERS = {
    ("FIELDS", "TERMINATED", "BY"): "field.delim",
    ("ESCAPED", "BY"): "escape.delim",
    ("LINES", "TERMINATED", "BY"): "line.delim",
    ("COLLECTION", "ITEMS", "TERMINATED", "BY"): "collection.delim",
    ("MAP", "KEYS", "TERMINATED", "BY"): "mapkey.delim",
    ("NULL", "DEFINED", "AS"): "serialization.null.format",
}


@dataclass
class TableClauses:
    """The clauses; `transforms` are the terms of an Iceberg table's PARTITIONED BY."""

    comment: str | None = None
    partitions: list[Column] = field(default_factory=list)
    transforms: list[str] = field(default_factory=list)
    buckets: Buckets | None = None
    serde: str | None = None
    serde_properties: dict[str, str] = field(default_factory=dict)
    stored_as: str | None = None
    input_format: str | None = None
    output_format: str | None = None
    location: str | None = None
    properties: dict[str, str] = field(default_factory=dict)


def read(reader: HiveReader) -> TableClauses:
    """All clauses up to the statement's end.

    Raises:
        SyntaxRefused: a clause that Athena does not know.
    """
    found = TableClauses()
    while not reader.at_end():
        _clause(reader, found)
    return found


def _clause(reader: HiveReader, found: TableClauses) -> None:
    for words, rule in _CLAUSES.items():
        if reader.accept(*words):
            rule(reader, found)
            return
    reader.unexpected()


def _comment(reader: HiveReader, found: TableClauses) -> None:
    found.comment = reader.string()


def _partitioned(reader: HiveReader, found: TableClauses) -> None:
    """Columns with their types, or for Iceberg columns and transforms of columns."""
    mark = reader.mark()
    reader.expect("(")
    reader.identifier()
    by_transform = reader.peek("(") or reader.peek(",") or reader.peek(")")
    reader.reset(mark)
    if by_transform:
        found.transforms = _terms(reader)
    else:
        found.partitions = reader.columns()


def _terms(reader: HiveReader) -> list[str]:
    reader.expect("(")
    terms = []
    while not reader.accept(")"):
        name = reader.identifier()
        terms.append(f"{name}({reader.parenthesized()})" if reader.peek("(") else name)
        reader.accept(",")
    return terms


def _clustered(reader: HiveReader, found: TableClauses) -> None:
    reader.expect("(")
    names = [reader.identifier()]
    while reader.accept(","):
        names.append(reader.identifier())
    reader.expect(")")
    reader.expect("INTO")
    count = reader.word()
    if not count.isdigit():
        reader.unexpected()
    reader.expect("BUCKETS")
    found.buckets = Buckets(tuple(names), int(count))


def _row_format(reader: HiveReader, found: TableClauses) -> None:
    if reader.accept("SERDE"):
        found.serde = reader.string()
        return
    reader.expect("DELIMITED")
    while _delimiter(reader, found):
        pass


def _delimiter(reader: HiveReader, found: TableClauses) -> bool:
    for words, key in _DELIMITERS.items():
        if reader.accept(*words):
            found.serde_properties[key] = reader.string()
            if key == "field.delim":
                found.serde_properties["serialization.format"] = found.serde_properties[key]
            return True
    return False


def _serde_properties(reader: HiveReader, found: TableClauses) -> None:
    found.serde_properties |= reader.properties()


def _stored_as(reader: HiveReader, found: TableClauses) -> None:
    if reader.accept("INPUTFORMAT"):
        found.input_format = reader.string()
        reader.expect("OUTPUTFORMAT")
        found.output_format = reader.string()
    else:
        found.stored_as = reader.word().upper()


def _location(reader: HiveReader, found: TableClauses) -> None:
    found.location = reader.string()


def _properties(reader: HiveReader, found: TableClauses) -> None:
    found.properties = reader.properties()


_CLAUSES = {
    ("COMMENT",): _comment,
    ("PARTITIONED", "BY"): _partitioned,
    ("CLUSTERED", "BY"): _clustered,
    ("ROW", "FORMAT"): _row_format,
    ("WITH", "SERDEPROPERTIES"): _serde_properties,
    ("STORED", "AS"): _stored_as,
    ("LOCATION",): _location,
    ("TBLPROPERTIES",): _properties,
}
