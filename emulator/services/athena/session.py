"""What a statement runs with: who asks, where names are looked up, where output goes, how much may be scanned."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from emulator.services.athena import engine
from emulator.services.athena.caller import Caller
from emulator.services.athena.catalog import Catalog
from emulator.services.athena.storage import Storage

if TYPE_CHECKING:
    from emulator.services.athena.iceberg.catalog import IcebergTables


class Cancelled(Exception):  # noqa: N818 (it is no error: somebody asked for it)
    """StopQueryExecution was called."""


class ScanLimitError(Exception):
    """The query read more than its workgroup allows: it is cancelled."""


@dataclass(eq=False)
class Session:
    """One statement's surroundings.

    `scanned` counts the bytes that it read from S3, `planning_seconds` the time until its tables were at hand.
    """

    caller: Caller
    database: str
    workgroup: str
    query_id: str
    output_location: str
    put_options: Mapping[str, Any]
    parameters: tuple[str, ...] = ()
    scan_limit: int | None = None
    scanned: int = 0
    planning_seconds: float = 0.0
    stopped: threading.Event = field(default_factory=threading.Event)
    prepared: dict[tuple[str, str], Any] = field(default_factory=dict)

    @cached_property
    def catalog(self) -> Catalog:
        """Glue, with the caller's permissions."""
        return Catalog(self.caller)

    @cached_property
    def storage(self) -> Storage:
        """S3, with the caller's permissions."""
        return Storage(self.caller)

    @cached_property
    def iceberg(self) -> IcebergTables:
        """Iceberg tables, with the caller's permissions."""
        from emulator.services.athena.iceberg.catalog import IcebergTables  # noqa: PLC0415 (it takes a second)

        return IcebergTables(self.catalog.glue, self.storage, self.put_options)

    @cached_property
    def cursor(self) -> Any:
        """This statement's own connection to DuckDB."""
        return engine.cursor()

    def count_scan(self, size: int) -> None:
        """Add bytes read.

        Raises:
            ScanLimitError: the workgroup's limit per query is exceeded.
            Cancelled: the statement was stopped.
        """
        if self.stopped.is_set():
            raise Cancelled
        self.scanned += size
        if self.scan_limit is not None and self.scanned > self.scan_limit:
            raise ScanLimitError("Bytes scanned limit was exceeded")

    def stop(self) -> None:
        """Interrupt the statement."""
        self.stopped.set()
        self.cursor.interrupt()
