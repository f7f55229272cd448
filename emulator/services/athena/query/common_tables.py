"""WITH, also RECURSIVE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena.errors import not_supported
from emulator.services.athena.query.relation import Columns, with_names, with_types
from emulator.services.athena.scope import Scope

if TYPE_CHECKING:
    from emulator.services.athena.query.compiler import Compiler


def with_clause(compiler: Compiler, with_: Any, outer: Scope | None) -> str:
    """The SQL of WITH; its names are put in `compiler.ctes`."""
    parts = []
    for cte in with_.expressions:
        name = cte.alias.lower()
        names = [column.name for column in cte.args["alias"].args.get("columns") or []]
        physical = f"w{next(compiler.numbers)}"
        if with_.args.get("recursive") and _mentions(cte.this, name):
            sql, columns = _recursive(compiler, cte.this, name, physical, names, outer)
        else:
            sql, columns = compiler.query(cte.this, outer)
        compiler.ctes[name] = (physical, with_names(columns, names, cte))
        labels = ", ".join(f"c{index}" for index in range(len(columns)))
        parts.append(f"{physical}({labels}) AS ({sql})")
    return f"WITH {'RECURSIVE ' if with_.args.get('recursive') else ''}{', '.join(parts)} "


def _recursive(
    compiler: Compiler, node: Any, name: str, physical: str, names: list[str], outer: Scope | None
) -> tuple[str, Columns]:
    if not isinstance(node, exp.Union):
        raise not_supported("a recursive WITH that is not a UNION", node)
    base, columns = compiler.query(node.this, outer)
    compiler.ctes[name] = (physical, with_names(columns, names, node))
    step, stepped = compiler.query(node.expression, outer)
    typed = with_types(step, stepped, columns)
    word = "UNION" if node.args.get("distinct") else "UNION ALL"
    return f"{base} {word} {typed}", columns


def _mentions(node: exp.Expression, name: str) -> bool:
    return any(table.name.lower() == name and not table.db for table in node.find_all(exp.Table))
