"""The profile of every column of a source by one Athena statement that reads the raw table once.

Rows are turned into (column, value) cells and counted per value; everything else is computed from those counts, so the
table is scanned a single time however many figures are asked for. Test rows are counted, and left out of every figure.
"""

from __future__ import annotations

from collections.abc import Sequence

from crispstack.charter import Charter, Column, Source
from crispstack.data_understanding import holdout, profile_values, target
from crispstack.data_understanding.column_types import LARGEST, NUMERIC_TYPES
from crispstack.data_understanding.raw_table import RawTables, array, identifier, literal

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""The smallest value that at least this share of the values does not exceed."""
BINS = 20
TOP_VALUES = 10
EXAMPLES = 3
Z_SCORE, FENCE, MAD_SCORE = 3.0, 1.5, 3.5
"""Outliers: beyond three standard deviations; beyond the quartiles by 1.5 interquartile ranges (Tukey, Exploratory Data
Analysis, 1977); a modified z-score above 3.5 (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993)."""
MAD_SCALE = 0.6745
SMALL = 64 * 1024 * 1024
"""Bytes of a source up to which every value is counted."""
COLUMNS = 400
"""Columns of one statement: Athena takes 262,144 bytes."""
_TIMES = ("date", "timestamp")
_DAY = 86400


def chunks(source: Source, most: int = COLUMNS) -> tuple[tuple[tuple[int, Column], ...], ...]:
    """The columns of each statement over a source, `most` at a time, each with its index from 1."""
    numbered = tuple(enumerate(source.columns, 1))
    return tuple(numbered[start : start + most] for start in range(0, len(numbered), most))


def statement_name(source: Source, chunk: int) -> str:
    """Name of the statement over a chunk of a source's columns."""
    return f"profile/{source.name}" + (f"/{chunk}" if chunk else "")


def statement(charter: Charter, source: Source, numbered: Sequence[tuple[int, Column]], tables: RawTables) -> str:
    """The statement: one result row of `FIGURES` per column, in order of `column_index`."""
    is_main = source == charter.source
    figures = ",\n    ".join(f"{expression} AS {name}" for name, expression in _figures().items())
    likenesses = ",\n    ".join(
        f"{condition} AS {identifier(name)}" for name, condition in profile_values.likenesses().items()
    )
    return f"""\
WITH raw AS (
  SELECT
    {array([identifier(column.name) for _, column in numbered])} AS cells,
    {holdout.athena_sql(charter) if is_main else "false"} AS is_test,
    {target.athena_sql(charter) if is_main else "false"} AS is_positive
  FROM {tables.relation(charter, source)}
),
counted AS (
  SELECT
    place + {numbered[0][0] - 1} AS column_index,
    cell,
    count_if(is_test) AS test_rows,
    count_if(NOT is_test) AS n,
    count_if(NOT is_test AND is_positive) AS positives
  FROM raw CROSS JOIN UNNEST(cells) WITH ORDINALITY AS unnested (cell, place)
  GROUP BY place, cell
),
parsed AS (
  SELECT
    *,
    {profile_values.missing(charter, source, numbered)} AS is_missing,
    {profile_values.number(numbered)} AS number
  FROM counted
),
checked AS (
  SELECT
    column_index, cell, test_rows, n, positives, is_missing,
    {profile_values.indexes(numbered, NUMERIC_TYPES)} AS is_numeric,
    CASE WHEN {profile_values.indexes(numbered, ("date",))} THEN 1
         WHEN {profile_values.indexes(numbered, ("timestamp",))} THEN {_DAY} END AS day,
    CASE WHEN n > 0 AND NOT is_missing AND abs(number) <= {LARGEST!r} THEN number END AS x,
    {likenesses}
  FROM parsed
),
placed AS (
  SELECT
    *,
    min(x) OVER (PARTITION BY column_index) AS lowest,
    max(x) OVER (PARTITION BY column_index) AS highest,
    sum(n * x) OVER (PARTITION BY column_index) AS total,
    sum(CASE WHEN x IS NOT NULL THEN n ELSE 0 END) OVER (PARTITION BY column_index) AS numbers,
    sum(CASE WHEN x IS NOT NULL THEN n ELSE 0 END) OVER (PARTITION BY column_index ORDER BY x NULLS LAST) AS up_to_here,
    lag(CASE WHEN day IS NOT NULL THEN x END) OVER (PARTITION BY column_index ORDER BY x NULLS LAST) AS earlier,
    row_number() OVER (PARTITION BY column_index ORDER BY is_missing, n DESC, cell) AS place
  FROM checked
),
measured AS (
  SELECT
    *,
    x - total / numbers AS deviation,
    (x - earlier) / day AS gap,
    {_share_reached(0.25, "up_to_here", "x", "numbers")} AS lower_quartile,
    {_share_reached(0.5, "up_to_here", "x", "numbers")} AS median,
    {_share_reached(0.75, "up_to_here", "x", "numbers")} AS upper_quartile,
    CASE
      WHEN x IS NULL THEN NULL
      WHEN highest = lowest THEN 0
      ELSE least({BINS - 1}, CAST(floor((x - lowest) / (highest - lowest) * {BINS}) AS integer))
    END AS bin
  FROM placed
),
spread AS (
  SELECT
    *,
    sqrt(sum(n * deviation * deviation) OVER (PARTITION BY column_index) / nullif(numbers - 1, 0))
      AS standard_deviation,
    max(gap) OVER (PARTITION BY column_index) AS longest,
    abs(x - median) AS distance,
    sum(CASE WHEN x IS NOT NULL THEN n ELSE 0 END)
      OVER (PARTITION BY column_index ORDER BY abs(x - median) NULLS LAST) AS up_to_distance
  FROM measured
),
judged AS (
  SELECT *, {_share_reached(0.5, "up_to_distance", "distance", "numbers")} AS median_distance
  FROM spread
)
SELECT
    column_index,
    {figures}
FROM judged
GROUP BY column_index
ORDER BY column_index"""  # noqa: S608 (identifiers and literals are quoted)


