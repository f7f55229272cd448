"""json_exists, json_value, json_query, json_object and json_array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.services.athena import casts, json_casts, types
from emulator.services.athena.casts import Typed, cast, coerce
from emulator.services.athena.errors import QueryError, failure, not_supported
from emulator.services.athena.expressions.json_syntax import FormattedJson, JsonCall, JsonMake
from emulator.services.athena.host_functions import json_path_syntax
from emulator.services.athena.scope import literal
from emulator.services.athena.types import BOOLEAN, JSON, VARCHAR, Type, duckdb_type

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def formatted(self: Expressions, node: Any) -> Typed:
    """``value FORMAT JSON``: its text is JSON already."""
    return Typed(f"trino_json_compact({coerce(self.compile(node.this), VARCHAR).sql})", JSON)


def path_call(self: Expressions, node: Any) -> Typed:
    """json_exists, json_value or json_query.

    Raises:
        QueryError: INVALID_PATH, or what the arguments raise.
    """
    source, path = node.expressions
    _check(path)
    value = self.compile(source)
    if value.type.name == "varbinary":
        value = Typed(f"trino_decode_utf8({value.sql}, '')", VARCHAR)
    text = value.sql if value.type == JSON else coerce(value, VARCHAR).sql
    arguments = f"{text}, {literal(path.this)}, {_passed(self, node)}"
    if node.name == "json_exists":
        return Typed(f"trino_json_exists({arguments}, '{node.args.get('on_error') or 'FALSE'}')", BOOLEAN)
    if node.name == "json_query":
        return _query(node, arguments)
    return _value(self, node, arguments)


def _check(path: Any) -> None:
    if not getattr(path, "is_string", False):
        raise not_supported("a JSON path that is not a literal", path)
    try:
        json_path_syntax.parse(path.this)
    except ValueError as error:
        raise QueryError("INVALID_PATH", f"Cannot parse path: {error}", path) from None


def _passed(self: Expressions, node: Any) -> str:
    members = [
        f"{literal(_member(item.alias))} || coalesce({_as_json(self, item.this)}, 'null')"
        for item in node.args.get("passing") or []
    ]
    return "'{' || " + " || ',' || ".join(members) + " || '}'" if members else "'{}'"


def _member(name: str) -> str:
    """A member's key as JSON, with its colon."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '":'


def _as_json(self: Expressions, node: Any) -> str:
    """A value as JSON text; what is JSON by its form is taken as it is."""
    value = self.compile(node)
    if isinstance(node, (FormattedJson, JsonMake)) or (isinstance(node, JsonCall) and node.name == "json_query"):
        return value.sql
    return cast(value, JSON).sql


def _query(node: Any, arguments: str) -> Typed:
    words = [
        node.args.get("wrapper") or "WITHOUT", node.args.get("quotes") or "KEEP",
        node.args.get("on_empty") or "NULL", node.args.get("on_error") or "NULL",
    ]  # fmt: skip
    sql = f"trino_json_query({arguments}, {', '.join(map(literal, words))})"
    return _returning(sql, node)


def _returning(sql: str, node: Any) -> Typed:
    to = _type(node)
    if to.name not in ("varchar", "char"):
        raise not_supported(f"RETURNING {to} in {node.name}", node)
    return cast(Typed(sql, VARCHAR), to)


def _type(node: Any) -> Type:
    returning = node.args.get("returning")
    return VARCHAR if returning is None else types.parse(returning.sql(dialect="trino"))


def _value(self: Expressions, node: Any, arguments: str) -> Typed:
    to = _type(node)
    outcome = f"trino_json_value({arguments})"
    text = f"struct_extract({outcome}, 'text')"
    if json_casts.is_scalar_target(to):
        converted = f"TRY({casts.json_scalar(text, to, safe=True)})"
    else:
        converted = cast(Typed(text, VARCHAR), to, safe=True).sql
    empty, error = (_instead(self, node, when, to) for when in ("empty", "error"))
    branches = (
        f"WHEN 'empty' THEN {empty} WHEN 'error' THEN {error} "
        f"ELSE CASE WHEN {text} IS NOT NULL AND ({converted}) IS NULL THEN {error} ELSE {converted} END"
    )
    return Typed(f"(CASE struct_extract({outcome}, 'outcome') {branches} END)", to)


def _instead(self: Expressions, node: Any, when: str, to: Type) -> str:
    """What stands for nothing found, or for an error."""
    word = node.args.get(f"on_{when}") or "NULL"
    if word == "DEFAULT":
        return coerce(self.compile(node.args[when]), to).sql
    if word == "ERROR":
        code = "JSON_VALUE_RESULT_ERROR"
        return failure(code, f"'cannot extract SQL scalar from JSON: {when}'", duckdb_type(to))
    return casts.null(to)


def make(self: Expressions, node: Any) -> Typed:
    """json_object or json_array.

    Raises:
        QueryError: NOT_SUPPORTED.
    """
    if node.args.get("unique"):
        raise not_supported("WITH UNIQUE KEYS", node)
    is_object = node.name == "json_object"
    absent = (node.args.get("nulls") or ("NULL" if is_object else "ABSENT")) == "ABSENT"
    parts = []
    for place, item in enumerate(node.expressions):
        value = _as_json(self, item)
        value = value if absent else f"coalesce({value}, 'null')"
        parts.append(f"{_key(self, node.args['keys'][place])} || {value}" if is_object else value)
    opening, closing = "{}" if is_object else "[]"
    inside = f"array_to_string(list_filter([{', '.join(parts)}], lambda _j: _j IS NOT NULL), ',')" if parts else "''"
    return _returning(f"('{opening}' || {inside} || '{closing}')", node)


def _key(self: Expressions, node: Any) -> str:
    key = coerce(self.compile(node), VARCHAR).sql
    missing = failure("INVALID_FUNCTION_ARGUMENT", "'null value passed for JSON object key'", "VARCHAR")
    return f"coalesce(trino_json_string({key}) || ':', {missing})"
