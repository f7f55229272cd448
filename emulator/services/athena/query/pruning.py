"""Which conditions of a WHERE choose partitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from emulator.services.athena.errors import QueryError
from emulator.services.athena.scope import Column, Scope

if TYPE_CHECKING:
    from emulator.services.athena.query.compiler import Compiler


def prune(compiler: Compiler, condition: exp.Expression, visible: Sequence[Column]) -> None:
    """Hand each table the conjuncts over its partition columns alone."""
    for table in {c.table for c in visible if c.table is not None and c.is_partition}:
        own = tuple(c for c in visible if c.table is table and c.is_partition)
        expressions = compiler.expressions(Scope(own, None))
        for conjunct in _conjuncts(condition):
            if conjunct.find(exp.Column) is None or conjunct.find(exp.Query) is not None:
                continue
            try:
                table.pruning.append(expressions.boolean(conjunct))
            except QueryError:
                continue  # it needs other columns, and stays where it is
            table.values |= _bound(conjunct)


def _bound(node: exp.Expression) -> dict[str, frozenset[str]]:
    """The texts that ``column = 'text'`` or ``column IN ('text', ...)`` allow."""
    if isinstance(node, exp.EQ):
        column, texts = (
            (node.this, [node.expression]) if isinstance(node.this, exp.Column) else (node.expression, [node.this])
        )
    elif isinstance(node, exp.In):
        column, texts = node.this, node.expressions
    else:
        return {}
    if not isinstance(column, exp.Column) or not texts or not all(isinstance(t, exp.Literal) for t in texts):
        return {}
    return {column.name.lower(): frozenset(text.name for text in texts)}


def _conjuncts(node: exp.Expression) -> Iterator[exp.Expression]:
    if isinstance(node, exp.And):
        yield from _conjuncts(node.this)
        yield from _conjuncts(node.expression)
    elif isinstance(node, exp.Paren):
        yield from _conjuncts(node.this)
    else:
        yield node
