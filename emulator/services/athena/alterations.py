"""What an ALTER TABLE may ask for, read from its text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from emulator.services.athena.errors import SyntaxRefused
from emulator.services.athena.hive_reader import Column, HiveReader, Name

Values = dict[str, str]


@dataclass(frozen=True)
class AddColumns:
    """``ADD COLUMNS (name type, ...)``."""

    sql: ClassVar[str] = "ADD COLUMNS"
    columns: Sequence[Column]


@dataclass(frozen=True)
class ReplaceColumns:
    """``REPLACE COLUMNS (name type, ...)``."""

    sql: ClassVar[str] = "REPLACE COLUMNS"
    columns: Sequence[Column]


@dataclass(frozen=True)
class DropColumn:
    """``DROP COLUMN name``."""

    sql: ClassVar[str] = "DROP COLUMN"
    name: str


@dataclass(frozen=True)
class ChangeColumn:
    """``CHANGE [COLUMN] name new_name type [COMMENT '..'] [FIRST | AFTER other]``."""

    sql: ClassVar[str] = "CHANGE COLUMN"
    name: str
    column: Column
    first: bool
    after: str | None


@dataclass(frozen=True)
class SetProperties:
    """``SET TBLPROPERTIES (...)``."""

    sql: ClassVar[str] = "SET TBLPROPERTIES"
    properties: Values


@dataclass(frozen=True)
class UnsetProperties:
    """``UNSET TBLPROPERTIES (...)``."""

    sql: ClassVar[str] = "UNSET TBLPROPERTIES"
    keys: Sequence[str]


@dataclass(frozen=True)
class SetLocation:
    """``[PARTITION (...)] SET LOCATION '..'``."""

    sql: ClassVar[str] = "SET LOCATION"
    location: str
    partition: Values | None


@dataclass(frozen=True)
class AddPartitions:
    """``ADD [IF NOT EXISTS] PARTITION (...) [LOCATION '..'] ...``."""

    sql: ClassVar[str] = "ADD PARTITION"
    partitions: Sequence[tuple[Values, str | None]]
    optional: bool


@dataclass(frozen=True)
class DropPartitions:
    """``DROP [IF EXISTS] PARTITION (...), ...``."""

    sql: ClassVar[str] = "DROP PARTITION"
    partitions: Sequence[Values]
    optional: bool


@dataclass(frozen=True)
class RenamePartition:
    """``PARTITION (...) RENAME TO PARTITION (...)``."""

    sql: ClassVar[str] = "RENAME PARTITION"
    old: Values
    new: Values


@dataclass(frozen=True)
class RenameTable:
    """``RENAME TO name``."""

    sql: ClassVar[str] = "RENAME TO"
    name: Name


Alteration = (
    AddColumns | ReplaceColumns | DropColumn | ChangeColumn | SetProperties | UnsetProperties | SetLocation
    | AddPartitions | DropPartitions | RenamePartition | RenameTable
)  # fmt: skip


def read(reader: HiveReader) -> Alteration:
    """What comes after the table's name.

    Raises:
        SyntaxRefused: not an alteration that Athena knows.
    """
    for words, rule in _RULES.items():
        if reader.accept(*words):
            found = rule(reader)
            reader.end()
            return found
    raise SyntaxRefused(reader.mismatch())


def _change(reader: HiveReader) -> ChangeColumn:
    reader.accept("COLUMN")
    name, column = reader.identifier(), reader.column()
    first = reader.accept("FIRST")
    return ChangeColumn(name, column, first, reader.identifier() if not first and reader.accept("AFTER") else None)


def _add_partitions(reader: HiveReader) -> AddPartitions:
    optional, wanted = reader.accept("IF", "NOT", "EXISTS"), []
    while reader.accept("PARTITION"):
        values = reader.properties()
        wanted.append((values, reader.string() if reader.accept("LOCATION") else None))
    if not wanted:
        reader.unexpected()
    return AddPartitions(wanted, optional)


def _drop_partitions(reader: HiveReader) -> DropPartitions:
    optional, wanted = reader.accept("IF", "EXISTS"), []
    while reader.accept("PARTITION"):
        wanted.append(reader.properties())
        reader.accept(",")
    if not wanted:
        reader.unexpected()
    return DropPartitions(wanted, optional)


def _partition(reader: HiveReader) -> Alteration:
    old = reader.properties()
    if reader.accept("SET", "LOCATION"):
        return SetLocation(reader.string(), old)
    reader.expect("RENAME", "TO", "PARTITION")
    return RenamePartition(old, reader.properties())


def _unset(reader: HiveReader) -> UnsetProperties:
    reader.expect("(")
    keys = [reader.string()]
    while reader.accept(","):
        keys.append(reader.string())
    reader.expect(")")
    return UnsetProperties(keys)


_RULES: dict[tuple[str, ...], Callable[[HiveReader], Alteration]] = {
    ("ADD", "COLUMNS"): lambda reader: AddColumns(reader.columns()),
    ("REPLACE", "COLUMNS"): lambda reader: ReplaceColumns(reader.columns()),
    ("DROP", "COLUMN"): lambda reader: DropColumn(reader.identifier()),
    ("CHANGE",): _change,
    ("ADD",): _add_partitions,
    ("DROP",): _drop_partitions,
    ("PARTITION",): _partition,
    ("SET", "TBLPROPERTIES"): lambda reader: SetProperties(reader.properties()),
    ("UNSET", "TBLPROPERTIES"): _unset,
    ("SET", "LOCATION"): lambda reader: SetLocation(reader.string(), None),
    ("RENAME", "TO"): lambda reader: RenameTable(reader.name()),
}
