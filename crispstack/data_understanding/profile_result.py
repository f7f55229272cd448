"""The result of the profile's statement becomes the profile."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from crispstack.artifacts import Bin, ColumnProfile, DataProfile, InputReference, ValueCount
from crispstack.charter import Charter, Column
from crispstack.data_understanding import raw_table
from crispstack.data_understanding.column_types import NUMERIC_TYPES
from crispstack.data_understanding.profile import BINS, FIGURES, QUANTILES, TOP_VALUES
from crispstack.errors import DataError

Row = Mapping[str, str | None]


def parse(
    rows: Sequence[Row], charter: Charter, database: str, bytes_scanned: int, inputs: tuple[InputReference, ...]
) -> DataProfile:
    """The profile from the statement's result rows, values as Athena returns them: texts, None for null.

    Raises:
        DataError: the table is empty, holds no row of one class, or the rows are not this statement's.
    """
    table = f"{database}.{raw_table.name(charter)}"
    if not rows:
        raise DataError(f"table {table} is empty: put {charter.source.file} to its place in the raw bucket")
    if len(rows) != len(charter.source.columns) or set(rows[0]) != set(FIGURES):
        raise DataError(f"the profile of {table} has {len(rows)} rows of unexpected columns: start the run again")
    ordered = sorted(rows, key=lambda row: _integer(row, "column_index"))
    total, positives = _integer(ordered[0], "row_count"), _integer(ordered[0], "positive_count")
    if not 0 < positives < total:
        raise DataError(
            f"{positives} of {total} rows have {charter.target.condition}: correct the target or the data"
        )
    return DataProfile(
        table=table,
        rows=total,
        test_rows=_integer(ordered[0], "test_row_count"),
        positives=positives,
        columns=tuple(_column(column, row) for column, row in zip(charter.source.columns, ordered, strict=True)),
        bytes_scanned=bytes_scanned,
        inputs=inputs,
    )


def _column(column: Column, row: Row) -> ColumnProfile:
    profile = ColumnProfile(
        name=column.name,
        type=column.type,
        count=_integer(row, "row_count"),
        nulls=_integer(row, "null_count"),
        distinct=_integer(row, "distinct_count"),
        unparsable=_integer(row, "unparsable_count"),
        target_correlation=_association(column, row),
        top_values=_top_values(row),
    )
    numbers = _integer(row, "number_count")
    if column.type not in NUMERIC_TYPES or not numbers:
        return profile
    quantiles = {f"{share:g}": _number(row, f"quantile_{index}") for index, share in enumerate(QUANTILES)}
    spread = math.sqrt(_number(row, "squared_deviations") / (numbers - 1)) if numbers > 1 else 0.0
    return ColumnProfile(
        **{
            **vars(profile),
            "minimum": _number(row, "lowest"),
            "maximum": _number(row, "highest"),
            "mean": _number(row, "total") / numbers,
            "standard_deviation": spread,
            "quantiles": quantiles,
            "histogram": _histogram(row),
        }
    )


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
    return int(row[name] or 0)


def _number(row: Row, name: str) -> float:
    return float(row[name] or 0)
