"""What a data file is, told by itself: its format, its columns' names and, where the format keeps them, their types.

The first step of a draft: the source that is found has columns of type text, until their values are looked at.
"""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from crispstack.business_understanding.data_file_header import normalized
from crispstack.business_understanding.data_file_location import SUFFIXES
from crispstack.business_understanding.data_file_parquet import readable_as
from crispstack.business_understanding.sources_checks import COLUMN_NAME
from crispstack.charter import Column, ColumnType, Source, SourceFormat, StoredType
from crispstack.errors import DataError

_SNIFFED_LINES = 20
_KEYED_LINES = 1000
_LEAST_COLUMNS = 2
_TYPES: dict[StoredType, ColumnType] = {
    "bigint": "integer",
    "double": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}


def source(name: str, file: str, folder: Path, delimiter: str = "", sheet: str = "") -> Source:
    """The source that a file or a folder of files is.

    Args:
        name: what to call it.
        file: relative to `folder`, which is to be the charter's.
        folder: where to look.
        delimiter: of CSV, where it is not to be guessed.
        sheet: of Excel, the first where empty.

    Raises:
        DataError: the file cannot be read, has no format that is known, or columns whose names cannot be used.
    """
    path = folder / file
    first = _first_file(path)
    form = _format(first)
    folders = _partitions(first.relative_to(path).parts[:-1]) if path.is_dir() else ()
    columns, separator = _columns(first, form, delimiter, sheet)
    if len(columns) + len(folders) < _LEAST_COLUMNS:
        likely = f"; is its delimiter {json.dumps(_delimiter(_first_lines(first)))}?" if form == "csv" else ""
        raise DataError(f"{first}: has one column, {columns[0].name!r}, and nothing to predict it from{likely}")
    declared = tuple(columns) + tuple(Column(each, "text") for each in folders)
    _check_names(first, declared, form)
    return Source(
        name,
        file,
        declared,
        form,
        delimiter=separator or ",",
        sheet=sheet if form == "excel" else "",
        partitions=folders,
    )


def _first_file(path: Path) -> Path:
    if path.is_dir():
        inside = (each for each in sorted(path.rglob("*")) if each.is_file())
        visible = (each for each in inside if not any(p.startswith((".", "_")) for p in each.relative_to(path).parts))
        first = next(visible, None)
        if first is None:
            raise DataError(f"{path}: the folder holds no file; name one that does")
        return first
    if not path.is_file():
        raise DataError(f"{path}: there is no such file; check its name")
    return path


def _format(path: Path) -> SourceFormat:
    suffix = path.suffix.lower()
    found = next((form for form, suffixes in SUFFIXES.items() if suffix in suffixes), None)
    if found is None:
        known = ", ".join(itertools.chain.from_iterable(SUFFIXES.values()))
        remedy = {".xls": "save it as .xlsx", ".pkl": "convert it with `crisp data convert`"}.get(suffix, "convert it")
        raise DataError(f"{path}: a file {suffix or 'without an ending'} is not read ({known} are); {remedy}")
    return found


def _partitions(folders: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.partition("=")[0] for name in folders)


def _columns(path: Path, form: SourceFormat, delimiter: str, sheet: str) -> tuple[list[Column], str]:
    """Columns of a file, and the delimiter of CSV."""
    if form == "parquet":
        return _parquet(path), ""
    if form == "jsonl":
        return _keyed(path), ""
    if form == "excel":
        return [Column(name, "text") for name in normalized(_first_row(path, sheet))], ""
    lines = _first_lines(path)
    separator = delimiter or _delimiter(lines)
    return [Column(name, "text") for name in normalized(next(csv.reader(lines[:1], delimiter=separator)))], separator


def _first_lines(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = [line.rstrip("\r\n") for line in itertools.islice(file, _SNIFFED_LINES)]
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 (byte {error.start + 1}); save the file as UTF-8") from error
    if not lines or not lines[0].strip():
        raise DataError(f"{path}: the file is empty; export the data again, with a header")
    return lines


def _delimiter(lines: Sequence[str]) -> str:
    """The separator that divides most lines into as many fields as the header, and the header into most."""

    def fit(separator: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=separator))
        header = len(next(csv.reader(lines[:1], delimiter=separator)))
        return (widths[header] if header > 1 else 0, header)

    return max(",;\t|", key=fit)


def _keyed(path: Path) -> list[Column]:
    """Keys of the first lines, in the order in which they appear; what is no text has its type there."""
    found: dict[str, set[type]] = {}
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(itertools.islice(file, _KEYED_LINES), start=1):
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise DataError(f"{path}:{number}: is no object; write one object a line, {{...}}")
                for key, value in record.items():
                    found.setdefault(key, set()).update(() if value is None else (type(value),))
    except ValueError as error:
        remedy = "write one object a line, in UTF-8"
        raise DataError(f"{path}: not lines of JSON ({error}); {remedy}") from error
    return [Column(key, _of_json(kinds)) for key, kinds in found.items()]


def _of_json(kinds: set[type]) -> ColumnType:
    """The type of a key whose values are of these types of Python."""
    if kinds and kinds <= {int, float}:
        return "number" if float in kinds else "integer"
    return "boolean" if kinds == {bool} else "text"


def _parquet(path: Path) -> list[Column]:
    import pyarrow as pa  # noqa: PLC0415 (only where a source is Parquet)
    import pyarrow.parquet  # noqa: PLC0415

    try:
        schema = pa.parquet.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: not a whole Parquet file ({error}); export the data again") from error
    found = []
    for field in schema:
        stored = readable_as(field.type)
        if not stored:
            remedy = "store it as text, or as a number, or leave it out"
            raise DataError(f"{path}: column {field.name!r} is stored as {field.type}; {remedy}")
        found.append(Column(field.name, _TYPES.get(stored, "text")))
    return found


def _first_row(path: Path, sheet: str) -> Iterator[str]:
    import zipfile  # noqa: PLC0415 (only where a source is Excel)

    import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            page = book[sheet] if sheet else book.worksheets[0]
            row = next(page.iter_rows(values_only=True), ())
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        remedy = "name its sheet, or save it as .xlsx without a password"
        raise DataError(f"{path}: cannot be read as Excel ({error}); {remedy}") from error
    if not row:
        raise DataError(f"{path}: the sheet is empty; name another with --sheet")
    return (str(value) for value in row)


def _check_names(path: Path, columns: Sequence[Column], form: SourceFormat) -> None:
    names = [column.name for column in columns]
    for position, name in enumerate(names, start=1):
        if not COLUMN_NAME.fullmatch(name):
            said = "a name begins with a letter; lower-case letters, digits and underscores follow, 63 in all"
            how = "in the file" if form in ("csv", "excel") else "in the file, to what it is here in lower case"
            raise DataError(f"{path}: column {position} is called {name!r}; rename it {how}: {said}")
        if name in names[: position - 1]:
            raise DataError(f"{path}: two columns are called {name!r}, case and punctuation aside; rename one of them")


def name_for(path: Path) -> str:
    """A name for the source, after its file: ``Client list (1).csv`` becomes ``client_list_1``."""
    plain = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
    named = plain if re.match("[a-z]", plain) else f"data_{plain}".rstrip("_")
    return named[:41] if len(named) > 1 else "rows"
