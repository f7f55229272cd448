"""Which names a part of a query can see, and what they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from emulator.services.athena.casts import Typed
from emulator.services.athena.errors import QueryError
from emulator.services.athena.types import Type, quote


@dataclass(frozen=True)
class Condition:
    """What a statement asks of one column: ``=`` one of some constants, ``<``, ``<=``, ``>`` or ``>=`` one; as SQL."""

    column: str
    operator: str
    constants: tuple[str, ...]


@dataclass(eq=False)
class TableUse:
    """One mention of a stored table in a statement: what is read of it, found while the statement is compiled."""

    database: str
    name: str
    marker: str
    version: exp.Expression | None = None
    columns: set[str] = field(default_factory=set)
    # SQL over the partition columns, under the alias `alias`; what does not satisfy it is not read.
    pruning: list[str] = field(default_factory=list)
    # Texts to which the statement binds a partition column, by its name.
    values: dict[str, frozenset[str]] = field(default_factory=dict)
    # What every row that matters satisfies: what files' statistics exclude is not read.
    conditions: list[Condition] = field(default_factory=list)
    alias: str = ""


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a relation: its Trino name, and the SQL that reads it."""

    name: str
    value: Typed
    relation: tuple[str, ...] = ()
    table: TableUse | None = None
    hidden: bool = False
    is_partition: bool = False
    optional: bool = False  # an outer join may make it null
    only_qualified: bool = False


@dataclass(frozen=True, eq=False)
class Scope:
    """The columns in sight, the enclosing query's scope, and the parameters of the lambdas around."""

    columns: tuple[Column, ...] = ()
    parent: Scope | None = None
    lambdas: Mapping[str, Typed] = field(default_factory=dict)

    def with_lambdas(self, parameters: Mapping[str, Typed]) -> Scope:
        """The same scope inside a lambda."""
        return Scope(self.columns, self.parent, {**self.lambdas, **parameters})

    def resolve(self, parts: list[str], node: exp.Expression) -> Typed:
        """What a dotted name means: a lambda's parameter, a column, or a field inside one.

        Raises:
            QueryError: COLUMN_NOT_FOUND or AMBIGUOUS_NAME.
        """
        lowered = [part.lower() for part in parts]
        if lowered[0] in self.lambdas:
            return dereference(self.lambdas[lowered[0]], lowered[1:], node)
        scope: Scope | None = self
        while scope is not None:
            for length in range(len(lowered), 0, -1):
                found = scope.matching(lowered[:length], node)
                if found is not None:
                    return dereference(found.value, lowered[length:], node)
            scope = scope.parent
        raise QueryError("COLUMN_NOT_FOUND", f"Column '{'.'.join(parts)}' cannot be resolved", node)

    def matching(self, parts: list[str], node: exp.Expression) -> Column | None:
        """The column of that (qualified) name in this scope alone."""
        *prefix, name = parts
        found = [
            column
            for column in self.columns
            if column.name.lower() == name
            and (column.relation[-len(prefix) :] == tuple(prefix) if prefix else not column.only_qualified)
        ]
        if len(found) > 1:
            raise QueryError("AMBIGUOUS_NAME", f"Column '{'.'.join(parts)}' is ambiguous", node)
        if found:
            note_use(found[0])
        return found[0] if found else None


def note_use(column: Column) -> None:
    """Record that a stored column is read: bytes scanned are those of the columns read."""
    if column.table is not None:
        column.table.columns.add(column.name.lower())


def dereference(value: Typed, fields: list[str], node: exp.Expression) -> Typed:
    """A field of a row, and so on inwards.

    Raises:
        QueryError: there is no such field.
    """
    for name in fields:
        if value.type.name != "row":
            raise QueryError("TYPE_MISMATCH", f"Expression {node.sql()} is not of type ROW", node)
        found = [(n, t) for n, t in value.type.fields if n.lower() == name]
        if not found:
            raise QueryError("COLUMN_NOT_FOUND", f"Column '{node.sql()}' cannot be resolved", node)
        value = Typed(f"struct_extract({value.sql}, {literal(found[0][0])})", found[0][1])
    return value


def literal(text: str) -> str:
    """A string literal for DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def column_sql(alias: str, name: str, type_: Type) -> Typed:
    """A column under a generated alias."""
    return Typed(f"{alias}.{quote(name)}", type_)
