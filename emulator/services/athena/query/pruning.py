"""Which conditions of a WHERE choose partitions, and which can be held against the statistics of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import coerce
from emulator.services.athena.errors import QueryError
from emulator.services.athena.scope import Column, Condition, Scope, TableUse

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions
    from emulator.services.athena.query.compiler import Compiler

_OPERATORS: dict[type[exp.Expression], str] = {exp.EQ: "=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_TURNED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
# What a constant is made of.
_CONSTANT = (exp.Literal, exp.Neg, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Paren, exp.Boolean, exp.Tuple)


def prune(compiler: Compiler, condition: exp.Expression, visible: Sequence[Column]) -> None:
    """Hand each table the conjuncts over its partition columns alone, and its columns' comparisons with constants."""
    for table in {c.table for c in visible if c.table is not None and not c.optional}:
        own = tuple(c for c in visible if c.table is table)
        for conjunct in _conjuncts(condition):
            _choose_partitions(compiler, conjunct, table, tuple(c for c in own if c.is_partition))
            table.conditions += _conditions(compiler.expressions(Scope(own, None)), conjunct)


def _choose_partitions(compiler: Compiler, conjunct: exp.Expression, table: TableUse, keys: tuple[Column, ...]) -> None:
    if not keys or conjunct.find(exp.Column) is None or conjunct.find(exp.Query) is not None:
        return
    try:
        table.pruning.append(compiler.expressions(Scope(keys, None)).boolean(conjunct))
    except QueryError:
        return  # it needs other columns, and stays where it is
    table.values |= _bound(conjunct)


def _bound(node: exp.Expression) -> dict[str, frozenset[str]]:
    """The texts that ``column = 'text'`` or ``column IN ('text', ...)`` allow."""
    for column, operator, constants in _comparisons(node):
        if operator == "=" and all(isinstance(constant, exp.Literal) for constant in constants):
            return {column.name.lower(): frozenset(constant.name for constant in constants)}
    return {}


def _conditions(expressions: Expressions, node: exp.Expression) -> Iterator[Condition]:
    for column, operator, constants in _comparisons(node):
        try:
            found = expressions.scope.matching([part.name.lower() for part in column.parts], column)
            values = [expressions.compile(constant) for constant in constants]
        except QueryError:
            continue
        if found is None or found.hidden:
            continue
        type_ = found.value.type
        if all(types.common(value.type, type_) == type_ for value in values):
            yield Condition(found.name.lower(), operator, tuple(coerce(value, type_).sql for value in values))


def _comparisons(node: exp.Expression) -> Iterator[tuple[exp.Column, str, Sequence[exp.Expression]]]:
    """A column, an operator and constants, where a conjunct is made of these."""
    if isinstance(node, exp.Between) and not node.args.get("symmetric"):
        yield from _comparison(node.this, ">=", [node.args["low"]])
        yield from _comparison(node.this, "<=", [node.args["high"]])
    elif isinstance(node, exp.In) and node.expressions:
        yield from _comparison(node.this, "=", node.expressions)
    elif type(node) in _OPERATORS:
        operator = _OPERATORS[type(node)]
        yield from _comparison(node.this, operator, [node.expression])
        yield from _comparison(node.expression, _TURNED[operator], [node.this])


def _comparison(
    column: exp.Expression, operator: str, constants: Sequence[exp.Expression]
) -> Iterator[tuple[exp.Column, str, Sequence[exp.Expression]]]:
    if isinstance(column, exp.Column) and all(_is_constant(constant) for constant in constants):
        yield column, operator, constants


def _is_constant(node: exp.Expression) -> bool:
    return all(isinstance(inner, _CONSTANT) for inner in node.walk())


def _conjuncts(node: exp.Expression) -> Iterator[exp.Expression]:
    if isinstance(node, exp.And):
        yield from _conjuncts(node.this)
        yield from _conjuncts(node.expression)
    elif isinstance(node, exp.Paren):
        yield from _conjuncts(node.this)
    else:
        yield node
