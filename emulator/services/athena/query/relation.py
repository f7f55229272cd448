# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""What a relation is to the compiler, and renaming and casting its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena.casts import Typed, cast
from emulator.services.athena.errors import QueryError
from emulator.services.athena.scope import Column
from emulator.services.athena.types import Type

if TYPE_CHECKING:
    pass


Columns = list[tuple[str, Type]]
Relation = tuple[str, list[Column]]


@dataclass(frozen=True)
class StoredTable:
    """What the catalog knows of a table or view before any file is looked at.

    A view has `view`: its SQL and the database in which its names are looked up.
    """

    database: str
    name: str
    columns: Columns
    partitions: frozenset[str] = frozenset()
    view: tuple[exp.Expression, str] | None = None


def alias_of(node: Any) -> tuple[str, list[str]]:
    """The alias of a relation and those of its columns; empty where it has none."""
    alias = node.args.get("alias")
    if alias is None:
        return "", []
    if isinstance(alias, exp.TableAlias):
        return (alias.this.name.lower() if alias.this else ""), [column.name.lower() for column in alias.columns]
    return alias.name.lower(), []


def with_alias(node: Any, name: str) -> exp.Expression:
    """Something with the node's alias, or with `name` as its alias."""
    if node.args.get("alias") is not None:
        return node  # type: ignore[no-any-return]
    return exp.Subquery(alias=exp.TableAlias(this=exp.to_identifier(name)))


def with_names(columns: Columns, names: Sequence[str], node: Any) -> Columns:
    """The columns under other names.

    Raises:
        QueryError: MISMATCHED_COLUMN_ALIASES.
    """
    if not names:
        return columns
    if len(names) != len(columns):
        raise QueryError(
            "MISMATCHED_COLUMN_ALIASES",
            f"Column alias list has {len(names)} entries but relation has {len(columns)} columns",
            node,
        )
    return [(name.lower(), type_) for name, (_, type_) in zip(names, columns, strict=True)]


def with_types(sql: str, columns: Columns, wanted: Columns) -> str:
    """A relation with its columns cast to other types."""
    parts = []
    for index, ((_, from_), (_, to)) in enumerate(zip(columns, wanted, strict=True)):
        label = f'"c{index}"'
        parts.append(f"{cast(Typed(f'_k.{label}', from_), to).sql} AS {label}")
    return f"(SELECT {', '.join(parts)} FROM ({sql}) AS _k)"
