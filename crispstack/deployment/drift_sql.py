"""Drift's one statement: the kept rows of a window, counted by column and cell in a single scan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crispstack.charter import Charter
from crispstack.data_understanding import profile_values
from crispstack.data_understanding.raw_table import array, identifier, literal, stripped
from crispstack.deployment.capture import DECISION, PREDICTION, TIME, VERSION
from crispstack.deployment.captured_tables import DAY, captured_table
from crispstack.deployment.drift_reference import Reference

_MISSING, _UNSEEN = -1, -2
Row = Mapping[str, str | None]


@dataclass(frozen=True)
class Window:
    """From when on, and until before when, rows were predicted (UTC), by which version."""

    begins: dt.datetime
    ends: dt.datetime
    model_version: str


@dataclass
class Counted:
    """A column of the window: rows, those missing, those never seen, rows in each cell, and sums of the numbers."""

    cells: list[int]
    rows: int = 0
    missing: int = 0
    unseen: int = 0
    total: float = 0.0
    squares: float = 0.0


@dataclass(frozen=True)
class WindowCounts:
    """The window: a column for each reference, then the predictions."""

    columns: tuple[Counted, ...] = field(default_factory=tuple)

    @property
    def rows(self) -> int:
        """Kept rows."""
        return self.columns[-1].rows


def statement(charter: Charter, references: Sequence[Reference], database: str, window: Window) -> str:
    """The statement; the last reference is that of the predictions."""
    *inputs, _ = references
    texts = [stripped(identifier(each.column.name)) for each in inputs]
    predicted = DECISION if charter.framing == "multiclass" else PREDICTION
    texts.append(f"CAST({identifier(predicted)} AS varchar)")
    numbered = list(enumerate((each.column for each in references), 1))
    places = " ".join(f"WHEN {index} THEN {_place(each)}" for index, each in enumerate(references, 1))
    days = [f"{moment:%Y-%m-%d}" for moment in (window.begins, window.ends + dt.timedelta(hours=1))]
    return f"""\
WITH kept AS (
  SELECT {array(texts)} AS cells
  FROM {identifier(database)}.{identifier(captured_table(charter.name))}
  WHERE {identifier(DAY)} BETWEEN {literal(days[0])} AND {literal(days[1])}
    AND {identifier(TIME)} >= TIMESTAMP {literal(_moment(window.begins))}
    AND {identifier(TIME)} < TIMESTAMP {literal(_moment(window.ends))}
    AND {identifier(VERSION)} = {literal(window.model_version)}
),
counted AS (
  SELECT place AS column_index, cell, count(*) AS n
  FROM kept CROSS JOIN UNNEST(cells) WITH ORDINALITY AS unnested (cell, place)
  GROUP BY place, cell
),
parsed AS (
  SELECT
    *,
    {profile_values.missing(charter, charter.source, numbered)} AS is_missing,
    {profile_values.number(numbered)} AS number
  FROM counted
),
placed AS (
  SELECT *, CASE WHEN is_missing THEN {_MISSING} ELSE CASE column_index {places} END END AS place
  FROM parsed
)
SELECT column_index, place, sum(n) AS row_count, sum(n * number) AS total, sum(n * number * number) AS squares
FROM placed
GROUP BY column_index, place
ORDER BY column_index, place"""  # noqa: S608 (quoted)


def parse(rows: Sequence[Row], references: Sequence[Reference]) -> WindowCounts:
    """What the statement found; a column without rows has none."""
    found = [Counted([0] * len(each.counts)) for each in references]
    for row in rows:
        column, place = found[int(row["column_index"] or 0) - 1], int(row["place"] or 0)
        count = int(row["row_count"] or 0)
        column.rows += count
        if place == _MISSING:
            column.missing += count
            continue
        if place == _UNSEEN:
            column.unseen += count
        if column.cells:
            column.cells[place if place >= 0 else -1] += count
        column.total += float(row["total"] or 0.0)
        column.squares += float(row["squares"] or 0.0)
    return WindowCounts(tuple(found))


def _place(reference: Reference) -> str:
    """The cell of a value, from 0; of categories, one that training never saw is told from the rest."""
    if not reference.counts:
        return "0"
    cases = " ".join(_cases(reference))
    return f"CASE {cases} END" if cases.startswith("WHEN") else cases.removeprefix("ELSE ")


def _cases(reference: Reference) -> Iterator[str]:
    place = 0
    for value in reference.values:
        yield f"WHEN cell = {literal(value)} THEN {place}"
        place += 1
    for atom in reference.atoms:
        yield f"WHEN number = {atom!r}e0 THEN {place}"
        place += 1
    for edge in reference.edges:
        yield f"WHEN number <= {edge!r}e0 THEN {place}"
        place += 1
    if reference.seen:
        seen = ", ".join(literal(each) for each in reference.seen)
        yield f"WHEN cell NOT IN ({seen}) THEN {_UNSEEN}"
    yield f"ELSE {place}"


def _moment(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"
