"""ORC files: columns by their place in the file, as Athena reads them, or by name where the table says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from emulator.services.athena.arrow_types import arrow_type
from emulator.services.athena.errors import QueryError
from emulator.services.athena.types import Type


def rows(table: Mapping[str, Any], path: Path, data: Sequence[tuple[str, Type]]) -> pa.Table:
    """A file's rows as the table's columns; a column that the file has not is null.

    Raises:
        QueryError: HIVE_BAD_DATA, it is no ORC file, or a column is not of its type.
    """
    from pyarrow import orc  # noqa: PLC0415 (few statements read it)

    properties = table["StorageDescriptor"].get("SerdeInfo", {}).get("Parameters", {})
    by_place = properties.get("orc.column.index.access", "true").lower() == "true"
    try:
        found = orc.ORCFile(str(path)).read()
        names = [name.lower() for name in found.column_names]
        columns = {}
        for place, (name, type_) in enumerate(data):
            at = place if by_place else names.index(name) if name in names else len(names)
            kind = arrow_type(type_)
            columns[name] = found.column(at).cast(kind) if at < len(names) else pa.nulls(len(found), kind)
        return pa.table(columns)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise QueryError("HIVE_BAD_DATA", f"Error reading an ORC file: {error}") from error
