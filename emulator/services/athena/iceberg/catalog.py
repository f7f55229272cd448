"""The Glue catalog as Iceberg's library commits to it, with the caller's permissions."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchPropertyException, ValidationException
from pyiceberg.io import FileIO
from pyiceberg.table import CommitTableResponse, Table

from emulator.services.athena.catalog import refused
from emulator.services.athena.errors import QueryError
from emulator.services.athena.iceberg.files import CallerFiles
from emulator.services.athena.storage import Storage

_committing = threading.Lock()  # Glue's update of a table does not compare versions here


class IcebergTables(GlueCatalog):
    """Iceberg tables for one statement, which reads each in one state."""

    def __init__(self, glue: Any, storage: Storage, put_options: Mapping[str, Any]) -> None:
        super().__init__("awsdatacatalog", client=glue)
        self.files = CallerFiles(storage, put_options)
        self._loaded: dict[tuple[str, str], Table] = {}

    def _load_file_io(self, properties: Any = None, location: str | None = None) -> FileIO:  # noqa: ARG002 (theirs)
        return self.files

    def commit_table(self, table: Table, requirements: Any, updates: Any) -> CommitTableResponse:
        """Commit, one at a time."""
        with _committing:
            return super().commit_table(table, requirements, updates)

    def find(self, database: str, name: str) -> Table:
        """A table as it was when the statement first asked.

        Raises:
            QueryError: there is none, or its metadata cannot be read.
        """
        key = (database, name)
        if key not in self._loaded:
            with committed():
                self._loaded[key] = self.load_table(key)
        return self._loaded[key]


@contextmanager
def committed() -> Iterator[None]:
    """The library's failures in Athena's words.

    Raises:
        QueryError: ICEBERG_COMMIT_ERROR where somebody else was quicker; ICEBERG_INVALID_METADATA; what Glue refuses.
    """
    try:
        yield
    except (CommitFailedException, ValidationException) as error:
        raise QueryError("ICEBERG_COMMIT_ERROR", f"Failed to commit Iceberg update: {error}") from error
    except NoSuchPropertyException as error:
        raise QueryError("ICEBERG_INVALID_METADATA", str(error)) from error
    except ClientError as error:
        raise refused(error) from error
