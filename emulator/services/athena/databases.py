"""CREATE, ALTER and DROP DATABASE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.services.athena.errors import QueryError
from emulator.services.athena.glue_updates import call
from emulator.services.athena.hive_reader import HiveReader
from emulator.services.athena.results import DONE, Result
from emulator.services.athena.session import Session

Run = Callable[[Session], Result]


def create(reader: HiveReader) -> Run:
    """``CREATE DATABASE [IF NOT EXISTS] name [COMMENT ..] [LOCATION ..] [WITH DBPROPERTIES (..)]``."""
    optional, name = reader.accept("IF", "NOT", "EXISTS"), reader.identifier()
    described: dict[str, Any] = {"Name": name}
    while not reader.at_end():
        if reader.accept("COMMENT"):
            described["Description"] = reader.string()
        elif reader.accept("LOCATION"):
            described["LocationUri"] = reader.string()
        elif reader.accept("WITH", "DBPROPERTIES"):
            described["Parameters"] = reader.properties()
        else:
            reader.unexpected()

    def run(session: Session) -> Result:
        call(session, "create_database", optional and "AlreadyExistsException", DatabaseInput=described)
        return DONE

    return run


def alter(reader: HiveReader) -> Run:
    """``ALTER DATABASE name SET DBPROPERTIES (..)``."""
    name = reader.identifier()
    reader.expect("SET", "DBPROPERTIES")
    properties = reader.properties()
    reader.end()

    def run(session: Session) -> Result:
        known = session.catalog.database(name)
        described: dict[str, Any] = {key: known[key] for key in ("Name", "Description", "LocationUri") if key in known}
        described["Parameters"] = {**known.get("Parameters", {}), **properties}
        call(session, "update_database", Name=name, DatabaseInput=described)
        return DONE

    return run


def drop(reader: HiveReader) -> Run:
    """``DROP DATABASE [IF EXISTS] name [RESTRICT | CASCADE]``."""
    optional, name = reader.accept("IF", "EXISTS"), reader.identifier()
    cascade = reader.accept("CASCADE")
    reader.accept("RESTRICT")
    reader.end()

    def run(session: Session) -> Result:
        if not session.catalog.has_database(name):
            if optional:
                return DONE
            raise QueryError("SCHEMA_NOT_FOUND", f"Database does not exist: {name}")
        if not cascade and session.catalog.tables(name):
            raise QueryError("SCHEMA_NOT_EMPTY", f"Database {name} is not empty. One or more tables exist.")
        for table in session.catalog.tables(name):
            call(session, "delete_table", DatabaseName=name, Name=table["Name"])
        call(session, "delete_database", Name=name)
        return DONE

    return run
