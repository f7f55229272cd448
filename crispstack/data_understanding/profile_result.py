"""The results of the profile's statements become the profile."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from crispstack.artifacts import (
    Bin,
    ColumnProfile,
    DataProfile,
    InputReference,
    TableProfile,
    TimeCoverage,
    ValueCount,
)
from crispstack.charter import Charter, Column, Source
from crispstack.data_understanding import distribution_points, raw_table
from crispstack.data_understanding.column_types import NUMERIC_TYPES
from crispstack.data_understanding.profile import BINS, FIGURES, QUANTILES, TOP_VALUES, statement_name
from crispstack.data_understanding.profile_values import SCRIPTS
from crispstack.errors import DataError

Row = Mapping[str, str | None]
_NEARLY_ALL = 0.99
_NEARLY_DISTINCT = 0.93
"""Of values counted with a standard error of 2.3 %, three times that below all."""
_FEW_ROWS = 20
_LOOKS = {
    "boolean_like": "boolean",
    "epoch_like": "timestamp (seconds since 1970)",
    "compact_date_like": "date (YYYYMMDD)",
    "integer_like": "integer",
    "number_like": "number",
    "date_like": "date",
    "timestamp_like": "timestamp",
    "decimal_comma_like": "number (with a decimal comma)",
}
_FITTING = {
    "integer": {"integer_like", "boolean_like"},
    "number": {"integer_like", "number_like", "boolean_like"},
    "boolean": {"boolean_like", "integer_like", "number_like"},
    "date": {"date_like"},
    "timestamp": {"timestamp_like", "date_like"},
}


def parse(
    results: Mapping[str, Sequence[Row]],
    charter: Charter,
    database: str,
    bytes_scanned: int,
    inputs: tuple[InputReference, ...],
) -> DataProfile:
    """The profile from the statements' result rows, values as Athena returns them: texts, None for null.

    Args:
        results: rows by the name of their statement, ``profile/<source>``; others are passed over.
        charter: says what each column should be.
        database: where the tables are.
        bytes_scanned: by all statements of data understanding.
        inputs: what the profile was made from.

    Raises:
        DataError: the main table is empty, all its rows have one outcome, or the rows are not these statements'.
    """
    main = charter.source
    rows = _rows(results, main)
    table = f"{database}.{raw_table.name(charter)}"
    if not rows:
        raise DataError(f"table {table} is empty: {main.file or main.name} holds no rows")
    total, positives = _integer(rows[0], "row_count"), _integer(rows[0], "positive_count")
    columns = _columns(main, rows, has_target=True)
    _check_target(charter, total, positives, columns)
    return DataProfile(
        table=table,
        rows=total,
        test_rows=_integer(rows[0], "test_row_count"),
        positives=positives,
        columns=columns,
        bytes_scanned=bytes_scanned,
        joined=tuple(_table(charter, source, results, database) for source in charter.sources[1:]),
        exact=_is_exact(rows),
        inputs=inputs,
    )


def _check_target(charter: Charter, total: int, positives: int, columns: Sequence[ColumnProfile]) -> None:
    remedy = "correct the target or the data"
    target = next((column for column in columns if column.name == charter.target.column), None)
    if charter.framing == "binary" and not 0 < positives < total:
        raise DataError(f"{positives} of {total} rows have {charter.target.condition}: {remedy}")
    if charter.framing == "multiclass" and target and target.distinct < 2:
        raise DataError(f"{target.name} has {target.distinct} different values in {total} rows: {remedy}")
    if charter.framing == "regression" and target and (target.minimum is None or target.minimum == target.maximum):
        raise DataError(f"{target.name} has no two different numbers in {total} rows: {remedy}")


def _table(charter: Charter, source: Source, results: Mapping[str, Sequence[Row]], database: str) -> TableProfile:
    rows = _rows(results, source)
    table = f"{database}.{raw_table.view_name(charter, source)}"
    if not rows:
        raise DataError(f"table {table} is empty: {source.file or source.name} holds no rows")
    columns = _columns(source, rows, has_target=False)
    return TableProfile(source.name, table, _integer(rows[0], "row_count"), columns, _is_exact(rows))


def _rows(results: Mapping[str, Sequence[Row]], source: Source) -> list[Row]:
    later = (statement_name(source, chunk) for chunk in range(1, len(source.columns)))
    names = [statement_name(source, 0), *itertools.takewhile(results.__contains__, later)]
    rows = sorted((row for name in names for row in results[name]), key=lambda row: _integer(row, "column_index"))
    rows = [_with_distribution(row) for row in rows]
    if rows and (len(rows) != len(source.columns) or not set(FIGURES) <= set(rows[0])):
        raise DataError(f"the profile of {source.name} has {len(rows)} rows of unexpected columns: start the run again")
    return rows


def _with_distribution(row: Row) -> Row:
    """An approximate row with the figures that follow from its points; any other row as it is."""
    if not row.get("points"):
        return row
    points = json.loads(row["points"] or "[]")
    count, low, high = _integer(row, "number_count"), _number(row, "lowest"), _number(row, "highest")
    deviation = math.sqrt(_number(row, "squared_deviations") / max(count - 1, 1))
    figures = {
        "outliers_iqr": distribution_points.outliers_iqr(points, count),
        "outliers_z_score": distribution_points.outliers_z_score(
            points, count, _number(row, "total") / max(count, 1), deviation
        ),
        "outliers_mad": distribution_points.outliers_mad(points, count),
    }
    positives = json.loads(row.get("positive_points") or "[]")
    counted = distribution_points.bins(points, count, low, high)
    hits = (
        distribution_points.bins(positives, _integer(row, "number_positives"), low, high) if positives else (0,) * BINS
    )
    for index in range(BINS):
        figures |= {f"bin_{index}": counted[index], f"bin_{index}_positives": min(hits[index], counted[index])}
    return {**row, **{name: str(figure) for name, figure in figures.items()}}


def _is_exact(rows: Sequence[Row]) -> bool:
    return "points" not in rows[0]


def _columns(source: Source, rows: Sequence[Row], *, has_target: bool) -> tuple[ColumnProfile, ...]:
    return tuple(_column(column, row, has_target=has_target) for column, row in zip(source.columns, rows, strict=True))


def _column(column: Column, row: Row, *, has_target: bool) -> ColumnProfile:
    count, nulls, distinct = (_integer(row, name) for name in ("row_count", "null_count", "distinct_count"))
    present = count - nulls
    share = 1.0 if "points" not in row else _NEARLY_DISTINCT
    numeric = column.type in NUMERIC_TYPES and bool(_integer(row, "number_count"))
    return ColumnProfile(
        name=column.name,
        type=column.type,
        count=count,
        nulls=nulls,
        distinct=distinct,
        unparsable=_integer(row, "unparsable_count"),
        empties=_integer(row, "empty_count"),
        constant=present > 0 and distinct == 1,
        identifier_like=present >= _FEW_ROWS
        and distinct >= share * present
        and column.type not in ("number", "timestamp"),
        looks_like=_looks_like(column, row, present),
        examples=tuple((row["examples"] or "").split("\x1f")) if row["examples"] else (),
        case_variants=0 if numeric or row["folded_count"] is None else distinct - _integer(row, "folded_count"),
        target_correlation=_association(column, row) if has_target else None,
        top_values=_top_values(row),
        **_lengths(row, present),
        **(_numbers(column, row) if numeric else {}),
    )


def _looks_like(column: Column, row: Row, present: int) -> str:
    """The first type that nearly all present values would fit, unless it is no other than the declared one."""
    if not present or column.decimal != "." or column.formats:
        return ""
    fitting = _FITTING.get(column.type, set())
    if any(_integer(row, name) >= _NEARLY_ALL * present for name in fitting) and not (
        column.type in ("integer", "number") and _is_date_in_number(row, present)
    ):
        return ""
    for name, kind in _LOOKS.items():
        if _integer(row, name) >= _NEARLY_ALL * present:
            return "" if name in fitting else kind
    return ""


def _is_date_in_number(row: Row, present: int) -> bool:
    return any(_integer(row, name) >= _NEARLY_ALL * present for name in ("compact_date_like", "epoch_like"))


def _lengths(row: Row, present: int) -> dict[str, Any]:
    scripts = {name: found for index, name in enumerate(SCRIPTS) if (found := _integer(row, f"script_{index}"))}
    if not present or row["shortest"] is None:
        return {"scripts": scripts or None}
    return {
        "shortest": _integer(row, "shortest"),
        "longest": _integer(row, "longest_text"),
        "mean_length": _number(row, "total_length") / present,
        "scripts": scripts or None,
    }


def _numbers(column: Column, row: Row) -> dict[str, Any]:
    numbers, squares = _integer(row, "number_count"), _number(row, "squared_deviations")
    variance = squares / numbers
    return {
        "minimum": _number(row, "lowest"),
        "maximum": _number(row, "highest"),
        "mean": _number(row, "total") / numbers,
        "standard_deviation": math.sqrt(squares / (numbers - 1)) if numbers > 1 else 0.0,
        "skewness": _number(row, "cubed_deviations") / numbers / variance**1.5 if variance > 0 else None,
        "zeros": _integer(row, "zero_count"),
        "negatives": _integer(row, "negative_count"),
        "quantiles": {f"{share:g}": _number(row, f"quantile_{index}") for index, share in enumerate(QUANTILES)},
        "outliers": {rule: _integer(row, f"outliers_{rule}") for rule in ("iqr", "z_score", "mad")},
        "histogram": _histogram(row),
        "coverage": _coverage(column, row),
    }


def _coverage(column: Column, row: Row) -> TimeCoverage | None:
    if column.type not in ("date", "timestamp"):
        return None
    day = 1 if column.type == "date" else 86400
    gap = _number(row, "longest_gap")
    return TimeCoverage(
        _day(_number(row, "lowest") / day),
        _day(_number(row, "highest") / day),
        _integer(row, "distinct_days"),
        gap,
        _day(_number(row, "gap_starts") / day) if gap else "",
    )


def _day(days: float) -> str:
    """The day as ISO 8601; beyond the calendar as a number of days since 1970."""
    try:
        return (dt.date(1970, 1, 1) + dt.timedelta(days=math.floor(days))).isoformat()
    except OverflowError:
        return f"{days:g} days since 1970"


def _association(column: Column, row: Row) -> float | None:
    """Pearson's correlation with the target for numbers, the correlation ratio for categories; None where constant."""
    if column.type not in NUMERIC_TYPES:
        present = _integer(row, "row_count") - _integer(row, "null_count")
        positives = _integer(row, "present_positives")
        if not 0 < positives < present:
            return None
        of_all = positives * positives / present
        between = max(_number(row, "squared_positives") - of_all, 0.0)
        return math.sqrt(min(between / (positives - of_all), 1.0))
    numbers, positives = _integer(row, "number_count"), _integer(row, "number_positives")
    if not 0 < positives < numbers or _number(row, "squared_deviations") == 0:
        return None
    target_deviations = positives - positives * positives / numbers
    return _number(row, "positive_deviations") / math.sqrt(_number(row, "squared_deviations") * target_deviations)


def _histogram(row: Row) -> tuple[Bin, ...]:
    lowest, highest = _number(row, "lowest"), _number(row, "highest")
    if lowest == highest:
        return (Bin(lowest, highest, _integer(row, "bin_0"), _integer(row, "bin_0_positives")),)
    edges = [lowest + (highest - lowest) * index / BINS for index in range(BINS)] + [highest]
    return tuple(
        Bin(edges[index], edges[index + 1], _integer(row, f"bin_{index}"), _integer(row, f"bin_{index}_positives"))
        for index in range(BINS)
    )


def _top_values(row: Row) -> tuple[ValueCount, ...]:
    found = []
    for index in range(TOP_VALUES):
        value = row[f"top_{index}"]
        if value is not None:
            found.append(
                ValueCount(value, _integer(row, f"top_{index}_count"), _integer(row, f"top_{index}_positives"))
            )
    return tuple(found)


def _integer(row: Row, name: str) -> int:
    return int(float(row[name] or 0))


def _number(row: Row, name: str) -> float:
    return float(row[name] or 0)
