"""The profile of a large source by one Athena statement of Trino's sketches: aggregates over one scan, and no sort.

What Parquet stores as a number, a date, a time or a boolean is taken as it is, without writing and reading text again.
Exact are every count of rows, the extremes, sums and moments. What else there is, is an estimate:

- `distinct_count`: approx_distinct, a HyperLogLog with a standard error of 2.3 %.
- `points` and `quantile_i`: approx_percentile; from the points follow histograms and outliers
  (`crispstack.data_understanding.distribution_points`).
- `top_i_count`: approx_most_frequent, too high by at most the rows divided by `CAPACITY`; only of categories, booleans
  and whole numbers. `squared_positives` is computed from it, and null where a column has `CAPACITY` values or more.
- `longest_gap` and `gap_starts`: of times, to the day.

Null are the other figures of `profile.FIGURES`, and those that a column of its type does not have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crispstack.charter import Charter, Column, Source
from crispstack.data_understanding import holdout, profile, profile_values, target
from crispstack.data_understanding.approximate_cells import Cell, over
from crispstack.data_understanding.column_types import FALSE, TRUE
from crispstack.data_understanding.distribution_points import SHARES
from crispstack.data_understanding.raw_table import RawTables, array, identifier, text

COLUMNS = 25
"""Columns of one statement: Athena takes 262,144 bytes."""
CAPACITY = 1000
"""Values that approx_most_frequent keeps."""
FIGURES = (*profile.FIGURES, "points", "positive_points")
"""The columns of the result. Points are JSON arrays: the numbers' quantiles at `SHARES`, of all and positive rows."""

_POINTS = f"ARRAY[{', '.join(f'{share!r}e0' for share in SHARES)}]"
_DOUBLES = (
    "lowest", "highest", "total", "squared_deviations", "cubed_deviations", "positive_deviations", "squared_positives",
    "longest_gap", "gap_starts",
)  # fmt: skip
_TYPES = {
    **dict.fromkeys(_DOUBLES, "double"),
    "top": "array(row(varchar, bigint, bigint))",
    "points": "array(double)",
    "positive_points": "array(double)",
}
_LONGEST_BOOLEAN = max(map(len, (*TRUE, *FALSE)))
_SECONDS = {"date": 1, "timestamp": 86400}


def statement(charter: Charter, source: Source, numbered: Sequence[tuple[int, Column]], tables: RawTables) -> str:
    """The statement: one result row of `FIGURES` per column, in order of `column_index`.

    Args:
        charter: says which rows are test rows, which are positive, and which texts mean missing.
        source: the source to profile.
        numbered: its columns to profile, each with its index from 1.
        tables: the versions to read.
    """
    cells = [Cell.of(charter, source, index, column) for index, column in numbered]
    aggregates = {"row_count": "count_if(NOT is_test)", "test_row_count": "count_if(is_test)"}
    aggregates["positive_count"] = "count_if(is_positive)"
    for cell in cells:
        aggregates |= {cell.name(name): expression for name, expression in _aggregates(cell).items()}
    sql = _rows(charter, source, cells, tables)
    known = ["is_test", "is_positive", *(cell.name("r") for cell in cells)]
    for step in zip(*(cell.steps() for cell in cells), strict=True):
        if added := _merged(step):
            sql = f"SELECT {', '.join(known)}, {_listed(added)}\nFROM (\n{sql}\n)"
            known += added
    varying = [_figures(cell) for cell in cells]
    names = sorted({name for figures in varying for name in figures})
    rows = [
        f"ROW({', '.join([str(cell.index), *(figures.get(name) or _null(name) for name in names)])})"
        for cell, figures in zip(cells, varying, strict=True)
    ]
    counts = ("row_count", "test_row_count", "positive_count")
    results = {"column_index": "column_index", **{name: name for name in counts}, **_results(names)}
    return f"""\
WITH aggregated AS (
SELECT {_listed(aggregates)}
FROM (
{sql}
)
)
SELECT {_listed({name: results.get(name, _null(name)) for name in FIGURES})}
FROM aggregated CROSS JOIN UNNEST({array(rows)}) AS figures (column_index, {", ".join(map(_varying, names))})
ORDER BY column_index"""  # noqa: S608 (identifiers and literals are quoted)


