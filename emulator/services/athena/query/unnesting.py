# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""UNNEST of arrays and maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena.casts import Typed
from emulator.services.athena.errors import QueryError
from emulator.services.athena.query.relation import Columns, Relation, alias_of, with_names
from emulator.services.athena.scope import Column, Scope, literal
from emulator.services.athena.types import BIGINT, Type

if TYPE_CHECKING:
    from emulator.services.athena.query.compiler import Compiler


def unnest(compiler: Compiler, node: Any, scope: Scope) -> Relation:
    """UNNEST, also WITH ORDINALITY."""
    expressions = compiler.expressions(scope)
    alias = f"t{next(compiler.numbers)}"
    values = [expressions.compile(value) for value in node.expressions]
    arrays, made = _unnested(values, node)
    inner = [f'unnest({array}) AS "a{index}"' for index, array in enumerate(arrays)]
    if node.args.get("offset"):
        lengths = ", ".join(f"coalesce(len({array}), 0)" for array in arrays)
        inner.append(f'unnest(range(1, greatest({lengths}) + 1)) AS "n"')
        made.append(('"n"', BIGINT, "ordinality"))
    fields = ", ".join(f'{sql} AS "c{index}"' for index, (sql, _, _) in enumerate(made))
    columns: Columns = [(field or f"_col{index}", type_) for index, (_, type_, field) in enumerate(made)]
    name, names = alias_of(node)
    offset = node.args.get("offset")
    if isinstance(offset, exp.Identifier):
        names = [*names, offset.name]
    columns = with_names(columns, names, node)
    found = [Column(n, Typed(f'{alias}."c{i}"', t), (name,) if name else ()) for i, (n, t) in enumerate(columns)]
    return f"LATERAL (SELECT {fields} FROM (SELECT {', '.join(inner)}) AS _u) AS {alias}", found


def _unnested(values: Sequence[Typed], node: Any) -> tuple[list[str], list[tuple[str, Type, str | None]]]:
    """The arrays to unnest, and the SQL, the type and a row's field of each column that comes of them."""
    arrays: list[str] = []
    made: list[tuple[str, Type, str | None]] = []
    for value in values:
        if value.type.name == "map":
            for function, type_ in zip(("map_keys", "map_values"), value.type.arguments, strict=True):
                made.append((f'"a{len(arrays)}"', type_, None))
                arrays.append(f"{function}({value.sql})")
        elif value.type.name == "array":
            element = value.type.arguments[0]
            source = f'"a{len(arrays)}"'
            arrays.append(value.sql)
            if element.name == "row":
                named = zip(element.fields, element.names, strict=True)
                made += [(f"struct_extract({source}, {literal(n)})", t, field) for (n, t), field in named]
            else:
                made.append((source, element, None))
        else:
            raise QueryError("TYPE_MISMATCH", f"Cannot unnest type: {value.type}", node)
    return arrays, made
