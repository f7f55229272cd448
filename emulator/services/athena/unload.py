"""UNLOAD: a query's rows written to a folder that is empty."""

from __future__ import annotations

from collections.abc import Callable

from emulator.services.athena import formats_written, parser, select
from emulator.services.athena.delimited import Delimiters
from emulator.services.athena.errors import QueryError
from emulator.services.athena.hive_reader import HiveReader
from emulator.services.athena.results import Result
from emulator.services.athena.session import Session
from emulator.services.athena.types import BIGINT, Type
from emulator.services.athena.writing import Target, write

_OPTIONS = {"format", "compression", "compression_level", "field_delimiter", "partitioned_by"}


def unload(reader: HiveReader) -> Callable[[Session], Result]:
    """``UNLOAD (query) TO 's3://..' WITH (format = '..', ...)``."""
    tree = parser.parse(reader.parenthesized())
    reader.expect("TO")
    location = reader.string()
    reader.expect("WITH")
    options = reader.options()
    reader.end()

    def run(session: Session) -> Result:
        if unknown := sorted(set(options) - _OPTIONS):
            raise QueryError("INVALID_TABLE_PROPERTY", f"Unload property '{unknown[0]}' does not exist")
        if "format" not in options:
            raise QueryError("INVALID_TABLE_PROPERTY", "Unload property 'format' is required")
        format_ = formats_written.name(str(options["format"]))
        codec = formats_written.codec(format_, options.get("compression"))
        if not session.storage.is_empty(location):
            raise QueryError("HIVE_PATH_ALREADY_EXISTS", f"Target directory for UNLOAD already exists: {location}")
        partitions = tuple(options.get("partitioned_by", ()))
        delimiters = Delimiters(field=options.get("field_delimiter", "," if format_ == "TEXTFILE" else "\x01"))
        sql, described = select.bound(select.with_parameters(tree.copy(), session.parameters), session)
        distinct(described)
        written = write(session, sql, described, Target(location, format_, codec, partitions, delimiters))
        return Result((("rows", BIGINT),), (), update_count=written.rows, manifest=written.uris)

    return run


def distinct(described: list[tuple[str, Type]]) -> None:
    """Every column needs a name of its own.

    Raises:
        QueryError: DUPLICATE_COLUMN_NAME.
    """
    names = [name for name, _ in described]
    for name in names:
        if names.count(name) > 1:
            raise QueryError("DUPLICATE_COLUMN_NAME", f"Column name '{name}' specified more than once")
