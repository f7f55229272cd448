"""Functions that turn values of any type into text, and text into dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena.casts import Typed, cast, coerce
from emulator.services.athena.errors import QueryError
from emulator.services.athena.scope import literal
from emulator.services.athena.types import DATE, VARCHAR

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def format_(self: Expressions, nodes: list[Any], node: Any) -> Typed:
    """``format(pattern, values...)``: each value goes as text, with its type."""
    pattern, *values = [self.compile(n) for n in nodes]
    if not values:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", "There must be two or more arguments to function format", node)
    as_it_is = isinstance(nodes[0], exp.Literal) and nodes[0].name == "%s" and len(values) == 1
    if as_it_is and values[0].type.name == "double":  # without calling the formatter for every row
        return Typed(f"coalesce({_as_text(values[0])}, 'null')", VARCHAR)
    texts = ", ".join(_as_text(value) for value in values)
    kinds = ", ".join(literal(str(value.type)) for value in values)
    return Typed(f"trino_format({coerce(pattern, VARCHAR).sql}, [{texts}], [{kinds}])", VARCHAR)


def _as_text(value: Typed) -> str:
    """What Java's toString gives, but for moments, which the formatter takes apart."""
    if value.type.name == "double":
        # Between these, DuckDB's text is Java's; the host function is called for the others alone.
        plain = f"({value.sql}) = 0 OR abs({value.sql}) BETWEEN 1e-3 AND 9999999e0"
        return f"CASE WHEN {plain} THEN CAST({value.sql} AS VARCHAR) ELSE trino_double_text({value.sql}) END"
    if value.type.name == "real":
        return f"trino_real_text({value.sql})"
    if value.type.name in ("array", "map", "row", "json"):
        return f"CAST({cast(value, VARCHAR).sql if value.type.name == 'json' else value.sql} AS VARCHAR)"
    return cast(value, VARCHAR).sql


def normalize(self: Expressions, nodes: list[Any], node: Any) -> Typed:
    """``normalize(text, form)``; the form is a word."""
    form = nodes[1].name.upper() if len(nodes) == 2 and isinstance(nodes[1], exp.Column) else "NFC"
    if len(nodes) > 2 or form not in ("NFC", "NFD", "NFKC", "NFKD"):
        raise QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters for function normalize: {form}", node)
    text = coerce(self.compile(nodes[0]), VARCHAR)
    return Typed(f"trino_normalize({text.sql}, {literal(form)})", VARCHAR)


def date(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    """``date(value)``: a cast."""
    return cast(self.compile(nodes[0]), DATE)
