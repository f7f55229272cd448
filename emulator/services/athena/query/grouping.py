"""GROUP BY, with GROUPING SETS, ROLLUP and CUBE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from emulator.services.athena.errors import not_supported
from emulator.services.athena.expressions.compiler import Expressions
from emulator.services.athena.query import aggregation, ordering
from emulator.services.athena.scope import Column


def group_by(node: Any, expressions: Expressions, outputs: Sequence[Column]) -> tuple[str, list[str] | None]:
    """The SQL of GROUP BY, and the terms by which it groups; an ordinal means an output.

    Raises:
        QueryError: EXPRESSION_NOT_SCALAR, an aggregate among the terms.
    """
    group = node.args.get("group")
    if group is None:
        return "", None
    if group.args.get("all"):
        raise not_supported("GROUP BY ALL", group)
    terms: list[str] = []
    clauses = [
        _group_term(part, expressions, outputs, terms)
        for key in ("expressions", "grouping_sets", "rollup", "cube")
        for part in group.args.get(key) or []
    ]
    return f" GROUP BY {', '.join(clauses)}", terms


def _group_term(part: Any, expressions: Expressions, outputs: Sequence[Column], terms: list[str]) -> str:
    """A term of GROUP BY: an expression, an ordinal, several in parentheses, or sets of them."""
    if isinstance(part, (exp.GroupingSets, exp.Rollup, exp.Cube)):
        word = "GROUPING SETS" if isinstance(part, exp.GroupingSets) else part.key.upper()
        if not part.expressions:
            raise not_supported(f"WITH {word}", part)
        sets = (_group_set(inner, expressions, outputs, terms) for inner in part.expressions)
        return f"{word} ({', '.join(sets)})"
    if isinstance(part, exp.Tuple) and part.expressions:
        return ", ".join(_group_term(inner, expressions, outputs, terms) for inner in part.expressions)
    if isinstance(part, exp.Tuple):
        return "()"
    if isinstance(part, exp.Paren):
        return _group_term(part.this, expressions, outputs, terms)
    if isinstance(part, exp.Literal) and not part.is_string:
        terms.append(ordering.ordinal(part, outputs, "GROUP BY").value.sql)
    else:
        aggregation.forbid(part, "GROUP BY clause")
        terms.append(expressions.compile(part).sql)
    return terms[-1]


def _group_set(part: Any, expressions: Expressions, outputs: Sequence[Column], terms: list[str]) -> str:
    if isinstance(part, (exp.Paren, exp.Tuple)):
        inner = part.expressions if isinstance(part, exp.Tuple) else [part.this]
        return f"({', '.join(_group_term(term, expressions, outputs, terms) for term in inner)})"
    return _group_term(part, expressions, outputs, terms)
