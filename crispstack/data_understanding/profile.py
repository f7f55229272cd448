"""The profile of every column by one Athena statement that reads the raw table once.

Rows are turned into (column, value) cells and counted per value; everything else is computed from those counts, so the
table is scanned a single time however many figures are asked for. Test rows are counted, and left out of every figure.
"""

from __future__ import annotations

from crispstack.charter import Charter
from crispstack.data_understanding import holdout, target
from crispstack.data_understanding.column_types import (
    DATE_PATTERN,
    FALSE,
    INTEGER_PATTERN,
    LARGEST,
    NUMBER_PATTERN,
    NUMERIC_TYPES,
    TRUE,
)
from crispstack.data_understanding.raw_table import RawTables, array, identifier, literal, missing

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""The smallest value that at least this share of the values does not exceed."""
BINS = 20
TOP_VALUES = 10


def statement(charter: Charter, tables: RawTables) -> str:
    """The statement: one result row of `FIGURES` per column of the source, in order of `column_index` (from 1)."""
    figures = ",\n    ".join(f"{expression} AS {name}" for name, expression in _figures().items())
    return f"""\
WITH raw AS (
  SELECT
    {array([identifier(column.name) for column in charter.source.columns])} AS cells,
    {holdout.athena_sql(charter)} AS is_test,
    {target.athena_sql(charter.target)} AS is_positive
  FROM {tables.relation(charter, charter.source)}
),
counted AS (
  SELECT
    column_index,
    cell,
    count_if(is_test) AS test_rows,
    count_if(NOT is_test) AS n,
    count_if(NOT is_test AND is_positive) AS positives
  FROM raw CROSS JOIN UNNEST(cells) WITH ORDINALITY AS unnested (cell, column_index)
  GROUP BY column_index, cell
),
parsed AS (
  SELECT *, {missing("cell", charter)} AS is_missing, {_number(charter)} AS number
  FROM counted
),
checked AS (
  SELECT
    column_index, cell, test_rows, n, positives, is_missing,
    {_is_numeric(charter)} AS is_numeric,
    CASE WHEN n > 0 AND NOT is_missing AND abs(number) <= {LARGEST!r} THEN number END AS x
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
    row_number() OVER (PARTITION BY column_index ORDER BY is_missing, n DESC, cell) AS place
  FROM checked
),
measured AS (
  SELECT
    *,
    x - total / numbers AS deviation,
    CASE
      WHEN x IS NULL THEN NULL
      WHEN highest = lowest THEN 0
      ELSE least({BINS - 1}, CAST(floor((x - lowest) / (highest - lowest) * {BINS}) AS integer))
    END AS bin
  FROM placed
)
SELECT
    column_index,
    {figures}
FROM measured
GROUP BY column_index
ORDER BY column_index"""  # noqa: S608 (identifiers and literals are quoted)


def _figures() -> dict[str, str]:
    """Name and expression of every figure of a column, over its values and their counts."""
    figures = {
        "row_count": "sum(n)",
        "test_row_count": "sum(test_rows)",
        "positive_count": "sum(positives)",
        "null_count": "sum(CASE WHEN is_missing THEN n ELSE 0 END)",
        "distinct_count": "count_if(n > 0 AND NOT is_missing)",
        "unparsable_count": "sum(CASE WHEN is_numeric AND NOT is_missing AND x IS NULL THEN n ELSE 0 END)",
        "number_count": "max(numbers)",
        "number_positives": "sum(CASE WHEN x IS NOT NULL THEN positives ELSE 0 END)",
        "lowest": "max(lowest)",
        "highest": "max(highest)",
        "total": "max(total)",
        "squared_deviations": "sum(n * deviation * deviation)",
        "positive_deviations": "sum(positives * deviation)",
        "present_positives": "sum(CASE WHEN is_missing THEN 0 ELSE positives END)",
        "squared_positives": (
            "sum(CASE WHEN is_missing OR n = 0 THEN 0e0 ELSE CAST(positives AS double) * positives / n END)"
        ),
    }
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


FIGURES = ("column_index", *_figures())


def _number(charter: Charter) -> str:
    """The text as a double by its column's type, null where it is none."""
    patterns = {"integer": INTEGER_PATTERN, "number": NUMBER_PATTERN}
    days = "date_diff('day', DATE '1970-01-01', try_cast(cell AS date))"
    true, false = (", ".join(map(literal, words)) for words in (TRUE, FALSE))
    conversions = {
        **{
            kind: f"CASE WHEN regexp_like(cell, {literal(pattern)}) THEN try_cast(cell AS double) END"
            for kind, pattern in patterns.items()
        },
        "boolean": f"CASE WHEN lower(cell) IN ({true}) THEN 1e0 WHEN lower(cell) IN ({false}) THEN 0e0 END",
        "date": f"CASE WHEN regexp_like(cell, {literal(DATE_PATTERN)}) THEN CAST({days} AS double) END",
    }
    cases = [
        f"WHEN column_index IN ({positions}) THEN {conversion}"
        for kind, conversion in conversions.items()
        if (positions := _positions(charter, kind))
    ]
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS double)"


def _is_numeric(charter: Charter) -> str:
    positions = ", ".join(filter(None, (_positions(charter, kind) for kind in sorted(NUMERIC_TYPES))))
    return f"column_index IN ({positions})" if positions else "false"


def _positions(charter: Charter, kind: str) -> str:
    return ", ".join(str(index) for index, column in enumerate(charter.source.columns, 1) if column.type == kind)
