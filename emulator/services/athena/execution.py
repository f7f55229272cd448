"""One query execution: its life from QUEUED to a final state, in a thread of its own."""

from __future__ import annotations

import threading
import time
import traceback
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from emulator.services.athena import errors, results
from emulator.services.athena.errors import QueryError
from emulator.services.athena.results import Result
from emulator.services.athena.session import Cancelled, ScanLimitError, Session
from emulator.services.athena.statement import Statement
from emulator.services.events import services

FINAL = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


class OutputError(QueryError):
    """The result cannot be written, in Athena's words."""

    def __init__(self, uri: str) -> None:
        self.text = (
            f"Access denied when writing output to url: {uri} . Please ensure you are allowed to access the S3 bucket. "
            "If you are encrypting query results with KMS key, please ensure you are allowed to access your KMS key"
        )
        super().__init__("PERMISSION_DENIED", self.text)

    def __str__(self) -> str:
        return self.text


@dataclass(eq=False)
class Execution:
    """A query execution as moto's backend keeps it; `workgroup` is moto's object."""

    id: str
    query: str
    statement: Statement
    session: Session
    workgroup: Any
    context: dict[str, str]
    configuration: dict[str, Any]
    execution_parameters: list[str] | None
    submitted: datetime = field(default_factory=results.now)
    completed: datetime | None = None
    status: str = "QUEUED"
    reason: str | None = None
    error_type: int | None = None
    queued_milliseconds: int = 0
    engine_milliseconds: int = 0
    output_bytes: int = 0
    result: Result | None = None
    reused: Execution | None = None
    reuse_configuration: dict[str, Any] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Run in the background."""
        threading.Thread(target=self._run, name=f"athena-{self.id}", daemon=True).start()

    def reuse(self, earlier: Execution | None, configuration: dict[str, Any]) -> None:
        """Let an earlier execution's result be this one's; `configuration` is what was asked."""
        self.reused, self.reuse_configuration = earlier, configuration

    def stop(self) -> None:
        """Cancel, unless it has ended."""
        if self._finish("CANCELLED", None):
            self.session.stop()

    def _run(self) -> None:
        with self._guard:
            if self.status != "QUEUED":
                return
            self.status = "RUNNING"
            self.queued_milliseconds = round((results.now() - self.submitted).total_seconds() * 1000)
        services.query_changed(self, "QUEUED")
        began = time.monotonic()
        try:
            self.result = self.reused.result if self.reused else self.statement.run(self.session)
            self.engine_milliseconds = round((time.monotonic() - began) * 1000)
            if not self.reused and self.result is not None:
                self._deliver(self.result)
            self._finish("SUCCEEDED", None)
        except Cancelled:
            self._finish("CANCELLED", None)
        except ScanLimitError as error:
            self._finish("CANCELLED", str(error))
        except QueryError as error:
            self._finish("FAILED", str(error))
        except duckdb.Error as error:
            self._finish("FAILED", str(errors.translate(error)))
        except Exception:  # noqa: BLE001 (a thread has nobody above it; the fault must be seen by the caller)
            self._finish("FAILED", "GENERIC_INTERNAL_ERROR: " + traceback.format_exc())
        finally:
            self.engine_milliseconds = self.engine_milliseconds or round((time.monotonic() - began) * 1000)
            self.session.cursor.close()

    def _deliver(self, result: Result) -> None:
        """Write the result file and its metadata where the caller wants them."""
        self.output_bytes = self.session.storage.written
        if result.manifest:
            body = "".join(f"{uri}\n" for uri in result.manifest).encode()
            self._write(self.manifest_location, body)
        if result.manifest or result.update_count is not None:
            return
        body = results.csv(result)
        self.output_bytes = len(body)
        self._write(self.output_location, body)
        self._write(f"{self.output_location}.metadata", b"")

    def _write(self, uri: str, body: bytes) -> None:
        try:
            self.session.storage.write(uri, body, **self.session.put_options)
        except QueryError as error:
            if error.code != "PERMISSION_DENIED":
                raise
            raise OutputError(uri) from error

    @property
    def output_location(self) -> str:
        """URI of the result file."""
        if self.reused:
            return self.reused.output_location
        kind = self.result.kind if self.result else "txt" if self.statement.kind == "DDL" else "csv"
        suffix = "" if self.result is not None and self.result.update_count is not None else f".{kind}"
        return f"{self.session.output_location.rstrip('/')}/{self.id}{suffix}"

    @property
    def manifest_location(self) -> str:
        """URI of the list of files that the statement wrote."""
        return f"{self.session.output_location.rstrip('/')}/{self.id}-manifest.csv"

    def _finish(self, status: str, reason: str | None) -> bool:
        with self._guard:
            if self.status in FINAL:
                return False
            previous, self.status, self.reason, self.completed = self.status, status, reason, results.now()
        services.query_changed(self, previous)
        return True
