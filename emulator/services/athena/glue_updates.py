"""Changes of the Glue catalog in the caller's name."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from emulator.services.athena.catalog import Table, refused
from emulator.services.athena.session import Session

_UPDATABLE = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "ViewOriginalText",
              "ViewExpandedText", "TableType", "Parameters")  # fmt: skip


def call(session: Session, operation: str, ignored: str | bool | None = None, **arguments: Any) -> None:
    """Call Glue.

    Raises:
        QueryError: Glue refuses, and not with the error that is ignored.
    """
    try:
        getattr(session.catalog.glue, operation)(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] != ignored:
            raise refused(error) from error


def create_table(session: Session, database: str, table: Table, *, optional: bool = False) -> None:
    """Create a table from its finished description.

    Raises:
        QueryError: it exists and is not `optional`, or Glue refuses.
    """
    call(session, "create_table", optional and "AlreadyExistsException", DatabaseName=database, TableInput=table)


def update_table(session: Session, table: Table) -> None:
    """Write a table's description back.

    Raises:
        QueryError: Glue refuses.
    """
    described = {key: table[key] for key in _UPDATABLE if key in table}
    call(session, "update_table", DatabaseName=table["DatabaseName"], TableInput=described)


def add_partition(
    session: Session, table: Table, values: tuple[str, ...], location: str, *, optional: bool = True
) -> None:
    """Register a partition.

    Raises:
        QueryError: it exists and is not `optional`, or Glue refuses.
    """
    described = {**table["StorageDescriptor"], "Location": location}
    call(
        session,
        "create_partition",
        optional and "AlreadyExistsException",
        DatabaseName=table["DatabaseName"],
        TableName=table["Name"],
        PartitionInput={"Values": list(values), "StorageDescriptor": described},
    )