def _rows(charter: Charter, source: Source, cells: Sequence[Cell], tables: RawTables) -> str:
    """The values of all rows, without spaces around texts, and which are test rows and which positive training rows."""
    is_main = source == charter.source
    # Engines compute only those of the main source's texts that the two conditions or cells read.
    columns = source.columns if is_main else [cell.column for cell in cells]
    texts = {identifier(column.name): f"coalesce({text(source, column)}, '')" for column in columns}
    typed = {cell.name("t"): identifier(cell.column.name) for cell in cells if cell.is_typed}
    flags = {
        "is_test": holdout.athena_sql(charter) if is_main else "false",
        "is_positive": target.athena_sql(charter) if is_main else "false",
    }
    values = {cell.name("r"): cell.name("t") if cell.is_typed else identifier(cell.column.name) for cell in cells}
    sql = f"SELECT {_listed(typed | texts)}\nFROM {tables.rows(charter, source)}"
    stripped = {name: name for name in typed} | {name: _stripped(name) for name in texts}
    sql = f"SELECT {_listed(stripped)}\nFROM (\n{sql}\n)"
    sql = f"SELECT {_listed(flags | values)}\nFROM (\n{sql}\n)"
    return f"SELECT is_test, NOT is_test AND is_positive AS is_positive, {', '.join(values)}\nFROM (\n{sql}\n)"


def _stripped(name: str) -> str:
    """The text without spaces around it; most have none, and finding that is cheaper than to look for them."""
    return f"CASE WHEN {name} LIKE ' %' OR {name} LIKE '% ' THEN trim(BOTH ' ' FROM {name}) ELSE {name} END"


def _aggregates(cell: Cell) -> dict[str, str]:
    """Name and expression of every aggregate of a column, over `Cell`'s expressions.

    None has a FILTER: an engine may copy all columns of the rows that pass it.
    """
    present = cell.name("p")
    found = {
        "present": f"count({present})",
        "present_positives": f"count_if(is_positive AND {present} IS NOT NULL)",
        "distinct_count": f"approx_distinct({present})",
    }
    if cell.is_numeric:
        found |= _numbers(cell)
    if not cell.is_typed:
        found |= _texts(cell)
    if cell.is_counted:
        for name, letter in {"frequent": "f", "frequent_positives": "v"}.items():
            found[name] = f"approx_most_frequent({CAPACITY}, {cell.name(letter)}, {CAPACITY})"
    return found


def _numbers(cell: Cell) -> dict[str, str]:
    x, positive = cell.name("x"), cell.name("u")
    found = {
        "number_count": f"count({x})",
        "number_positives": f"count({positive})",
        "lowest": f"min({x})",
        "highest": f"max({x})",
        "total": f"sum({x})",
        "positive_total": f"coalesce(sum({positive}), 0e0)",
        "variance": f"var_pop({x})",
        "skewness": f"skewness({x})",
        "zero_count": f"count_if({x} = 0e0)",
        "negative_count": f"count_if({x} < 0e0)",
        "points": f"approx_percentile({x}, {_POINTS})",
        "positive_points": f"approx_percentile({positive}, {_POINTS})",
    }
    if seconds := _SECONDS.get(cell.column.type):
        day = f"CAST(floor({x} / {seconds}e0) AS bigint)"
        # A histogram is computed in the same pass; an engine may write all rows down for a DISTINCT.
        found["days"] = f"array_sort(map_keys(histogram({day})))"
    return found


def _texts(cell: Cell) -> dict[str, str]:
    length = cell.name("l")
    found = {
        "empty_count": f"count_if(NOT is_test AND {cell.name('r')} = '')",
        "shortest": f"min({length})",
        "longest_text": f"max({length})",
        "total_length": f"sum({length})",
    }
    if not cell.is_numeric:
        for name, condition in profile_values.likenesses().items():
            found[name] = f"count_if({over(condition, cell, 'g')})"
        is_boolean = over(profile_values.likenesses()["boolean_like"], cell)
        found["boolean_like"] = f"count_if({length} <= {_LONGEST_BOOLEAN} AND {is_boolean})"
    return found


