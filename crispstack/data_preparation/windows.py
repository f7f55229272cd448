"""Rows gain aggregates of the rows before them, by `charter.preparation.windows`; nothing looks ahead.

Values are first added up per `by` and moment. The window then slides over moments, which are fewer than rows, and each
row takes the aggregate of its moment. So rows of one moment never see each other, one row stays one row, and a value of
`by` that most rows have is spread over tasks before it is added up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crispstack.charter import Charter, Column
from crispstack.data_preparation.lookups import KEY_SEPARATOR
from crispstack.data_preparation.values import UnparsableError, parse_text
from crispstack.joined_sources import Window, microseconds
from crispstack.preparation_plan import Preparation

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import Column as SparkColumn
    from pyspark.sql import DataFrame

_DAY_SECONDS = 86400
_AT, _BY = "_at", "_by"


def with_windows(rows: DataFrame, charter: Charter) -> DataFrame:
    """The rows, columns of text, with a column of text per window; null where there are too few earlier rows."""
    for windows in _alike(charter.preparation.windows):
        keyed = _keyed(rows, charter, windows[0])
        aggregates = _aggregates(_moments(keyed, charter, windows), windows)
        rows = keyed.join(aggregates, [_AT, _BY], "left").drop(_AT, _BY)
    return rows


def latest(rows: DataFrame, charter: Charter, window: Window) -> DataFrame:
    """What a row at the newest moment of all rows gets, for each value of `by` among them: `_key` and the aggregate.

    The text of `_key` is as in `lookups.window_key`, empty where the window has no `by`.
    """
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 (only the job has Spark)

    moments = _moments(_keyed(rows, charter, window), charter, (window,))
    newest = moments.agg(F.max(_AT)).first()
    assert newest  # noqa: S101 (an aggregate of all rows is one row)
    now = F.lit(newest[0]).cast("bigint")
    there = moments.where(F.col(_AT) == now)
    # A group without a row at that moment has nothing to add up there.
    groups = moments.select(_BY).distinct().withColumn(_AT, now).join(there, [_BY, _AT], "left")
    earlier = moments.where(F.col(_AT) < now)
    aggregates = _aggregates(earlier.unionByName(groups), (window,)).where(F.col(_AT) == now)
    return aggregates.select(F.col(_BY).alias("_key"), window.name)


def _alike(windows: tuple[Window, ...]) -> list[tuple[Window, ...]]:
    """Windows with the same groups and order, which need one pass."""
    keys = dict.fromkeys((window.by, window.order) for window in windows)
    return [tuple(window for window in windows if (window.by, window.order) == key) for key in keys]


def _keyed(rows: DataFrame, charter: Charter, window: Window) -> DataFrame:
    return rows.withColumns({_AT: _moment(charter, window), _BY: _group(charter, window)})


def _aggregates(moments: DataFrame, windows: tuple[Window, ...]) -> DataFrame:
    """Per group and moment, the aggregates over the moments before: `_at`, `_by` and a column per window."""
    from pyspark.sql import Window as Frame  # noqa: PLC0415 (only the job has Spark)
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    ordered = Frame.partitionBy(_BY).orderBy(_AT)
    # The mean of the group's first moment keeps sums of squares small; it is known to all moments after.
    origins = {f"_origin_{w.name}": F.first(f"_mean_{w.name}", ignorenulls=True).over(ordered) for w in windows}
    values = [
        _aggregate(window, ordered.rangeBetween(-microseconds(window.preceding), -microseconds(window.delay) - 1))
        .cast("string")
        .alias(window.name)
        for window in windows
    ]
    return moments.withColumns(origins).select(_AT, _BY, *values)


def _moments(rows: DataFrame, charter: Charter, windows: tuple[Window, ...]) -> DataFrame:
    """Count, sum, mean, squared differences from the mean and extremes per group, moment and window."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    values = rows.select(_AT, _BY, *(_value(charter, window).alias(f"_value_{window.name}") for window in windows))
    figures = []
    for window in windows:
        value = F.col(f"_value_{window.name}")
        figures += [
            F.count(value).alias(f"_count_{window.name}"),
            F.sum(value).alias(f"_sum_{window.name}"),
            F.avg(value).alias(f"_mean_{window.name}"),
            (F.var_pop(value) * F.count(value)).alias(f"_squares_{window.name}"),
            F.min(value).alias(f"_min_{window.name}"),
            F.max(value).alias(f"_max_{window.name}"),
        ]
    return values.where(f"{_AT} IS NOT NULL AND {_BY} IS NOT NULL").groupBy(_BY, _AT).agg(*figures)


