"""Rows gain aggregates of the rows before them, by `charter.preparation.windows`; nothing looks ahead.

Values are first added up per `by` and moment. The window then slides over moments, which are fewer than rows, and each
row takes the aggregate of its moment. So rows of one moment never see each other, one row stays one row, and a value of
`by` that most rows have is spread over tasks before it is added up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crispstack.charter import Charter, Column
from crispstack.data_preparation.values import UnparsableError, parse_text
from crispstack.joined_sources import Window, microseconds
from crispstack.preparation_plan import Preparation

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import Column as SparkColumn
    from pyspark.sql import DataFrame

_DAY_SECONDS = 86400
_AT, _BY = "_at", "_by"
_SEPARATOR = "\x1f"


def with_windows(rows: DataFrame, charter: Charter) -> DataFrame:
    """The rows, columns of text, with a column of text per window; null where there are too few earlier rows."""
    for window in charter.preparation.windows:
        at, by = f"{_AT}_{window.name}", f"{_BY}_{window.name}"
        keyed = rows.withColumns({at: _moment(charter, window), by: _group(charter, window)})
        found = aggregates(keyed, charter, window).withColumnsRenamed({_AT: at, _BY: by})
        rows = keyed.join(found, [at, by], "left").drop(at, by)
    return rows


def aggregates(rows: DataFrame, charter: Charter, window: Window) -> DataFrame:
    """Per group and moment, the aggregate over the moments before: columns `_at`, `_by` and that of the window.

    Args:
        rows: the columns of the source as text, `_at_<name>` (microseconds since 1970) and `_by_<name>`.
        charter: says what the columns are.
        window: what is aggregated.
    """
    from pyspark.sql import Window as Frame  # noqa: PLC0415 (only the job has Spark)
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    moments = _moments(rows, charter, window)
    ordered = Frame.partitionBy(_BY).orderBy(_AT)
    # The mean of the group's first moment keeps sums of squares small; it is known to all moments after.
    moments = moments.withColumn("_origin", F.first("_mean", ignorenulls=True).over(ordered))
    first, last = -microseconds(window.preceding), -microseconds(window.delay) - 1
    value = _aggregate(window, ordered.rangeBetween(first, last))
    return moments.select(_AT, _BY, value.cast("string").alias(window.name))


def latest(rows: DataFrame, charter: Charter, window: Window) -> DataFrame:
    """Per group, the aggregate as of the moment after the last one of all rows: columns `_by` and the window's."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    at, by = f"{_AT}_{window.name}", f"{_BY}_{window.name}"
    keyed = rows.withColumns({at: _moment(charter, window), by: _group(charter, window)})
    ((now,),) = keyed.agg(F.max(at)).collect()
    if now is None:
        return keyed.select(F.col(by).alias(_BY), F.lit(None).cast("string").alias(window.name)).limit(0)
    moment = now + 1
    inside = keyed.where(
        F.col(at).between(moment - microseconds(window.preceding), moment - microseconds(window.delay) - 1)
    )
    moments = _moments(inside, charter, window).withColumn("_origin", F.lit(0.0))
    return moments.groupBy(_BY).agg(_aggregate(window, None).cast("string").alias(window.name))


def _moments(rows: DataFrame, charter: Charter, window: Window) -> DataFrame:
    """Count, mean, sum of squared differences from the mean, extremes and last value per group and moment."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    at, by = F.col(f"{_AT}_{window.name}"), F.col(f"{_BY}_{window.name}")
    number = _number(charter, window) if window.column else F.lit(0.0)
    values = rows.select(at.alias(_AT), by.alias(_BY), number.alias("_value"))
    if window.function == "count" and window.column:
        present = ~F.trim(F.coalesce(F.col(window.column), F.lit(""))).isin(
            sorted(charter.preparation.missing_words(window.column))
        )
        values = rows.select(at.alias(_AT), by.alias(_BY), F.when(present, F.lit(0.0)).alias("_value"))
    return (
        values.where(f"{_AT} IS NOT NULL AND {_BY} IS NOT NULL")
        .groupBy(_BY, _AT)
        .agg(
            F.count("_value").alias("_count"),
            F.sum("_value").alias("_sum"),
            F.avg("_value").alias("_mean"),
            (F.var_pop("_value") * F.count("_value")).alias("_squares"),
            F.min("_value").alias("_min"),
            F.max("_value").alias("_max"),
        )
    )


def _aggregate(window: Window, frame: Any) -> SparkColumn:
    """The window's function over moments, in the frame or, without one, over the rows of a group."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    def over(column: SparkColumn) -> SparkColumn:
        return column if frame is None else column.over(frame)

    count = F.coalesce(over(F.sum("_count")), F.lit(0))
    if window.function == "count":
        return count
    total = over(F.sum("_sum"))
    value = {
        "sum": lambda: total,
        "mean": lambda: total / count,
        "min": lambda: over(F.min("_min")),
        "max": lambda: over(F.max("_max")),
        "std": lambda: _deviation(over, count),
        # Of several rows at the last moment the greatest value, so that the answer is always the same.
        "last": lambda: over(F.max(F.when(F.col("_count") > 0, F.struct(_AT, "_max")))).getField("_max"),
    }[window.function]()
    return F.when(count >= window.minimum_rows, value)


def _deviation(over: Any, count: SparkColumn) -> SparkColumn:
    """Standard deviation of a sample: squares within moments and between them, about an origin near the values."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    shift = F.col("_mean") - F.col("_origin")
    within, between = over(F.sum("_squares")), over(F.sum(F.col("_count") * shift * shift))
    shifted = over(F.sum(F.col("_count") * shift))
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
        parts += [F.lit(_SEPARATOR), F.when(~text.isin(sorted(charter.preparation.missing_words(name))), text)]
    return F.concat(*parts[:1], *parts[2:])


def _number(charter: Charter, window: Window) -> SparkColumn:
    return _parsed(charter.preparation, _column(charter, window.column))


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
