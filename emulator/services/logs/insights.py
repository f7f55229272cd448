"""CloudWatch Logs Insights: what a query finds in log events."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.services.logs.insights_expressions import Aggregate, Expression, Reader
from emulator.services.logs.insights_functions import QueryError, Time, number, text
from emulator.services.logs.insights_tokens import Token, regular_expression, tokens, unquoted

Rows = list[dict[str, Any]]
_LIMIT = 10_000
_REPORT = re.compile(
    r"(?P<type>REPORT|START|END) RequestId: (?P<requestId>[\w-]+)(?:\s+Duration: (?P<duration>[\d.]+) ms)?"
    r"(?:\s+Billed Duration: (?P<billedDuration>[\d.]+) ms)?(?:\s+Memory Size: (?P<memorySize>\d+) MB)?"
    r"(?:\s+Max Memory Used: (?P<maxMemoryUsed>\d+) MB)?(?:\s+Init Duration: (?P<initDuration>[\d.]+) ms)?"
)
_MEGABYTES = ("memorySize", "maxMemoryUsed")


@dataclass
class Query:
    """The commands of a query, in order. `shown` are the fields of the result, empty those that are there anyway."""

    steps: list[Callable[[Rows], Rows]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    aggregated_at: int | None = None  # the first step that makes rows of groups
    limited: int = _LIMIT


def parse(source: str) -> Query:
    """Read a query.

    Raises:
        QueryError: the syntax is wrong, or a command or function is not supported here.
    """
    query = Query()
    for command in _commands(tokens(source)):
        reader = Reader(source, command)
        name = reader.take().value.lower()
        if name not in _COMMANDS:
            raise QueryError(f"the command {name} is not supported by this emulator")
        _COMMANDS[name](query, reader)
        reader.end()
    if not query.steps and not query.shown:
        raise QueryError("the query has no command")
    return query


def _commands(found: list[Token]) -> Iterator[list[Token]]:
    command: list[Token] = []
    for token in found:
        if token.value == "|" and token.kind == "sign":
            yield command
            command = []
        else:
            command.append(token)
    if command:
        yield command


def run(query: Query, events: Iterable[Mapping[str, Any]]) -> tuple[list[list[dict[str, str]]], int]:
    """The rows of a result as GetQueryResults tells them, and how many events matched.

    Args:
        query: the query.
        events: ``@timestamp`` (milliseconds), ``@message`` and what else is known of each.
    """
    rows: Rows = [{**_discovered(event), **event, "@timestamp": Time(event["@timestamp"])} for event in events]
    aggregated = query.aggregated_at is not None
    rows.sort(key=lambda row: row["@timestamp"], reverse=not aggregated)
    matched = len(rows)
    for index, step in enumerate(query.steps):
        rows = step(rows)
        if query.aggregated_at is None or index < query.aggregated_at:
            matched = len(rows)
    shown = query.shown or ["@timestamp", "@message"]
    result = []
    for row in rows[: query.limited]:
        cells = [{"field": name, "value": text(row[name])} for name in shown if row.get(name) is not None]
        result.append(cells if aggregated else [*cells, {"field": "@ptr", "value": str(row["@ptr"])}])
    return result, matched


def _discovered(event: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in a message: of JSON, and of Lambda's own lines."""
    message = event["@message"]
    if message.lstrip().startswith("{"):
        try:
            return dict(_flat(json.loads(message), ""))
        except ValueError:
            return {}
    found = _REPORT.match(message)
    if found is None:
        return {}
    told: dict[str, Any] = {f"@{name}": value for name, value in found.groupdict().items() if value is not None}
    return {**told, **{f"@{name}": float(told[f"@{name}"]) * 1e6 for name in _MEGABYTES if f"@{name}" in told}}


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{path}.{index}")
    elif value is not None:
        yield path, float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _named(reader: Reader) -> list[tuple[str, Expression]]:
    found = []
    while True:
        expression = reader.expression()
        found.append((reader.alias(expression.written.strip("`")), expression))
        if not reader.accept(","):
            return found


def _fields(query: Query, reader: Reader) -> None:
    computed = _named(reader)
    query.steps.append(lambda rows: [{**row, **{name: each.compute(row) for name, each in computed}} for row in rows])
    query.shown += [name for name, _ in computed if name not in query.shown]


def _display(query: Query, reader: Reader) -> None:
    query.shown.clear()
    _fields(query, reader)


