"""The rows of a query as a table on a terminal, as JSON, as CSV and as Parquet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from crispstack.errors import CrispError

if TYPE_CHECKING:
    from rich.console import Console

    from crispstack.aws.interactive_queries import Finished, Rows

_NUMBERS = frozenset({"tinyint", "smallint", "integer", "bigint", "real", "float", "double", "decimal"})
_WHOLE = frozenset({"tinyint", "smallint", "integer", "bigint"})
_NARROWEST, _WIDEST, _BETWEEN = 6, 60, 2
# What would move the cursor or change colors, or break a line of the table.
_CONTROL = {**dict.fromkeys([*range(32), *range(127, 160)], "�"), 9: " ", 10: "⏎", 13: "⏎"}


def print_table(console: Console, rows: Rows) -> None:
    """Print the rows: numbers to the right, long values cut, and only as many columns as the terminal has room for."""
    from rich.table import Table  # noqa: PLC0415 (help must not import it)
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, header_style="bold")
    needed = [_needed(rows, index) for index in range(len(rows.columns))]
    shown = _fitting(needed, console.width)
    for (name, kind), width in zip(rows.columns[:shown], needed, strict=False):
        table.add_column(
            Text(name),
            justify="right" if kind.partition("(")[0] in _NUMBERS else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=min(width, _NARROWEST),
            max_width=_WIDEST,
        )
    for values in rows.values:
        table.add_row(*(_cell(value) for value in values[:shown]))
    console.print(table)
    if shown < len(rows.columns):
        left = ", ".join(name for name, _ in rows.columns[shown:])
        console.print(Text(f"no room for {len(rows.columns) - shown} more: {left}", style="dim"))


def _cell(value: str | None) -> Any:
    from rich.text import Text  # noqa: PLC0415 (help must not import it)

    return Text("null", style="dim") if value is None else Text(value.translate(_CONTROL))


def _needed(rows: Rows, index: int) -> int:
    """Characters of the longest value of a column, its name included."""
    return max([len(rows.columns[index][0]), *(len(values[index] or "null") for values in rows.values)])


def _fitting(needed: Sequence[int], width: int) -> int:
    """How many columns fit when each gets what it needs, or at least `_NARROWEST`."""
    used = 0
    for index, longest in enumerate(needed):
        used += min(longest, _NARROWEST) + _BETWEEN
        if used > width and index:
            return index
    return len(needed)


def plain(rows: Rows) -> list[dict[str, Any]]:
    """Each row as an object: whole numbers, numbers and booleans as JSON has them, everything else as text."""
    return [
        {name: _plain(value, kind) for (name, kind), value in zip(rows.columns, values, strict=True)}
        for values in rows.values
    ]


def _plain(value: str | None, kind: str) -> Any:
    if value is None:
        return None
    if kind in _WHOLE:
        return int(value)
    if kind == "boolean":
        return value == "true"
    if kind in ("double", "real", "float") and re.fullmatch(r"[-+.eE\d]+", value):
        return float(value)
    return value


def write_csv(finished: Finished, file: BinaryIO) -> None:
    """Write all rows: a header, every value quoted, null as nothing."""
    from crispstack.aws import interactive_queries  # noqa: PLC0415 (help must not import it)

    if finished.rows_as_file:
        for chunk in interactive_queries.content(finished):
            file.write(chunk)
        return
    rows = interactive_queries.rows(finished, 1_000_000)
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([[name for name, _ in rows.columns], *rows.values])
    file.write(text.getvalue().encode())


def write_parquet(finished: Finished, path: Path) -> None:
    """Write all rows with Athena's types, batch by batch; what Parquet has no plain type for is text.

    Raises:
        CrispError: the statement has no rows to store, or pyarrow is not installed.
    """
    from crispstack.aws import interactive_queries  # noqa: PLC0415 (help must not import it)

    if not finished.rows_as_file:
        raise CrispError("only the rows of a query can be stored as Parquet; use --csv")
    try:
        import pyarrow as pa  # noqa: PLC0415 (not every command needs it)
        import pyarrow.csv  # noqa: PLC0415
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise CrispError("--parquet needs pyarrow; install it with crispstack[collection]") from error
    arrow_csv: Any = pyarrow.csv  # its types are not known
    columns = interactive_queries.rows(finished, 1).columns
    names = [name for name, _ in columns]
    if len(set(names)) < len(names):
        raise CrispError("two columns have one name; give each its own with AS")
    types = {name: _arrow_type(pa, kind) for name, kind in columns}
    source = pa.PythonFile(_Stream(interactive_queries.content(finished)), mode="r")
    options = arrow_csv.ConvertOptions(
        column_types=types, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    with arrow_csv.open_csv(
        source, parse_options=arrow_csv.ParseOptions(newlines_in_values=True), convert_options=options
    ) as batches, pa.parquet.ParquetWriter(path, batches.schema) as writer:  # fmt: skip
        for batch in batches:
            writer.write_batch(batch)


def _arrow_type(pa: Any, kind: str) -> Any:
    """Arrow's type for Athena's: times with a zone and nested values stay text."""
    found = re.fullmatch(r"decimal\((\d+), ?(\d+)\)", kind)
    if found:
        return pa.decimal128(int(found[1]), int(found[2]))
    plain_types = {
        "tinyint": pa.int8(),
        "smallint": pa.int16(),
        "integer": pa.int32(),
        "bigint": pa.int64(),
        "real": pa.float32(),
        "float": pa.float32(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("ms"),
    }
    return plain_types.get(kind.partition("(")[0], pa.string())


class _Stream(io.RawIOBase):
    """Chunks of bytes as a file."""

    def __init__(self, chunks: Any) -> None:
        self._chunks, self._rest = iter(chunks), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size