def _value(charter: Charter, window: Window) -> SparkColumn:
    """What is aggregated; where rows or values are counted, 0 where there is one."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    if not window.column:
        return F.lit(0.0)
    if window.function != "count":
        return _parsed(charter.preparation, _column(charter, window.column))
    missing = sorted(charter.preparation.missing_words(window.column))
    return F.when(~F.trim(F.coalesce(F.col(window.column), F.lit(""))).isin(missing), F.lit(0.0))


def _aggregate(window: Window, frame: Any) -> SparkColumn:
    """The window's function over the moments in the frame."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    def over(column: SparkColumn) -> SparkColumn:
        return column.over(frame)

    name = window.name
    count = F.coalesce(over(F.sum(f"_count_{name}")), F.lit(0))
    if window.function == "count":
        return count
    total = over(F.sum(f"_sum_{name}"))
    last = F.when(F.col(f"_count_{name}") > 0, F.struct(_AT, f"_max_{name}"))
    value = {
        "sum": lambda: total,
        "mean": lambda: total / count,
        "min": lambda: over(F.min(f"_min_{name}")),
        "max": lambda: over(F.max(f"_max_{name}")),
        "std": lambda: _deviation(over, count, name),
        # Of several rows at the last moment the greatest value, so that the answer is always the same.
        "last": lambda: over(F.max(last)).getField(f"_max_{name}"),
    }[window.function]()
    return F.when(count >= window.minimum_rows, value)


def _deviation(over: Any, count: SparkColumn, name: str) -> SparkColumn:
    """Standard deviation of a sample: squares within moments and between them, about an origin near the values."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    rows, shift = F.col(f"_count_{name}"), F.col(f"_mean_{name}") - F.col(f"_origin_{name}")
    within, between = over(F.sum(f"_squares_{name}")), over(F.sum(rows * shift * shift))
    shifted = over(F.sum(rows * shift))
    variance = (within + between - shifted * shifted / count) / (count - 1)
    return F.when(count > 1, F.sqrt(F.greatest(variance, F.lit(0.0))))


def _moment(charter: Charter, window: Window) -> SparkColumn:
    """Microseconds since 1970; null where the time is missing or none."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    column = _column(charter, window.order)
    seconds = _DAY_SECONDS if column.type == "date" else 1
    return F.round(_parsed(charter.preparation, column) * seconds * 10**6).cast("bigint")


def _group(charter: Charter, window: Window) -> SparkColumn:
    """The values of `by` as one text; null where one is missing."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    parts: list[Any] = [F.lit("")]
    for name in window.by:
        text = F.trim(F.col(name))
        parts += [F.lit(KEY_SEPARATOR), F.when(~text.isin(sorted(charter.preparation.missing_words(name))), text)]
    return F.concat(*parts[:1], *parts[2:])


def _parsed(preparation: Preparation, column: Column) -> SparkColumn:
    """The column's texts as the numbers that rows hold, double; null where missing or not of its type."""
    import pandas as pd  # noqa: PLC0415
    from pyspark.sql import functions as F  # noqa: N812, PLC0415
    from pyspark.sql.pandas.functions import pandas_udf  # noqa: PLC0415

    words, cleaning = preparation.missing_words(column.name), preparation.cleaning(column.name)

    def number(text: str | None) -> float:
        try:
            return float(parse_text(text, column, words, cleaning))
        except UnparsableError:
            return float("nan")

    def numbers(texts: pd.Series) -> pd.Series:
        return texts.map({text: number(text) for text in texts.unique()}).astype("float64")

    # Spark reads the kind of function from these, and cannot resolve names that are imported here alone.
    numbers.__annotations__ = {"texts": pd.Series, "return": pd.Series}
    parsed = pandas_udf(numbers, "double")(F.col(column.name))  # type: ignore[call-overload]
    return F.when(~F.isnan(parsed), parsed)


def _column(charter: Charter, name: str) -> Column:
    return next(column for column in charter.source.columns if column.name == name)