def _figures(cell: Cell) -> dict[str, str]:
    """Name and expression of what differs between columns, over `_aggregates`."""
    aggregates = _aggregates(cell)
    inner = ("present", "positive_total", "variance", "skewness", "days", "frequent", "frequent_positives")
    found = {name: cell.name(name) for name in aggregates if name not in inner}
    found["null_count"] = f"row_count - {cell.name('present')}"
    if cell.is_numeric:
        numbers, variance = cell.name("number_count"), cell.name("variance")
        found["unparsable_count"] = f"{cell.name('present')} - {numbers}"
        found["squared_deviations"] = f"{variance} * {numbers}"
        # Trino's skewness is the third central moment over the second to the power of 1.5.
        found["cubed_deviations"] = (
            f"CASE WHEN {variance} = 0e0 THEN 0e0 ELSE "
            f"{cell.name('skewness')} * {variance} * sqrt({variance}) * {numbers} END"
        )
        mean = f"{cell.name('total')} / {numbers}"
        found["positive_deviations"] = f"{cell.name('positive_total')} - {mean} * {cell.name('number_positives')}"
    if "days" in aggregates:
        found |= _days(cell)
    if "frequent" in aggregates:
        found |= _frequencies(cell)
    return found


def _days(cell: Cell) -> dict[str, str]:
    days, seconds = cell.name("days"), _SECONDS[cell.column.type]
    later, earlier = f"slice({days}, 2, cardinality({days}))", f"slice({days}, 1, cardinality({days}) - 1)"
    gaps = f"array_sort(zip_with({later}, {earlier}, (b, a) -> ROW(b - a, -a)))"
    last = f"CASE WHEN cardinality({days}) > 1 THEN CAST({{}} AS double) END"
    return {
        "distinct_days": f"coalesce(cardinality({days}), 0)",
        "longest_gap": last.format(f"element_at({gaps}, -1)[1]"),
        "gap_starts": last.format(f"element_at({gaps}, -1)[2] * -{seconds}"),
    }


def _frequencies(cell: Cell) -> dict[str, str]:
    """The most frequent values, ties in order of the value, each with its rows and its positive rows."""
    frequent, positives = cell.name("frequent"), cell.name("frequent_positives")
    ordered = f"array_sort(transform(map_entries({frequent}), e -> ROW(-e[2], e[1])))"
    entry = f"ROW(CAST(e[2] AS varchar), -e[1], coalesce(element_at({positives}, e[2]), 0))"
    found = {"top": f"transform(slice({ordered}, 1, {profile.TOP_VALUES}), e -> {entry})"}
    if not cell.is_numeric:
        squares = (
            f"reduce(map_entries({positives}), 0e0, (s, e) -> "
            f"s + CAST(e[2] AS double) * e[2] / element_at({frequent}, e[1]), s -> s)"
        )
        found["squared_positives"] = f"CASE WHEN cardinality({frequent}) < {CAPACITY} THEN coalesce({squares}, 0e0) END"
    return found


def _results(names: Sequence[str]) -> dict[str, str]:
    """Name and expression of the result's columns, over the unnested rows."""
    found = {name: _varying(name) for name in names if name not in _TYPES or _TYPES[name] == "double"}
    if "points" in names:
        for name in ("points", "positive_points"):
            found[name] = f"json_format(CAST({_varying(name)} AS JSON))"
        for index, share in enumerate(profile.QUANTILES):
            found[f"quantile_{index}"] = f"element_at({_varying('points')}, {SHARES.index(share) + 1})"
    if "top" in names:
        for index in range(profile.TOP_VALUES):
            for field, figure in enumerate(("", "_count", "_positives"), 1):
                found[f"top_{index}{figure}"] = f"element_at({_varying('top')}, {index + 1})[{field}]"
    return found


def _varying(name: str) -> str:
    return f"of_{name}"


def _null(name: str) -> str:
    return f"CAST(NULL AS {_TYPES.get(name, 'bigint')})"


def _merged(parts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {name: expression for part in parts for name, expression in part.items()}


def _listed(expressions: Mapping[str, str]) -> str:
    return ",\n  ".join(f"{expression} AS {name}" for name, expression in expressions.items())
