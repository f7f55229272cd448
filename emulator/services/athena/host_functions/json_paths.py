"""json_exists, json_value and json_query: what becomes of the items that a path finds."""

from __future__ import annotations

from emulator.services.athena.host_functions.failures import failure
from emulator.services.athena.host_functions.json_path_evaluation import evaluate
from emulator.services.athena.host_functions.json_path_syntax import PathError
from emulator.services.athena.host_functions.json_text import dump


def _error(problem: str) -> ValueError:
    return failure("PATH_EVALUATION_ERROR", f"path evaluation failed: {problem}")


def exists(text: str, path: str, passed: str, on_error: str) -> bool | None:
    """json_exists; `on_error` is TRUE, FALSE, UNKNOWN or ERROR."""
    try:
        return bool(evaluate(text, path, passed))
    except PathError as error:
        if on_error == "ERROR":
            raise _error(str(error)) from None
        return {"TRUE": True, "FALSE": False}.get(on_error)


def value(text: str, path: str, passed: str) -> dict[str, str | None]:
    """json_value's outcome: `value`, `empty` or `error`, and the scalar's text or what went wrong."""
    try:
        items = evaluate(text, path, passed)
    except PathError as error:
        return {"outcome": "error", "text": str(error)}
    if not items:
        return {"outcome": "empty", "text": None}
    item = items[0]
    if len(items) > 1 or isinstance(item, (dict, list)):
        return {"outcome": "error", "text": "JSON path found no single scalar item"}
    shown = None if item is None else item if isinstance(item, str) else dump(item)
    return {"outcome": "value", "text": shown}


_INSTEAD = {"NULL": None, "EMPTY ARRAY": "[]", "EMPTY OBJECT": "{}"}


def query(text: str, path: str, passed: str, wrapper: str, quotes: str, on_empty: str, on_error: str) -> str | None:
    """json_query; `wrapper` is WITHOUT, CONDITIONAL or UNCONDITIONAL, `quotes` KEEP or OMIT."""
    try:
        items = evaluate(text, path, passed)
    except PathError as error:
        if on_error == "ERROR":
            raise _error(str(error)) from None
        return _INSTEAD[on_error]
    if not items:
        if on_empty == "ERROR":
            raise failure("JSON_OUTPUT_CONVERSION_ERROR", "JSON path found no items")
        return _INSTEAD[on_empty]
    single = len(items) == 1
    if wrapper == "UNCONDITIONAL" or (wrapper == "CONDITIONAL" and not (single and isinstance(items[0], (dict, list)))):
        return dump(items, ordered=False)
    if not single:
        if on_error == "ERROR":
            raise failure("JSON_OUTPUT_CONVERSION_ERROR", "JSON path found multiple items")
        return _INSTEAD[on_error]
    item = items[0]
    return item if quotes == "OMIT" and isinstance(item, str) else dump(item, ordered=False)


_INPUT = ["VARCHAR", "VARCHAR", "VARCHAR"]
FUNCTIONS = (
    ("trino_json_exists", exists, [*_INPUT, "VARCHAR"], "BOOLEAN"),
    ("trino_json_value", value, _INPUT, "STRUCT(outcome VARCHAR, text VARCHAR)"),
    ("trino_json_query", query, [*_INPUT, *["VARCHAR"] * 4], "VARCHAR"),
)
