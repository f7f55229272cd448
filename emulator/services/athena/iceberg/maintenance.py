"""OPTIMIZE, VACUUM and DROP TABLE: small files packed, old snapshots and the files that only they need removed."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from pyiceberg.manifest import ManifestFile
from pyiceberg.table import FileScanTask, Table

from emulator.services.athena.iceberg import scan, writing
from emulator.services.athena.iceberg.catalog import committed
from emulator.services.athena.session import Session
from emulator.services.athena.types import quote

_SNAPSHOT_AGE, _SNAPSHOTS_KEPT, _METADATA_KEPT = 432_000, 1, 100  # Athena's defaults: seconds, snapshots, files


def optimize(session: Session, table: Table, chosen: set[str] | None) -> None:
    """Rewrite each partition that has several data files, or deleted rows, as few files.

    `chosen` are the files that the statement's condition chose, None for all.

    Raises:
        QueryError: S3 or Glue refuses, or ICEBERG_COMMIT_ERROR.
    """
    partitions: dict[tuple[Any, ...], list[FileScanTask]] = defaultdict(list)
    for task in scan.tasks(table, table.current_snapshot()):
        if chosen is None or task.file.file_path in chosen:
            partitions[task.file.spec_id, *_values(task)].append(task)
    packed = [t for tasks in partitions.values() for t in tasks if len(tasks) > 1 or tasks[0].delete_files]
    if not packed:
        return
    schema = table.schema()
    names = {field.name.lower() for field in schema.fields}
    source = scan.relation(session, table, schema, packed, names)
    session.count_scan(source.scanned)
    listed = ", ".join(quote(field.name.lower()) for field in schema.fields)
    writing.replace(session, table, [task.file for task in packed], f"SELECT {listed} FROM {source.sql} AS _o")  # noqa: S608


def _values(task: FileScanTask) -> list[Any]:
    return [task.file.partition[position] for position in range(len(task.file.partition))]


def vacuum(session: Session, table: Table) -> None:
    """Expire old snapshots, and remove the files that no snapshot needs any more.

    Raises:
        QueryError: S3 or Glue refuses, or ICEBERG_COMMIT_ERROR.
    """
    before = reachable(table)
    age = int(table.properties.get("vacuum_max_snapshot_age_seconds", _SNAPSHOT_AGE))
    limit = (time.time() - age) * 1000
    kept = int(table.properties.get("vacuum_min_snapshots_to_keep", _SNAPSHOTS_KEPT))
    newest = sorted(table.snapshots(), key=lambda s: s.timestamp_ms, reverse=True)
    protected = {ref.snapshot_id for ref in table.refs().values()}
    old = [s.snapshot_id for s in newest[kept:] if s.timestamp_ms < limit and s.snapshot_id not in protected]
    if old:
        with committed():
            table.maintenance.expire_snapshots().by_ids(old).commit()
    metadata_kept = int(table.properties.get("vacuum_max_metadata_files_to_keep", _METADATA_KEPT))
    current = session.iceberg.load_table(table.name())
    needed = reachable(current, metadata_kept)
    orphans = _older(session, current.location(), datetime.now(UTC) - timedelta(seconds=age))
    session.storage.delete(sorted((before | orphans) - needed))


def _older(session: Session, location: str, moment: datetime) -> set[str]:
    """What lies under a table's location since before a moment."""
    found = session.storage.objects(location)
    return {uri for uri, changed in found if changed < moment}


def reachable(table: Table, metadata_kept: int = _METADATA_KEPT) -> set[str]:
    """Every file of a table: metadata, manifest lists, manifests, data and deletes of all its snapshots."""
    log = [entry.metadata_file for entry in table.metadata.metadata_log][-metadata_kept:] if metadata_kept else []
    found = {table.metadata_location, *log}
    manifests: dict[str, ManifestFile] = {}
    for snapshot in table.snapshots():
        found.add(snapshot.manifest_list)
        manifests |= {manifest.manifest_path: manifest for manifest in snapshot.manifests(table.io)}
    for path, manifest in manifests.items():
        found.add(path)
        found |= {entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)}
    return found


def drop(session: Session, table: Table) -> None:
    """Drop a table with its files, as Athena does with the tables that it manages.

    Raises:
        QueryError: S3 or Glue refuses.
    """
    files = reachable(table)
    with committed():
        session.iceberg.drop_table(table.name())
    session.storage.delete(sorted(files))
