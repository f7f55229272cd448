"""GROUP BY, with GROUPING SETS, ROLLUP and CUBE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena.errors import not_supported
from emulator.services.athena.expressions.compiler import Expressions
from emulator.services.athena.query import ordering
from emulator.services.athena.scope import Column

if TYPE_CHECKING:
    pass


def group_by(node: Any, expressions: Expressions, outputs: Sequence[Column]) -> str:
    """The SQL of GROUP BY; an ordinal means an output."""
    group = node.args.get("group")
    if group is None:
        return ""
    if group.args.get("all"):
        raise not_supported("GROUP BY ALL", group)

    terms = [
        _group_term(part, expressions, outputs)
        for key in ("expressions", "grouping_sets", "rollup", "cube")
        for part in group.args.get(key) or []
    ]
    return f" GROUP BY {', '.join(terms)}"


def _group_term(part: Any, expressions: Expressions, outputs: Sequence[Column]) -> str:
    """A term of GROUP BY: an expression, an ordinal, or sets of them."""
    if isinstance(part, (exp.GroupingSets, exp.Rollup, exp.Cube)):
        word = "GROUPING SETS" if isinstance(part, exp.GroupingSets) else part.key.upper()
        return f"{word} ({', '.join(_group_set(inner, expressions, outputs) for inner in part.expressions)})"
    if isinstance(part, exp.Literal) and not part.is_string:
        return ordering.ordinal(part, outputs, "GROUP BY").value.sql
    return expressions.compile(part).sql


def _group_set(part: Any, expressions: Expressions, outputs: Sequence[Column]) -> str:
    if isinstance(part, (exp.Paren, exp.Tuple)):
        inner = part.expressions if isinstance(part, exp.Tuple) else [part.this]
        return f"({', '.join(_group_term(term, expressions, outputs) for term in inner)})"
    return _group_term(part, expressions, outputs)
