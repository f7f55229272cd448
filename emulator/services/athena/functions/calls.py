"""A function call: which function its name means, and the DuckDB expression that computes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from emulator.services.athena.casts import Typed
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.functions import aggregates, forms, overloads, templates
from emulator.services.athena.functions.tables import AGGREGATES, REFUSED, SCALARS, WINDOWS

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def call(self: Expressions, name: str, nodes: Sequence[exp.Expression], node: exp.Expression) -> Typed:
    """A call of a scalar or aggregate function, without FILTER or OVER.

    Raises:
        QueryError: FUNCTION_NOT_FOUND, or what its arguments raise.
    """
    if name in forms.FORMS:
        found = forms.FORMS[name](self, list(nodes), node)
        if found is not None:
            return found
    if name in SCALARS:
        return scalar(self, name, nodes, node)
    if name in AGGREGATES:
        return aggregates.aggregate(self, name, nodes, node, "")
    if name in WINDOWS:
        raise QueryError("MISSING_OVER", f"Window function {name} requires an OVER clause", node)
    if name in REFUSED:
        raise not_supported(f"Function {name}", node)
    raise QueryError("FUNCTION_NOT_FOUND", f"Function '{name}' not registered", node)


def scalar(self: Expressions, name: str, nodes: Sequence[exp.Expression], node: exp.Expression) -> Typed:
    """A call of a function of the scalar tables."""
    overload, values, bound = overloads.choose(self, name, nodes, SCALARS[name], node)
    wanted = overloads.returned(overload.returns, values, bound)
    return Typed(f"({templates.fill(overload.template, values, wanted, {})})", wanted)
