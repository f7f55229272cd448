"""The sample on which pairs of columns are looked at: drawn by one statement, read from its result.

Rows that are not set aside are ordered by a seeded hash of all their values, and the first ones taken: the same rows
every time, as good as drawn at random, and found by any engine with memory for the sample alone. Equal rows have equal
hashes and come together. Columns that the charter drops because they are personal are not drawn; where it wants a hash,
so does the sample.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from crispstack.charter import Charter, Column
from crispstack.data_understanding import holdout
from crispstack.data_understanding.raw_table import RawTables, array, identifier, literal
from crispstack.errors import DataError

CELLS = 4_000_000
"""A sample of more cells would not fit the function's memory: wide tables give fewer rows."""
LONGEST = 200
"""Longer texts are cut, and end in a digest that keeps different ones apart."""


@dataclass(frozen=True)
class Sample:
    """Texts of the rows drawn, stripped, empty for null: ``cells[i][j]`` is row i of ``columns[j]``.

    `complete` says that these are all rows that are not set aside.
    """

    columns: tuple[Column, ...]
    cells: tuple[tuple[str, ...], ...]
    complete: bool


def drawn_columns(charter: Charter) -> tuple[Column, ...]:
    """The source's columns without those dropped because they are personal."""
    dropped = {each.column for each in charter.treatments(charter.source.name) if each.treatment == "drop"}
    return tuple(column for column in charter.source.columns if column.name not in dropped - {charter.target.column})


def size(charter: Charter) -> int:
    """How many rows are drawn, at most."""
    return min(charter.sampling.rows, CELLS // len(drawn_columns(charter)))


def statement_name(charter: Charter) -> str:
    """Under which name `statements` asks for it."""
    return f"sample/{charter.source.name}"


def statement(charter: Charter, tables: RawTables) -> str:
    """The statement: the drawn columns of the drawn rows, one row more than `size` if there are more."""
    texts = [identifier(column.name) for column in charter.source.columns]
    digest = _digest(f"array_join({array([literal(f'sample {charter.sampling.seed}'), *texts])}, chr(31))")
    return f"""\
SELECT
  {", ".join(f"{_drawn(column, charter)} AS {identifier(column.name)}" for column in drawn_columns(charter))}
FROM {tables.relation(charter, charter.source)}
WHERE NOT ({holdout.athena_sql(charter)})
ORDER BY {digest}
LIMIT {size(charter) + 1}"""  # noqa: S608 (identifiers and literals are quoted)


def parse(text: str, charter: Charter) -> Sample:
    """The sample from the statement's result as Athena writes it to S3: CSV with a header, every value quoted.

    Raises:
        DataError: no row, or not the columns of this statement.
    """
    columns = drawn_columns(charter)
    # A value may be as long as `LONGEST` and its digest only, so the reader's own limit is never met.
    header, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    names = [column.name for column in columns]
    if header != names or any(len(row) != len(names) for row in rows):
        raise DataError(f"the sample has columns {header}, expected {names}: start the run again")
    if not rows:
        raise DataError(f"no row of {charter.source.name} is left beside the test set: check the data and test_share")
    drawn = rows[: size(charter)]
    return Sample(columns, tuple(map(tuple, drawn)), complete=len(rows) <= size(charter))


def rows_of(sample: Sample, names: Sequence[str]) -> list[tuple[str, ...]]:
    """The rows, of these columns only."""
    places = [index for index, column in enumerate(sample.columns) if column.name in names]
    return [tuple(row[place] for place in places) for row in sample.cells]


def _drawn(column: Column, charter: Charter) -> str:
    text = identifier(column.name)
    hashed = {each.column for each in charter.treatments(charter.source.name) if each.treatment == "hash"}
    if column.name in hashed - {charter.target.column}:
        salted = _digest(f"{literal(charter.split.key)} || {text}")
        missing = ", ".join(map(literal, sorted(charter.preparation.missing_words(column.name))))
        return f"CASE WHEN {text} IN ({missing}) THEN {text} ELSE {salted} END"
    cut = f"substr({text}, 1, {LONGEST}) || {_digest(text)}"
    return f"CASE WHEN length({text}) <= {LONGEST} THEN {text} ELSE {cut} END"


def _digest(text: str) -> str:
    return f"substr(lower(to_hex(sha256(to_utf8({text})))), 1, 16)"
