"""Where a project's raw data lies, and the SQL with which Athena reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from crispstack.charter import Charter, Source

# Trino takes at most 254 items in an array constructor.
_ITEMS = 200


def name(charter: Charter) -> str:
    """The raw table's name in the Glue catalog."""
    return f"{charter.name}_{charter.source.name}"


def uri(charter: Charter, raw_bucket: str) -> str:
    """URI of the raw file."""
    return f"s3://{raw_bucket}/{charter.name}/{charter.source.name}/{PurePosixPath(charter.source.file).name}"


def qualified(charter: Charter, database: str) -> str:
    """The raw table as a statement names it."""
    return f"{identifier(database)}.{identifier(name(charter))}"


@dataclass(frozen=True)
class RawTables:
    """The raw tables that a run reads."""

    database: str

    def relation(self, charter: Charter, source: Source) -> str:
        """A query in parentheses over one source: every declared column as stripped text, empty where null.

        Whatever the format of its files, statistics, rules and the choice of the test set see the same texts.
        """
        columns = ", ".join(
            f"{stripped(identifier(column.name))} AS {identifier(column.name)}" for column in source.columns
        )
        table = f"{identifier(self.database)}.{identifier(f'{charter.name}_{source.name}')}"
        return f"(SELECT {columns} FROM {table})"  # noqa: S608 (identifiers are quoted)


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