def _filter(query: Query, reader: Reader) -> None:
    condition = reader.expression()
    query.steps.append(lambda rows: [row for row in rows if condition.compute(row)])


def _stats(query: Query, reader: Reader) -> None:
    computed: list[tuple[str, Aggregate]] = []
    while True:
        aggregate = reader.aggregate()
        computed.append((reader.alias(aggregate.written), aggregate))
        if not reader.accept(","):
            break
    keys = _named(reader) if reader.accept("by") else []
    if query.aggregated_at is None:
        query.aggregated_at = len(query.steps)
    query.shown = [*(name for name, _ in keys), *(name for name, _ in computed)]
    query.steps.append(lambda rows: _grouped(rows, keys, computed))


def _grouped(rows: Rows, keys: list[tuple[str, Expression]], computed: list[tuple[str, Aggregate]]) -> Rows:
    groups: dict[tuple[Any, ...], Rows] = {} if keys else {(): []}
    for row in rows:
        groups.setdefault(tuple(key.compute(row) for _, key in keys), []).append(row)
    return [
        {
            **dict(zip([name for name, _ in keys], values, strict=True)),
            **{name: aggregate.compute(list(group)) for name, aggregate in computed},
        }
        for values, group in groups.items()
    ]


def _sort(query: Query, reader: Reader) -> None:
    orders: list[tuple[Expression, bool]] = []
    while True:
        start = reader.expression()
        descending = reader.accept("desc")
        if not descending:
            reader.accept("asc")
        orders.append((start, descending))
        if not reader.accept(","):
            break

    def step(rows: Rows) -> Rows:
        for expression, descending in reversed(orders):
            rows = sorted(rows, key=lambda row: _rank(_found(row, expression)), reverse=descending)
        return rows

    query.steps.append(step)


def _found(row: Mapping[str, Any], expression: Expression) -> Any:
    """The value of an expression, or of the result's column that was written like it."""
    return row[expression.written] if expression.written in row else expression.compute(row)


def _rank(value: Any) -> tuple[int, float, str]:
    """Absent values come before numbers, and those before texts."""
    if value is None:
        return 0, 0.0, ""
    found = number(value)
    return (2, 0.0, text(value)) if found is None else (1, found, "")


def _limit(query: Query, reader: Reader) -> None:
    token = reader.take()
    if token.kind != "number" or not 1 <= float(token.value) <= _LIMIT:
        raise QueryError(f"limit must be between 1 and {_LIMIT}")
    count = int(float(token.value))
    query.steps.append(lambda rows: rows[:count])


def _dedup(query: Query, reader: Reader) -> None:
    names = [reader.name()]
    while reader.accept(","):
        names.append(reader.name())

    def step(rows: Rows) -> Rows:
        first: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in rows:
            first.setdefault(tuple(row.get(name) for name in names), row)
        return list(first.values())

    query.steps.append(step)


def _parse(query: Query, reader: Reader) -> None:
    """``parse @message "user=* took *" as user, took``, or a regular expression with named groups."""
    source = reader.name()
    reader.accept(",")
    pattern = reader.take()
    if pattern.kind == "text":
        names = _names_after_as(reader)
        glob = unquoted(pattern)
        if glob.count("*") != len(names):
            raise QueryError(f"parse has {glob.count('*')} wildcards and {len(names)} names")
        body = "(.*?)".join(re.escape(part) for part in glob.split("*"))
        expression = re.compile(body + ("$" if glob.endswith("*") else ""), re.DOTALL)
    else:
        expression = regular_expression(pattern.value)
        names = _names_after_as(reader) if reader.peek() == "as" else list(expression.groupindex)

    def step(rows: Rows) -> Rows:
        return [{**row, **_extracted(expression, names, row.get(source))} for row in rows]

    query.steps.append(step)


def _names_after_as(reader: Reader) -> list[str]:
    reader.expect("as")
    names = [reader.name()]
    while reader.accept(","):
        names.append(reader.name())
    return names


def _extracted(expression: re.Pattern[str], names: list[str], value: Any) -> dict[str, Any]:
    found = None if value is None else expression.search(text(value))
    return {} if found is None else dict(zip(names, found.groups(), strict=False))


_COMMANDS: Mapping[str, Callable[[Query, Reader], None]] = {
    "fields": _fields,
    "display": _display,
    "filter": _filter,
    "stats": _stats,
    "sort": _sort,
    "limit": _limit,
    "dedup": _dedup,
    "parse": _parse,
}
