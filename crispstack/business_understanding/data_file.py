"""The data files against the charter: what Athena, Spark and Python would each read differently is refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

from crispstack.business_understanding import (
    data_file_csv,
    data_file_excel,
    data_file_jsonl,
    data_file_location,
    data_file_parquet,
)
from crispstack.business_understanding.data_file_counts import Advance, ClassCounts, Outcomes
from crispstack.business_understanding.data_file_location import DataFile
from crispstack.charter import Charter, Source, SourceFormat, Target
from crispstack.errors import DataError

__all__ = ["Advance", "ClassCounts", "check_data", "check_sources"]

_CHECKS: Mapping[SourceFormat, Callable[[DataFile, Source, Target | None, Advance], ClassCounts]] = {
    "csv": data_file_csv.check,
    "jsonl": data_file_jsonl.check,
    "parquet": data_file_parquet.check,
    "excel": data_file_excel.check,
}


def check_data(charter: Charter, folder: Path) -> ClassCounts:
    """Check the files of every source; the rows of the first, and what outcomes they have.

    Raises:
        DataError: as `check_sources`.
    """
    return check_sources(charter, folder)[charter.source.name]


def check_sources(charter: Charter, folder: Path, advance: Advance = lambda _: None) -> dict[str, ClassCounts]:
    """Read every file once and make sure that it is what the charter says; rows and outcomes by source.

    Tables of databases are left out: they are checked where they are read.

    Args:
        charter: a valid charter.
        folder: the charter's folder, to which the sources' files are relative.
        advance: told how many bytes were read, again and again.

    Raises:
        DataError: a file is missing, empty, cut off, or not as declared; the message names file, line and remedy.
    """
    return {
        source.name: _check(charter, source, folder, advance) for source in charter.sources if source.format != "jdbc"
    }


def _check(charter: Charter, source: Source, folder: Path, advance: Advance) -> ClassCounts:
    # What the target's column and the money imply is written out: readers see the target alone.
    target = dataclasses.replace(charter.target, framing=charter.framing) if source == charter.source else None
    return check_source(source, folder, target, advance)


def check_source(
    source: Source, folder: Path, target: Target | None = None, advance: Advance = lambda _: None
) -> ClassCounts:
    """As `check_sources`, of one source: its rows, and the outcomes of a target where one is given.

    Raises:
        DataError: as `check_sources`.
    """
    path = folder / source.file
    counts = ClassCounts(0)
    for file in data_file_location.files(source, folder):
        counts = counts.plus(_check_file(file, source, target, advance))
    if not counts.rows:
        raise DataError(f"{path}: a header and no rows; export the data again")
    if target:
        _check_target(path, target, counts)
    return counts


def _check_target(path: Path, target: Target, counts: ClassCounts) -> None:
    remedy = "correct the target in the charter"
    if target.framing == "multiclass" and not counts.classes:
        raise DataError(f"{path}: no row has a value in {target.column}; {remedy}")
    if target.framing == "binary" and not counts.positives:
        raise DataError(f"{path}: no row has {target.condition}; {remedy}")


def _check_file(file: DataFile, source: Source, target: Target | None, advance: Advance) -> ClassCounts:
    """Where the target is a partition, all rows of a file have one class."""
    check = _CHECKS[source.format]
    if target is None or target.column not in source.partitions:
        return check(file, source, target, advance)
    rows, outcomes = check(file, source, None, advance).rows, Outcomes(target)
    outcomes.add(file.partition[source.partitions.index(target.column)], rows)
    return outcomes.counts(rows)
