"""Checking a project's data files, with a bar where that takes long."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from crispstack.cli.session import Session

if TYPE_CHECKING:
    from crispstack.business_understanding.data_file import ClassCounts
    from crispstack.charter import Charter

_PATIENCE_SECONDS = 2.0


def described(found: Mapping[str, ClassCounts]) -> str:
    """What was found in each source: ``clients 4521 rows, 521 of them positive; months 12 rows``."""
    parts = (f"{name} {counts.rows} rows{_outcomes(counts)}" for name, counts in found.items())
    return "; ".join(parts) or "all data is in a database, from where it is collected"


def _outcomes(counts: ClassCounts) -> str:
    if counts.positives:
        return f", {counts.positives} of them positive"
    return f" of {len(counts.classes)} classes" if counts.classes else ""


def checked(session: Session, charter: Charter, folder: Path) -> dict[str, ClassCounts]:
    """Rows and outcomes of every source; a bar appears after two seconds.

    Raises:
        DataError: a file is not what the charter says.
    """
    from rich.progress import Progress  # noqa: PLC0415 (help must not import it)

    from crispstack.business_understanding import data_file, data_file_location  # noqa: PLC0415

    files = [file for source in charter.sources if source.file for file in data_file_location.files(source, folder)]
    began = time.monotonic()
    bar = Progress(console=session.console, transient=True)
    task = bar.add_task("checking the data", total=sum(file.size for file in files))

    def advance(count: int) -> None:
        bar.advance(task, count)
        if time.monotonic() - began > _PATIENCE_SECONDS:
            bar.start()

    try:
        return data_file.check_sources(charter, folder, advance)
    finally:
        bar.stop()
