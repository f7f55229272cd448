"""The data from which `crisp init` drafts: looked at where it is, or fetched from the catalog, then placed."""

from __future__ import annotations

import dataclasses
import filecmp
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crispstack.cli.session import Session
from crispstack.errors import CrispError

if TYPE_CHECKING:
    from crispstack.business_understanding.drafting.found import FoundData
    from crispstack.charter import Source


def looked_at(session: Session, file: Path, delimiter: str = "", sheet: str = "") -> FoundData:
    """What a file, or a folder of files, seems to be; tells it.

    Raises:
        DataError: it cannot be read alike by all engines; the message names file, line and remedy.
    """
    from crispstack.business_understanding import data_file_form  # noqa: PLC0415 (help must not import it)

    place = file.resolve()
    source = data_file_form.source(data_file_form.name_for(place), place.name, place.parent, delimiter, sheet)
    return _tell(session, str(file), source, place.parent)


def _tell(session: Session, name: str, source: Source, folder: Path) -> FoundData:
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.business_understanding import data_file  # noqa: PLC0415
    from crispstack.business_understanding.drafting.answers import described  # noqa: PLC0415
    from crispstack.data_understanding import file_sample, first_look  # noqa: PLC0415

    count = data_file.check_source(source, folder).rows
    found = first_look.look(source, file_sample.first_rows(source, folder, first_look.ROWS), count)
    session.say(f"{escape(name)}: {found.source.format}, {found.rows} rows, {len(found.columns)} columns")
    for column in found.columns:
        session.say(f"  {column.name} [dim]{column.column.type}: {escape(described(column))}[/]")
    return found


def fetched(session: Session, table: str, folder: Path) -> FoundData:
    """What a table of the catalog seems to be; its rows are written to a Parquet file in the folder.

    Raises:
        CrispError: there is no such table, or Athena cannot read it.
    """
    from crispstack.aws import catalog_table, interactive_queries, outputs  # noqa: PLC0415 (help must not import it)
    from crispstack.business_understanding import data_file_form  # noqa: PLC0415
    from crispstack.cli import sql_output  # noqa: PLC0415

    platform = outputs.platform(session.environment)
    described = catalog_table.describe(table, platform.database)
    for name, kind, _ in described.columns:
        if name not in described.readable:
            session.say(f"[yellow]left out[/] {name}: a {kind} is no plain value; flatten it in a view")
    finished = interactive_queries.run(
        described.statement, described.database, platform.workgroup, watch=lambda *_: None
    )
    name = data_file_form.name_for(Path(described.name))
    sql_output.write_parquet(finished, folder / f"{name}.parquet")
    source = data_file_form.source(name, f"{name}.parquet", folder)
    comments = {described.names.get(column, column): comment for column, _, comment in described.columns}
    source = dataclasses.replace(
        source,
        origin=f"Table {described.database}.{described.name} of the Glue catalog, on {datetime.now(UTC):%Y-%m-%d}",
        columns=tuple(dataclasses.replace(each, description=comments[each.name]) for each in source.columns),
    )
    return _tell(session, f"{described.database}.{described.name}", source, folder)


def placed(session: Session, file: Path, folder: Path, in_place: bool, force: bool) -> str:
    """Where the data lies, relative to the project's folder: copied there, unless it is there or may stay.

    Raises:
        CrispError: other data of that name is there.
    """
    place = file.resolve()
    if in_place or place.is_relative_to(folder.resolve()):
        return os.path.relpath(place, folder.resolve())
    copy = folder / place.name
    if copy.exists():
        if _same(place, copy):
            return place.name
        if not force:
            raise CrispError(f"{copy} is there already and is other data; remove it, or overwrite it with --force")
        shutil.rmtree(copy) if copy.is_dir() else copy.unlink()
    partial = folder / f".{place.name}.partial"
    if place.is_dir():
        shutil.copytree(place, partial, dirs_exist_ok=True)
    else:
        shutil.copyfile(place, partial)
    partial.replace(copy)
    session.say(f"copied to {copy.relative_to(session.root)}")
    return place.name


def _same(first: Path, second: Path) -> bool:
    if first.is_dir() or second.is_dir():
        return False
    return filecmp.cmp(first, second, shallow=False)