def _share_reached(share: float, running: str, value: str, numbers: str) -> str:
    return f"min(CASE WHEN {running} >= {share!r}e0 * {numbers} THEN {value} END) OVER (PARTITION BY column_index)"


def _figures() -> dict[str, str]:
    """Name and expression of every figure of a column, over its values and their counts."""
    fences = f"{FENCE!r}e0 * (upper_quartile - lower_quartile)"
    figures = {
        "row_count": "sum(n)",
        "test_row_count": "sum(test_rows)",
        "positive_count": "sum(positives)",
        "null_count": _rows("is_missing"),
        "empty_count": _rows("cell = ''"),
        "distinct_count": "count_if(n > 0 AND NOT is_missing)",
        "folded_count": "count(DISTINCT CASE WHEN n > 0 AND NOT is_missing THEN lower(cell) END)",
        "unparsable_count": _rows("is_numeric AND NOT is_missing AND x IS NULL"),
        "examples": (
            f"array_join(slice(array_agg(substr(cell, 1, 40) ORDER BY n DESC, cell) FILTER "
            f"(WHERE n > 0 AND is_numeric AND NOT is_missing AND x IS NULL), 1, {EXAMPLES}), chr(31))"
        ),
        "number_count": "max(numbers)",
        "number_positives": "sum(CASE WHEN x IS NOT NULL THEN positives ELSE 0 END)",
        "lowest": "max(lowest)",
        "highest": "max(highest)",
        "total": "max(total)",
        "squared_deviations": "sum(n * deviation * deviation)",
        "cubed_deviations": "sum(n * deviation * deviation * deviation)",
        "positive_deviations": "sum(positives * deviation)",
        "zero_count": _rows("x = 0"),
        "negative_count": _rows("x < 0"),
        "outliers_iqr": _rows(f"x < lower_quartile - {fences} OR x > upper_quartile + {fences}"),
        "outliers_z_score": _rows(f"abs(deviation) > {Z_SCORE!r}e0 * standard_deviation"),
        "outliers_mad": _rows(f"{MAD_SCALE!r}e0 * distance > {MAD_SCORE!r}e0 * median_distance"),
        "distinct_days": "count(DISTINCT CASE WHEN day IS NOT NULL THEN floor(x / day) END)",
        "longest_gap": "max(longest)",
        "gap_starts": "min(CASE WHEN gap = longest THEN earlier END)",
        "shortest": "min(CASE WHEN n > 0 AND NOT is_missing THEN length(cell) END)",
        "longest_text": "max(CASE WHEN n > 0 AND NOT is_missing THEN length(cell) END)",
        "total_length": "sum(CASE WHEN is_missing THEN 0 ELSE n * length(cell) END)",
        "present_positives": "sum(CASE WHEN is_missing THEN 0 ELSE positives END)",
        "squared_positives": (
            "sum(CASE WHEN is_missing OR n = 0 THEN 0e0 ELSE CAST(positives AS double) * positives / n END)"
        ),
    }
    figures |= {name: _rows(f"{identifier(name)} AND NOT is_missing") for name in profile_values.likenesses()}
    for index, letters in enumerate(profile_values.SCRIPTS.values()):
        figures[f"script_{index}"] = _rows(f"NOT is_missing AND regexp_like(cell, {literal(f'[{letters}]')})")
    for index, share in enumerate(QUANTILES):
        figures[f"quantile_{index}"] = f"min(CASE WHEN up_to_here >= {share!r}e0 * numbers THEN x END)"
    for index in range(BINS):
        figures[f"bin_{index}"] = f"sum(CASE WHEN bin = {index} THEN n ELSE 0 END)"
        figures[f"bin_{index}_positives"] = f"sum(CASE WHEN bin = {index} THEN positives ELSE 0 END)"
    for index in range(TOP_VALUES):
        chosen = f"CASE WHEN place = {index + 1} AND n > 0 AND NOT is_missing THEN"
        figures[f"top_{index}"] = f"max({chosen} cell END)"
        figures[f"top_{index}_count"] = f"max({chosen} n END)"
        figures[f"top_{index}_positives"] = f"max({chosen} positives END)"
    return figures


def _rows(condition: str) -> str:
    return f"sum(CASE WHEN {condition} THEN n ELSE 0 END)"


FIGURES = ("column_index", *_figures())
