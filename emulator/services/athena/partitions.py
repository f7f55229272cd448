"""Partitions in the catalog: found in S3, added, moved, renamed and dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote

from emulator.services.athena import types
from emulator.services.athena.alterations import AddPartitions, DropPartitions, RenamePartition, SetLocation
from emulator.services.athena.catalog import Table
from emulator.services.athena.errors import QueryError
from emulator.services.athena.glue_updates import add_partition, call, update_table
from emulator.services.athena.hive_reader import HiveReader
from emulator.services.athena.results import Result
from emulator.services.athena.session import Session


def repair(reader: HiveReader) -> Callable[[Session], Result]:
    """``MSCK REPAIR TABLE name``: partitions found as ``key=value`` folders are added."""
    names = reader.name()
    reader.end()

    def run(session: Session) -> Result:
        table = session.catalog.table(*names.of(session))
        keys = _keys(table)
        if not keys:
            raise QueryError("INVALID_TABLE", f"Table {table['Name']} is not a partitioned table")
        known = {partition.values for partition in session.catalog.partitions(table)}
        found = {values: place for values, place in _folders(session, table, keys).items() if values not in known}
        for values, place in found.items():
            add_partition(session, table, values, place)
        if not found:
            return Result((("_output", types.VARCHAR),), (), kind="txt")
        folders = [f"{table['Name']}:{'/'.join(map('='.join, zip(keys, v, strict=True)))}" for v in found]
        tabbed = "\t".join(folders)
        lines = [(f"Partitions not in metastore:\t{tabbed}",)]
        lines += [(f"Repair: Added partition to metastore {folder}",) for folder in folders]
        return Result((("_output", types.VARCHAR),), tuple(lines), kind="txt")

    return run


def _folders(session: Session, table: Table, keys: Sequence[str]) -> dict[tuple[str, ...], str]:
    """Values and location of each folder that is named as a partition."""
    location = table["StorageDescriptor"]["Location"].rstrip("/") + "/"
    pattern = re.compile(
        re.escape(location) + "/".join(f"{re.escape(key)}=([^/]+)" for key in keys) + "/", re.IGNORECASE
    )
    found = {}
    for uri, _, _ in session.storage.listing(location):
        if matched := pattern.match(uri):
            found[tuple(map(unquote, matched.groups()))] = matched[0]
    return found


def add(session: Session, table: Table, alteration: AddPartitions) -> None:
    """Add partitions.

    Raises:
        QueryError: one exists and may not, or Glue refuses.
    """
    keys = _keys(table)
    for given, location in alteration.partitions:
        values = ordered(given, keys)
        folder = "/".join(map("=".join, zip(keys, values, strict=True)))
        place = location or f"{table['StorageDescriptor']['Location'].rstrip('/')}/{folder}/"
        add_partition(session, table, values, place, optional=alteration.optional)


def drop(session: Session, table: Table, alteration: DropPartitions) -> None:
    """Drop partitions.

    Raises:
        QueryError: one does not exist and must, or Glue refuses.
    """
    for given in alteration.partitions:
        values = list(ordered(given, _keys(table)))
        ignored = alteration.optional and "EntityNotFoundException"
        call(session, "delete_partition", ignored, **_of(table), PartitionValues=values)


def rename(session: Session, table: Table, alteration: RenamePartition) -> None:
    """Give a partition other values; its files stay where they are.

    Raises:
        QueryError: there is none, or Glue refuses.
    """
    old, new = (ordered(given, _keys(table)) for given in (alteration.old, alteration.new))
    _replace(session, table, old, new, _location(session, table, old))


def move(session: Session, table: Table, alteration: SetLocation) -> None:
    """Set where a table, or one of its partitions, lies.

    Raises:
        QueryError: there is no such partition, or Glue refuses.
    """
    if alteration.partition is None:
        described = {**table["StorageDescriptor"], "Location": alteration.location}
        update_table(session, {**table, "StorageDescriptor": described})
        return
    values = ordered(alteration.partition, _keys(table))
    _location(session, table, values)
    _replace(session, table, values, values, alteration.location)


def _replace(session: Session, table: Table, old: tuple[str, ...], new: tuple[str, ...], location: str) -> None:
    described = {**table["StorageDescriptor"], "Location": location}
    given = {"Values": list(new), "StorageDescriptor": described}
    call(session, "update_partition", **_of(table), PartitionValueList=list(old), PartitionInput=given)


def _location(session: Session, table: Table, values: tuple[str, ...]) -> str:
    for partition in session.catalog.partitions(table):
        if partition.values == values:
            return partition.location
    raise QueryError("PARTITION_NOT_FOUND", f"Partition not found: {'/'.join(values)} of {table['Name']}")


def _of(table: Table) -> dict[str, str]:
    return {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}


def _keys(table: Table) -> list[str]:
    return [key["Name"] for key in table.get("PartitionKeys", [])]


def ordered(given: Mapping[str, str], keys: Sequence[str]) -> tuple[str, ...]:
    """Values in the order of the partition keys.

    Raises:
        QueryError: INVALID_PARTITION, others are named.
    """
    if set(given) != set(keys):
        raise QueryError(
            "INVALID_PARTITION", f"partition spec {dict(given)} does not name the partition keys {list(keys)}"
        )
    return tuple(given[key] for key in keys)
