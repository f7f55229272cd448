"""What people ask of kept predictions: a table, a view with types and with the truth, and the first questions."""

from __future__ import annotations

from crispstack.charter import Charter
from crispstack.data_understanding.explorable_view import ATHENA_TYPES, View, typed
from crispstack.data_understanding.named_queries import NamedQuery
from crispstack.data_understanding.raw_table import identifier
from crispstack.deployment.capture import (
    DECISION,
    OF_PREDICTIONS,
    PREDICTION,
    REQUEST,
    ROW,
    TIME,
    VALUE,
    VERSION,
    columns,
)

DAY = "_day"
"""The table's partition: the day (UTC) on which the delivery stream took a row."""
TRUTH, TOLD = "_truth", "_told"
_TRINO = {"string": "varchar", "int": "integer", "timestamp": "timestamp(3)"}


def captured_table(project: str) -> str:
    """Name of the table of kept predictions, inputs as text."""
    return f"{project}_captured"


def truth_table(project: str) -> str:
    """Name of the table of truths told with `crisp feedback`."""
    return f"{project}_truths"


def predictions_view(charter: Charter, database: str) -> View:
    """The view of kept predictions: inputs with their types, the truth where it is known, else null."""
    ours = {name: _TRINO.get(kind, kind) for name, kind in OF_PREDICTIONS.items()}
    selected = [f"captured.{identifier(name)}" for name in ours]
    selected += [f"truths.{identifier(TRUTH)}", f"captured.{identifier(DAY)}"]
    kinds = [*ours.items(), (TRUTH, "varchar"), (DAY, "varchar")]
    treated = {each.column for each in charter.row_treatments if each.treatment != "keep"}
    for column in columns(charter):
        text = f"captured.{identifier(column.name)}"
        # A pseudonym or a band is no value of the column's type.
        value = text if column.name in treated else typed(column, f"coalesce({text}, '')", charter)
        selected.append(f"{value} AS {identifier(column.name)}")
        kinds.append((column.name, "varchar" if column.name in treated else ATHENA_TYPES[column.type]))
    name = f"{charter.name}_predictions"
    captured = f"{identifier(database)}.{identifier(captured_table(charter.name))}"
    sql = f"""\
SELECT
  {", ".join(selected)}
FROM {captured} AS captured
LEFT JOIN {_latest_truths(charter.name, database)}"""  # noqa: S608 (quoted)
    return View(name, sql, tuple(kinds))


def told_rows(project: str, database: str) -> str:
    """What stands after FROM: the kept rows whose truth was told, inputs as text, and the truth."""
    captured = f"{identifier(database)}.{identifier(captured_table(project))}"
    rows = f"SELECT captured.*, truths.{identifier(TRUTH)} FROM {captured} AS captured"  # noqa: S608 (quoted)
    return f"({rows} JOIN {_latest_truths(project, database)})"


def _latest_truths(project: str, database: str) -> str:
    """What is joined to `captured`: of each row the truth that was told last."""
    request, row, truth = identifier(REQUEST), identifier(ROW), identifier(TRUTH)
    return f"""\
(
  SELECT {request}, {row}, max_by({truth}, {identifier(TOLD)}) AS {truth}
  FROM {identifier(database)}.{identifier(truth_table(project))}
  GROUP BY {request}, {row}
) AS truths ON captured.{request} = truths.{request} AND captured.{row} = truths.{row}"""  # noqa: S608 (quoted)


def named_queries(charter: Charter, database: str) -> tuple[NamedQuery, ...]:
    """Questions about what serves: how much, what was decided, and how right it was."""
    view = f"{identifier(database)}.{identifier(predictions_view(charter, database).name)}"
    per_day = f"""\
SELECT {DAY}, {VERSION} AS model_version, count(*) AS kept_rows, avg({PREDICTION}) AS mean_prediction,
  sum({VALUE}) AS expected_value
FROM {view}
GROUP BY {DAY}, {VERSION}
ORDER BY {DAY} DESC, {VERSION}"""  # noqa: S608 (quoted)
    latest = f"SELECT *\nFROM {view}\nORDER BY {TIME} DESC\nLIMIT 20"
    truths = f"""\
SELECT {VERSION} AS model_version, {DECISION} AS decision, {TRUTH} AS truth, count(*) AS kept_rows,
  avg({PREDICTION}) AS mean_prediction
FROM {view}
WHERE {TRUTH} IS NOT NULL
GROUP BY {VERSION}, {DECISION}, {TRUTH}
ORDER BY {VERSION}, {DECISION}, {TRUTH}"""  # noqa: S608 (quoted)
    return (
        NamedQuery("predictions-per-day", "What was predicted each day, by which version, of what worth?", per_day),
        NamedQuery("latest-predictions", "What was predicted last, from which inputs?", latest),
        NamedQuery("decisions-and-truth", "What became of what was decided?", truths),
    )
