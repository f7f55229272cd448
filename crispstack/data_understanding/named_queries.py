"""The questions that an analyst asks first, as queries made from the charter: over the explorable view, so no test row.

Every query reads its table once, however many columns there are, but for the duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crispstack.charter import Charter, Column, ColumnType
from crispstack.data_understanding import explorable_view
from crispstack.data_understanding.explorable_view import IS_POSITIVE
from crispstack.data_understanding.raw_table import array, identifier, literal

_TOP = 10
_SHOWN = 100


@dataclass(frozen=True)
class NamedQuery:
    """A query for people: its name, the question that it answers, and its SQL."""

    name: str
    question: str
    sql: str


def named_queries(charter: Charter, database: str) -> tuple[NamedQuery, ...]:
    """The queries that this charter's columns allow, in the order in which one asks."""
    table = f"{identifier(database)}.{identifier(explorable_view.name(charter, charter.source))}"
    columns = explorable_view.columns(charter, charter.source)
    made = (make(table, columns) for make in _makers(charter))
    return tuple(query for query in made if query)


def _rows(table: str, columns: Sequence[Column]) -> NamedQuery | None:
    names = ", ".join(identifier(column.name) for column in columns)
    return NamedQuery("first-rows", "What does a row look like?", f"SELECT {names}\nFROM {table}\nLIMIT 20")


def _target_balance(table: str, _: Sequence[Column]) -> NamedQuery | None:
    positive = identifier(IS_POSITIVE)
    sql = f"""\
SELECT {positive} AS positive, count(*) AS row_count, round(count(*) * 1e2 / sum(count(*)) OVER (), 2) AS percent
FROM {table}
GROUP BY {positive}
ORDER BY {positive} DESC"""  # noqa: S608 (quoted)
    return NamedQuery("target-balance", "How many rows are positive?", sql)


def _missing(table: str, columns: Sequence[Column]) -> NamedQuery | None:
    counts = [f"count_if({identifier(column.name)} IS NULL)" for column in columns]
    sql = f"""\
SELECT column_name, missing, round(missing * 1e2 / nullif(row_count, 0), 2) AS percent
FROM (SELECT count(*) AS row_count, {_names(columns)} AS names, {array(counts)} AS counts FROM {table}) AS counted
CROSS JOIN UNNEST(names, counts) AS unnested (column_name, missing)
ORDER BY missing DESC, column_name"""  # noqa: S608 (quoted)
    return NamedQuery("missing-values", "Which columns lack values, and how many?", sql)


def _top_values(table: str, columns: Sequence[Column]) -> NamedQuery | None:
    chosen = _of(columns, "category", "boolean")
    if not chosen:
        return None
    sql = f"""\
SELECT column_name, value, row_count
FROM (
  SELECT
    column_name, value, count(*) AS row_count,
    row_number() OVER (PARTITION BY column_name ORDER BY count(*) DESC, value) AS place
  FROM {table} CROSS JOIN UNNEST({_names(chosen)}, {_texts(chosen)}) AS unnested (column_name, value)
  GROUP BY column_name, value
) AS counted
WHERE place <= {_TOP}
ORDER BY column_name, place"""  # noqa: S608 (quoted)
    return NamedQuery("top-values", f"Which {_TOP} values are the most frequent in each column?", sql)


def _target_rate(table: str, columns: Sequence[Column]) -> NamedQuery | None:
    chosen = _of(columns, "category", "boolean")
    if not chosen:
        return None
    sql = f"""\
SELECT column_name, value, row_count, positives, round(positives * 1e2 / row_count, 2) AS percent
FROM (
  SELECT
    column_name, value, count(*) AS row_count, count_if({identifier(IS_POSITIVE)}) AS positives,
    row_number() OVER (PARTITION BY column_name ORDER BY count(*) DESC, value) AS place
  FROM {table} CROSS JOIN UNNEST({_names(chosen)}, {_texts(chosen)}) AS unnested (column_name, value)
  GROUP BY column_name, value
) AS counted
WHERE place <= {_TOP}
ORDER BY column_name, percent DESC, value"""  # noqa: S608 (quoted)
    return NamedQuery("target-rate", "How often is the target positive for each frequent value?", sql)


def _ranges(table: str, columns: Sequence[Column]) -> NamedQuery | None:
    chosen = _of(columns, "integer", "number")
    if not chosen:
        return None
    numbers = [f"CAST({identifier(column.name)} AS double)" for column in chosen]
    quartiles = ", ".join(
        f"approx_percentile(number, {share}) AS {name}"
        for share, name in (("0.25", "lower_quartile"), ("0.5", "median"), ("0.75", "upper_quartile"))
    )
    sql = f"""\
SELECT
  column_name, min(number) AS minimum, {quartiles}, max(number) AS maximum,
  avg(number) AS mean, stddev_samp(number) AS standard_deviation
FROM {table} CROSS JOIN UNNEST({_names(chosen)}, {array(numbers)}) AS unnested (column_name, number)
GROUP BY column_name
ORDER BY column_name"""  # noqa: S608 (quoted)
    return NamedQuery("ranges", "Where do the numbers of each column lie?", sql)


def _rows_per_day(table: str, columns: Sequence[Column]) -> NamedQuery | None:
    chosen = _of(columns, "date", "timestamp")
    if not chosen:
        return None
    day = f"CAST({identifier(chosen[0].name)} AS date)"
    sql = f"""\
SELECT {day} AS day, count(*) AS row_count, count_if({identifier(IS_POSITIVE)}) AS positives
FROM {table}
GROUP BY {day}
ORDER BY day"""  # noqa: S608 (quoted)
    return NamedQuery("rows-per-day", f"How many rows are there for each day of {chosen[0].name}?", sql)


def _duplicates(table: str, columns: Sequence[Column]) -> NamedQuery | None:
    names = ", ".join(identifier(column.name) for column in columns)
    sql = f"""\
SELECT count(*) AS repeats, {names}
FROM {table}
GROUP BY {names}
HAVING count(*) > 1
ORDER BY repeats DESC, {names}
LIMIT {_SHOWN}"""  # noqa: S608 (quoted)
    return NamedQuery("duplicates", "Which rows are there more than once?", sql)


_MAKERS: tuple[Callable[[str, Sequence[Column]], NamedQuery | None], ...] = (
    _rows,
    _target_balance,
    _rows_per_day,
    _missing,
    _ranges,
    _top_values,
    _target_rate,
    _duplicates,
)


def _makers(charter: Charter) -> Sequence[Callable[[str, Sequence[Column]], NamedQuery | None]]:
    """Those that the target allows. How one that is not positive or not is distributed, top values and ranges say."""
    if charter.framing == "binary":
        return _MAKERS
    return [make for make in _MAKERS if make not in (_target_balance, _target_rate, _rows_per_day)]


def _of(columns: Sequence[Column], *types: ColumnType) -> list[Column]:
    return [column for column in columns if column.type in types]


def _names(columns: Sequence[Column]) -> str:
    return array([literal(column.name) for column in columns])


def _texts(columns: Sequence[Column]) -> str:
    return array([f"CAST({identifier(column.name)} AS varchar)" for column in columns])
