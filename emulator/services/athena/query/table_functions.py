# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""Relations that functions make: TABLE(sequence(..)), TABLE(exclude_columns(..)), and samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena.casts import coerce
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.query import from_clause
from emulator.services.athena.query.relation import Columns
from emulator.services.athena.scope import Scope
from emulator.services.athena.types import BIGINT

if TYPE_CHECKING:
    from emulator.services.athena.query.compiler import Compiler


def query(compiler: Compiler, node: Any, outer: Scope | None) -> tuple[str, Columns]:
    """``TABLE(function(..))``.

    Raises:
        QueryError: FUNCTION_NOT_FOUND, or what the arguments raise.
    """
    call = node.expressions[0] if node.name.lower() == "table" and node.expressions else node
    if not isinstance(call, exp.Anonymous):
        raise not_supported(f"Unsupported relation: {node.sql()[:200]}", node)
    name = call.name.lower()
    if name == "sequence":
        return _sequence(compiler, _arguments(call, ("start", "stop", "step")), outer, call)
    if name == "exclude_columns":
        return _exclude_columns(compiler, _arguments(call, ("input", "columns")), outer)
    raise QueryError("FUNCTION_NOT_FOUND", f"Table function '{name}' not registered", call)


def _arguments(call: Any, names: tuple[str, ...]) -> dict[str, Any]:
    given = {}
    for place, argument in enumerate(call.expressions):
        if isinstance(argument, exp.Kwarg):
            given[argument.this.name.lower()] = argument.expression
        elif place < len(names):
            given[names[place]] = argument
    if len(given) != len(call.expressions) or not set(given) <= set(names):
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"Unexpected arguments of table function {call.name}", call)
    return given


def _sequence(compiler: Compiler, given: dict[str, Any], outer: Scope | None, call: Any) -> tuple[str, Columns]:
    expressions = compiler.expressions(Scope((), outer))
    defaults = {"start": exp.Literal.number(0), "step": exp.Literal.number(1)}
    missing = {"stop"} - given.keys()
    if missing:
        raise QueryError("MISSING_ARGUMENT", "Missing argument: STOP", call)
    values = {name: coerce(expressions.compile(node), BIGINT).sql for name, node in {**defaults, **given}.items()}
    end = f"{values['stop']} + CASE WHEN {values['step']} > 0 THEN 1 ELSE -1 END"
    sql = f'SELECT unnest(range({values["start"]}, {end}, {values["step"]})) AS "c0"'
    return sql, [("sequential_number", BIGINT)]


def _exclude_columns(compiler: Compiler, given: dict[str, Any], outer: Scope | None) -> tuple[str, Columns]:
    source = given["input"].expressions[0]
    table = exp.Table(this=source.this, db=source.args.get("table"), catalog=source.args.get("db"))
    sql, columns = from_clause.relation(compiler, table, outer, [])
    excluded = {column.name.lower() for column in given["columns"].expressions}
    unknown = excluded - {column.name for column in columns}
    if unknown:
        raise QueryError("COLUMN_NOT_FOUND", f"Excluded columns: [{', '.join(sorted(unknown))}] not present", source)
    kept = [column for column in columns if column.name not in excluded and not column.hidden]
    listed = ", ".join(f'{column.value.sql} AS "c{place}"' for place, column in enumerate(kept))
    return f"SELECT {listed} FROM {sql}", [(column.name, column.value.type) for column in kept]


def sample(node: Any) -> str:
    """The SQL of TABLESAMPLE.

    Raises:
        QueryError: NOT_SUPPORTED, or a percentage that is none.
    """
    found = node.args.get("sample")
    if found is None:
        return ""
    method, percent = found.args.get("method"), found.args.get("percent")
    if method is None or method.name.upper() not in ("BERNOULLI", "SYSTEM") or not isinstance(percent, exp.Literal):
        raise not_supported(f"Unsupported sample: {found.sql()}", node)
    if not 0 <= float(percent.this) <= 100:
        raise QueryError("INVALID_ARGUMENTS", "Sample percentage must be between 0 and 100", node)
    return f" TABLESAMPLE {method.name.upper()} ({float(percent.this)} PERCENT)"
