"""The raw table of a source, and the SQL with which Athena reads a version of it as text, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crispstack.charter import Charter, Column, Source
from crispstack.data_understanding.column_types import NUMBER_PATTERN

VERSION = "version"
"""The table's first partition key."""
# Trino takes at most 254 items in an array constructor.
_ITEMS = 200
_EXACT = 2**53


def versions_name(charter: Charter, source: Source) -> str:
    """The raw table's name in the Glue catalog; it holds every version."""
    return f"{charter.name}_{source.name}_versions"


def view_name(charter: Charter, source: Source) -> str:
    """The name of the view of the current version, with which people query."""
    return f"{charter.name}_{source.name}"


def name(charter: Charter) -> str:
    """The name under which people query the source whose rows are predicted."""
    return view_name(charter, charter.source)


def qualified(charter: Charter, database: str) -> str:
    """That view as a statement names it."""
    return f"{identifier(database)}.{identifier(name(charter))}"


def view_statement(database: str, charter: Charter, source: Source, version: str) -> str:
    """The statement that lets the view show this version, columns as they are stored."""
    columns = ", ".join(identifier(column.name) for column in source.columns)
    view = f"{identifier(database)}.{identifier(view_name(charter, source))}"
    table = f"{identifier(database)}.{identifier(versions_name(charter, source))}"
    rows = f"SELECT {columns} FROM {table} WHERE {identifier(VERSION)} = {literal(version)}"  # noqa: S608 (quoted)
    return f"CREATE OR REPLACE VIEW {view} AS {rows}"


def column_type(source: Source, column: Column) -> str:
    """The type of the raw table's column: text but in Parquet, so that what does not parse is found and counted."""
    return column.stored_type if source.format in ("parquet", "jdbc") else "string"


@dataclass(frozen=True)
class RawTables:
    """The raw tables of a database, and which version of each source to read: the current one where none is named.

    `sizes` are the bytes of those versions' files.
    """

    database: str
    versions: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)

    def relation(self, charter: Charter, source: Source) -> str:
        """A query in parentheses over one source: every declared column as stripped text, empty where null.

        Whatever the format of its files, statistics, rules and the choice of the test set see the same texts.
        """
        columns = ", ".join(
            f"{stripped(text(source, column))} AS {identifier(column.name)}" for column in source.columns
        )
        return f"(SELECT {columns} FROM {self.rows(charter, source)})"  # noqa: S608 (identifiers are quoted)

    def rows(self, charter: Charter, source: Source) -> str:
        """What stands after FROM: the rows of one source, columns as they are stored."""
        if source.name not in self.versions:
            return f"{identifier(self.database)}.{identifier(view_name(charter, source))}"
        table = f"{identifier(self.database)}.{identifier(versions_name(charter, source))}"
        return f"{table} WHERE {identifier(VERSION)} = {literal(self.versions[source.name])}"


def text(source: Source, column: Column) -> str:
    """The column as text, the same as `crispstack.business_understanding.canonical_text` writes."""
    name = identifier(column.name)
    if column.name in source.partitions or source.format in ("csv", "excel"):
        return name
    if source.format == "jsonl":
        if column.type not in ("integer", "number"):
            return name
        # Readers write a number of JSON with a point or an exponent each in their own way.
        fraction = (
            f"regexp_like({name}, '[.eE]') AND regexp_like(trim(BOTH ' ' FROM {name}), {literal(NUMBER_PATTERN)})"
        )
        return f"CASE WHEN {fraction} THEN {_number(f'try_cast({name} AS double)')} ELSE {name} END"
    if column.stored_type == "double":
        return _number(name)
    if column.stored_type == "timestamp" and column.type == "date":
        day = f"CAST({name} AS date)"
        return f"CASE WHEN {name} = CAST({day} AS timestamp) THEN {_varchar(day)} ELSE {_varchar(name)} END"
    return name if column.stored_type == "string" else _varchar(name)


def _number(expression: str) -> str:
    whole = f"{expression} = floor({expression}) AND abs({expression}) < {_EXACT}"
    # A cast would write 1.5 as 1.5E0; a format writes it as Java does.
    written = f"CASE WHEN {expression} IS NOT NULL THEN format('%s', {expression}) END"
    return f"CASE WHEN {whole} THEN {_varchar(f'CAST({expression} AS bigint)')} ELSE {written} END"


def _varchar(expression: str) -> str:
    return f"CAST({expression} AS varchar)"


def identifier(text: str) -> str:
    """A quoted identifier."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text literal."""
    return "'" + text.replace("'", "''") + "'"


def array(items: Sequence[str]) -> str:
    """An array of the expressions, however many there are."""
    parts = [items[start : start + _ITEMS] for start in range(0, len(items), _ITEMS)]
    return " || ".join(f"ARRAY[{', '.join(part)}]" for part in parts)


def stripped(expression: str) -> str:
    """The text without spaces around it; empty for null."""
    return f"trim(BOTH ' ' FROM coalesce({expression}, ''))"


def missing(expression: str, charter: Charter) -> str:
    """Whether the stripped text means missing."""
    values = sorted({"", *charter.preparation.missing_values})
    return f"{expression} IN ({', '.join(map(literal, values))})"
