"""The view that people query: typed values of the rows that may be looked at, without the test set.

Columns that the charter treats as personal data are left out, all but those it keeps. What means missing, and what is
not of its column's type, is null. In the source whose rows are predicted, ``_is_positive`` says whether a row is,
where the target is one of two classes.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from crispstack.charter import Charter, Column, ColumnType, Source
from crispstack.data_understanding import holdout, target
from crispstack.data_understanding.column_types import DATE_PATTERN, FALSE, INTEGER_PATTERN, NUMBER_PATTERN, TRUE
from crispstack.data_understanding.raw_table import RawTables, identifier, literal, missing, view_name

IS_POSITIVE = "_is_positive"
ATHENA_TYPES: dict[ColumnType, str] = {
    "integer": "bigint",
    "number": "double",
    "category": "varchar",
    "boolean": "boolean",
    "text": "varchar",
    "date": "date",
    "timestamp": "timestamp(3)",
}
_GLUE_TYPES = {"varchar": "string", "timestamp(3)": "timestamp"}


@dataclass(frozen=True)
class View:
    """A view in the Glue catalog. `columns` are names and Trino's types."""

    name: str
    sql: str
    columns: tuple[tuple[str, str], ...]

    def glue_columns(self) -> tuple[tuple[str, str], ...]:
        """Names and types as the Glue catalog writes them."""
        return tuple((name, _GLUE_TYPES.get(kind, kind)) for name, kind in self.columns)

    def original_text(self, database: str) -> str:
        """The view as Athena keeps it in the table's ``ViewOriginalText``."""
        columns = [{"name": name, "type": kind} for name, kind in self.columns]
        body = {"originalSql": self.sql, "catalog": "awsdatacatalog", "schema": database, "columns": columns}
        return f"/* Presto View: {base64.b64encode(json.dumps(body).encode()).decode()} */"


def name(charter: Charter, source: Source) -> str:
    """The view's name in the Glue catalog."""
    return f"{view_name(charter, source)}_explorable"


def columns(charter: Charter, source: Source) -> tuple[Column, ...]:
    """The source's columns that the view shows."""
    hidden = {each.column for each in charter.treatments(source.name) if each.treatment != "keep"}
    return tuple(column for column in source.columns if column.name not in hidden)


def view(charter: Charter, source: Source, database: str) -> View:
    """The view of a source's current version."""
    shown = columns(charter, source)
    selected = [f"{typed(column, identifier(column.name), charter)} AS {identifier(column.name)}" for column in shown]
    types = [(column.name, ATHENA_TYPES[column.type]) for column in shown]
    where = ""
    if source is charter.source:
        if charter.framing == "binary":
            selected.append(f"{target.athena_sql(charter)} AS {identifier(IS_POSITIVE)}")
            types.append((IS_POSITIVE, "boolean"))
        where = f"\nWHERE NOT ({holdout.athena_sql(charter)})"
    relation = RawTables(database).relation(charter, source)
    sql = "SELECT\n  " + ",\n  ".join(selected) + f"\nFROM {relation} AS texts{where}"
    return View(name(charter, source), sql, tuple(types))


def typed(column: Column, text: str, charter: Charter) -> str:
    """The text, a column of this name or another expression, as a value of the column's type."""
    present = f"CASE WHEN NOT ({missing(text, charter)}) THEN {text} END"
    if column.type in ("category", "text"):
        return present
    return f"CASE WHEN NOT ({missing(text, charter)}) THEN {_cast(column.type, text)} END"


def _cast(kind: ColumnType, text: str) -> str:
    if kind == "boolean":
        true, false = (", ".join(map(literal, words)) for words in (TRUE, FALSE))
        return f"CASE WHEN lower({text}) IN ({true}) THEN true WHEN lower({text}) IN ({false}) THEN false END"
    if kind == "timestamp":
        return f"try_cast(replace(replace(substr({text}, 1, 23), 'T', ' '), 'Z') AS timestamp(3))"
    pattern = {"integer": INTEGER_PATTERN, "number": NUMBER_PATTERN, "date": DATE_PATTERN}[kind]
    return f"CASE WHEN regexp_like({text}, {literal(pattern)}) THEN try_cast({text} AS {ATHENA_TYPES[kind]}) END"
