"""Sheets of Excel workbooks, read as text: numbers and dates in the one form that they have in every format."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from crispstack.business_understanding import canonical_text
from crispstack.business_understanding.data_file_counts import Advance, ClassCounts, Outcomes
from crispstack.business_understanding.data_file_header import check_header
from crispstack.business_understanding.data_file_location import DataFile
from crispstack.charter import Source, Target
from crispstack.errors import DataError


def read_options(source: Source) -> dict[str, Any]:
    """Arguments of pandas' and awswrangler's ``read_excel``: cells as they are, nothing taken for missing."""
    return {
        "sheet_name": source.sheet or 0,
        "header": None,
        "dtype": object,
        "keep_default_na": False,
        "na_filter": False,
        "engine": "openpyxl",
    }


def check(file: DataFile, source: Source, target: Target | None, advance: Advance) -> ClassCounts:
    """Read the sheet; its rows, and the target's outcomes where one is given.

    Raises:
        DataError: it is no workbook, the sheet is not as declared, or a cell has no value that could be kept.
    """
    import pandas as pd  # noqa: PLC0415 (only where a source is Excel)

    try:
        with file.path.open("rb") as workbook:
            frame = pd.read_excel(workbook, **read_options(source))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        remedy = "correct sources.file or sources.sheet in the charter, or save it as .xlsx without a password"
        raise DataError(f"{file.path}: cannot be read as Excel ({error}); {remedy}") from error
    _check_header(file.path, frame, source, target)
    _check_cells(file.path, frame)
    _check_formulas(file.path, frame, source)
    advance(file.size)
    values, outcomes = texts(frame, source), Outcomes(target)
    for text in values[target.column] if target else []:
        outcomes.add(text)
    return outcomes.counts(len(frame) - 1)


def texts(frame: Any, source: Source) -> dict[str, list[str]]:
    """The sheet's columns as text, without the header.

    Args:
        frame: what ``read_excel`` returned for `read_options`.
        source: names the columns.
    """
    return {
        column.name: [canonical_text.text(value, column.type) for value in frame[position].tolist()[1:]]
        for position, column in enumerate(source.file_columns)
    }


def _check_header(path: Path, frame: Any, source: Source, target: Target | None) -> None:
    if frame.empty:
        raise DataError(f"{path}: the sheet is empty; correct sources.sheet in the charter")
    check_header(f"{path}:1", map(str, frame.iloc[0].tolist()), source, target)


def _check_cells(path: Path, frame: Any) -> None:
    """Errors like #DIV/0! are read as NaN, and nothing else is."""
    for number, row in enumerate(frame.itertuples(index=False), start=1):
        if all(value == "" for value in row):
            raise DataError(f"{path}:{number}: the row is empty; remove it")
        for position, value in enumerate(row):
            if isinstance(value, float) and value != value:  # noqa: PLR0124 (only NaN is unequal to itself)
                cell = _cell(number, position)
                raise DataError(f"{path}:{number}: cell {cell} holds an error of Excel; correct its formula")


def _check_formulas(path: Path, frame: Any, source: Source) -> None:
    """A formula that no spreadsheet has computed yet looks like an empty cell."""
    import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415 (only where a source is Excel)

    with path.open("rb") as first, path.open("rb") as second:
        formulas = openpyxl.load_workbook(first, read_only=True)
        computed = openpyxl.load_workbook(second, read_only=True, data_only=True)
        sheets = [book[source.sheet] if source.sheet else book.worksheets[0] for book in (formulas, computed)]
        rows = (sheet.iter_rows(max_row=len(frame), max_col=frame.shape[1]) for sheet in sheets)
        for number, (written, found) in enumerate(zip(*rows, strict=True), start=1):
            for position, (formula, cell) in enumerate(zip(written, found, strict=True)):
                if formula.data_type == "f" and cell.value is None and cell.data_type == "n":
                    cause = f"the formula in {_cell(number, position)} was never computed"
                    remedy = "open the workbook in a spreadsheet program and save it"
                    raise DataError(f"{path}:{number}: {cause}; {remedy}")


def _cell(number: int, position: int) -> str:
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]  # noqa: PLC0415

    return f"{get_column_letter(position + 1)}{number}"
