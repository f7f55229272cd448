"""Prepared statements: PREPARE, EXECUTE and DEALLOCATE, kept per workgroup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from emulator.services.athena import parser, results
from emulator.services.athena.errors import QueryError
from emulator.services.athena.hive_reader import HiveReader
from emulator.services.athena.results import Result
from emulator.services.athena.session import Session

Run = Callable[[Session], Result]


@dataclass(frozen=True)
class PreparedStatement:
    """A statement with places for parameters."""

    name: str
    workgroup: str
    text: str
    description: str | None = None
    modified: datetime = field(default_factory=results.now)


def prepare(reader: HiveReader, read: Callable[[str], Run]) -> Run:
    """``PREPARE name FROM statement``."""
    name = reader.identifier()
    reader.expect("FROM")
    text = reader.rest()
    read(text)

    def run(session: Session) -> Result:
        session.prepared[session.workgroup, name] = PreparedStatement(name, session.workgroup, text)
        return results.DONE

    return run


def execute(reader: HiveReader, read: Callable[[str], Run]) -> Run:
    """``EXECUTE name [USING values]``."""
    name = reader.identifier()
    values: tuple[str, ...] = ()
    if reader.accept("USING"):
        values = tuple(
            value.sql(dialect=parser.AthenaQueries) for value in parser.parse(f"SELECT {reader.rest()}").selects
        )
    reader.end()

    def run(session: Session) -> Result:
        found = session.prepared.get((session.workgroup, name))
        if found is None:
            raise QueryError("NOT_FOUND", f"line 1:1: Prepared statement not found: {name}")
        if values:
            session.parameters = values
        return read(found.text)(session)

    return run


def deallocate(reader: HiveReader) -> Run:
    """``DEALLOCATE PREPARE name``."""
    name = reader.identifier()
    reader.end()

    def run(session: Session) -> Result:
        if session.prepared.pop((session.workgroup, name), None) is None:
            raise QueryError("NOT_FOUND", f"line 1:1: Prepared statement not found: {name}")
        return results.DONE

    return run
