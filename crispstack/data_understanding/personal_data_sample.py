"""The values in which personal data is looked for: of rows drawn alike every time, test rows included.

It says nothing that a model could learn from, and what is in the test set must be treated as well.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

from crispstack.charter import Charter, Source
from crispstack.data_understanding.personal_data import VALUES, Values
from crispstack.data_understanding.raw_table import RawTables, array, identifier, literal

ROWS = 1000
LONGEST = 1000
"""Characters of a value that are looked at."""
_NAME = "personal_data"


def statement_name(source: Source) -> str:
    """The name of the statement among those of data understanding."""
    return f"{_NAME}/{source.name}"


def statements(charter: Charter, tables: RawTables) -> dict[str, Callable[[], str]]:
    """A statement for each source, by name."""
    return {statement_name(each): functools.partial(statement, charter, each, tables) for each in charter.sources}


def statement(charter: Charter, source: Source, tables: RawTables) -> str:
    """The statement: every column of `ROWS` rows, those with the smallest hash of all their values."""
    names = [identifier(column.name) for column in source.columns]
    digest = f"sha256(to_utf8(array_join({array([literal(_NAME), *names])}, chr(31))))"
    return f"""\
SELECT {", ".join(f"substr({name}, 1, {LONGEST}) AS {name}" for name in names)}
FROM {tables.relation(charter, source)}
ORDER BY {digest}
LIMIT {ROWS}"""  # noqa: S608 (identifiers and literals are quoted)


def values(rows: Sequence[Mapping[str, str | None]], charter: Charter) -> Values:
    """Up to `VALUES` distinct values of each column, without what means missing."""
    missing = {"", *charter.preparation.missing_values}
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for name, value in row.items():
            distinct = found.setdefault(name, {})
            text = (value or "").strip(" ")[:LONGEST]
            if len(distinct) < VALUES and text not in missing:
                distinct[text] = None
    return {name: list(distinct) for name, distinct in found.items()}
