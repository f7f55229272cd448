"""What a crawler writes to the Data Catalog: tables and partitions, as its policies for changes and deletions say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator import clock
from emulator.services.glue import crawlers_types as types
from emulator.services.glue.crawlers_files import File, Table, schema_of

_BATCH = 100
_CRAWLER = "UPDATED_BY_CRAWLER"
_DEPRECATED = "DEPRECATED_BY_CRAWLER"
_KEPT = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")


@dataclass
class Changes:
    """How many tables and partitions a crawl changed, and what it said of each."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    partitions: int = 0

    def __post_init__(self) -> None:
        """Nothing has been said yet."""
        self.messages: list[str] = []


class Catalog:
    """One database, as a crawler with its role's client sees it."""

    def __init__(self, glue: Any, crawler: Any) -> None:
        """`glue` has the rights of the crawler's role; `crawler` is moto's."""
        self._glue = glue
        self._crawler = crawler
        self._policy = crawler.schema_change_policy or {}
        output = (json.loads(crawler.configuration or "{}")).get("CrawlerOutput") or {}
        self._merge_only = (output.get("Tables") or {}).get("AddOrUpdateBehavior") == "MergeNewColumns"
        self._inherit = (output.get("Partitions") or {}).get("AddOrUpdateBehavior") == "InheritFromTable"
        self.changes = Changes()

    def open(self, database: str) -> None:
        """Make the database, where it is not there."""
        try:
            self._glue.get_database(Name=database)
        except self._glue.exceptions.EntityNotFoundException:
            self._glue.create_database(DatabaseInput={"Name": database})

    def write(self, database: str, table: Table, existing_name: str | None = None) -> str:
        """Create or update a table and its partitions; its name."""
        name = existing_name or self._name(database, table)
        wanted = self._table(name, table)
        before = self._find(database, name)
        if before is None:
            self._glue.create_table(DatabaseName=database, TableInput=wanted)
            self.changes.created += 1
            self.changes.messages.append(f"Created table {name} in database {database}")
        elif self._policy.get("UpdateBehavior", "UPDATE_IN_DATABASE") == "UPDATE_IN_DATABASE":
            self._update(database, before, wanted)
        elif _columns(before) != _columns(wanted):
            self.changes.messages.append(
                f"Table {name} in database {database} has a changed schema, which is not updated"
            )
        self._write_partitions(database, name, table, wanted)
        return name

    def forget(self, database: str, names: Iterable[str], roots: Sequence[str]) -> None:
        """Treat the crawler's tables below `roots` that were not found (`names` were) as its policy says."""
        behavior = self._policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE")
        if behavior == "LOG":
            return
        found = set(names)
        for page in self._glue.get_paginator("get_tables").paginate(DatabaseName=database):
            for table in page["TableList"]:
                parameters = table.get("Parameters") or {}
                location = table.get("StorageDescriptor", {}).get("Location", "")
                own = parameters.get(_CRAWLER) == self._crawler.name and location.startswith(tuple(roots))
                if own and table["Name"] not in found and _DEPRECATED not in parameters:
                    self._delete(database, table, behavior)

    def _delete(self, database: str, table: Mapping[str, Any], behavior: str) -> None:
        if behavior == "DELETE_FROM_DATABASE":
            self._glue.delete_table(DatabaseName=database, Name=table["Name"])
            said = "Deleted"
        else:
            parameters = {**table["Parameters"], _DEPRECATED: str(int(clock.seconds() * 1000))}
            kept = {name: table[name] for name in _KEPT if name in table}
            self._glue.update_table(DatabaseName=database, TableInput={**kept, "Parameters": parameters})
            said = "Deprecated"
        self.changes.deleted += 1
        self.changes.messages.append(f"{said} table {table['Name']} in database {database}")

    def _name(self, database: str, table: Table) -> str:
        """The table's name; with a hash of its location where another table has it."""
        name = f"{self._crawler.table_prefix or ''}{table.name}"
        other = self._find(database, name)
        if other and other.get("StorageDescriptor", {}).get("Location", "").rstrip("/") != table.location.rstrip("/"):
            return f"{name}_{hashlib.md5(table.location.encode(), usedforsecurity=False).hexdigest()}"
        return name

    def _find(self, database: str, name: str) -> Any:
        try:
            return self._glue.get_table(DatabaseName=database, Name=name)["Table"]
        except self._glue.exceptions.EntityNotFoundException:
            return None

    def _table(self, name: str, table: Table) -> dict[str, Any]:
        parameters = {**_parameters(table.files), _CRAWLER: self._crawler.name}
        # The names of partitions are columns too, and not twice.
        schema = {column: kind for column, kind in table.schema().items() if column not in table.keys}
        return {
            "Name": name,
            "Owner": "owner",
            "Retention": 0,
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": _storage(table.location, table.files, types.columns(schema), parameters),
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.keys],
            "Parameters": parameters | ({"partition_filtering.enabled": "true"} if table.keys else {}),
        }

    def _update(self, database: str, before: Mapping[str, Any], wanted: dict[str, Any]) -> None:
        columns = wanted["StorageDescriptor"]["Columns"]
        if self._merge_only:
            kept = before["StorageDescriptor"]["Columns"]
            names = {column["Name"] for column in kept}
            columns = kept + [column for column in columns if column["Name"] not in names]
            wanted["StorageDescriptor"] = {**wanted["StorageDescriptor"], "Columns": columns}
        changed = _columns(before) != _columns(wanted) or _DEPRECATED in (before.get("Parameters") or {})
        description = {"Description": before["Description"]} if before.get("Description") else {}
        self._glue.update_table(DatabaseName=database, TableInput={**wanted, **description})
        if changed:
            self.changes.updated += 1
            self.changes.messages.append(f"Updated table {wanted['Name']} in database {database}")

    def _write_partitions(self, database: str, name: str, table: Table, wanted: Mapping[str, Any]) -> None:
        if not table.keys:
            return
        place = {"DatabaseName": database, "TableName": name}
        pages = self._glue.get_paginator("get_partitions").paginate(**place)
        known = {tuple(each["Values"]) for page in pages for each in page["Partitions"]}
        new = [self._partition(table, values, wanted) for values in table.partitions if values not in known]
        for start in range(0, len(new), _BATCH):
            answer = self._glue.batch_create_partition(**place, PartitionInputList=new[start : start + _BATCH])
            for error in answer.get("Errors", []):
                raise ValueError(f"{error['ErrorDetail']['ErrorCode']}: {error['ErrorDetail'].get('ErrorMessage')}")
        self.changes.partitions += len(new)
        if new:
            self.changes.messages.append(f"Added {len(new)} partitions to table {name} in database {database}")
        self._forget_partitions(place, known - set(table.partitions))

    def _forget_partitions(self, place: Mapping[str, str], gone: Iterable[tuple[str, ...]]) -> None:
        everything = (self._crawler.recrawl_policy or {}).get("RecrawlBehavior", "CRAWL_EVERYTHING")
        behavior = self._policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE")
        if everything == "CRAWL_EVERYTHING" and behavior == "DELETE_FROM_DATABASE":
            for values in gone:
                self._glue.delete_partition(**place, PartitionValues=list(values))

    def _partition(self, table: Table, values: tuple[str, ...], wanted: Mapping[str, Any]) -> dict[str, Any]:
        files = table.partitions[values]
        folder = f"s3://{table.bucket}/{files[0].folder}"
        own = {name: kind for name, kind in schema_of(files).items() if name not in table.keys}
        columns = wanted["StorageDescriptor"]["Columns"] if self._inherit else types.columns(own)
        parameters = _parameters(files)
        storage = _storage(folder, files, columns, parameters)
        return {"Values": list(values), "StorageDescriptor": storage, "Parameters": parameters}


def _columns(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]


def _parameters(files: Sequence[File]) -> dict[str, str]:
    records, size = sum(file.found.records for file in files), sum(file.size for file in files)
    return {
        "classification": files[0].found.classification,
        "compressionType": files[0].found.compression,
        "typeOfData": "file",
        "objectCount": str(len(files)),
        "recordCount": str(records),
        "averageRecordSize": str(size // records if records else 0),
        "sizeKey": str(size),
        "CrawlerSchemaSerializerVersion": "1.0",
        "CrawlerSchemaDeserializerVersion": "1.0",
        **files[0].found.parameters,
    }


def _storage(
    location: str, files: Sequence[File], columns: Sequence[Mapping[str, str]], parameters: Mapping[str, str]
) -> dict[str, Any]:
    first = files[0].found
    return {
        "Columns": list(columns),
        "Location": location,
        "InputFormat": first.input_format,
        "OutputFormat": first.output_format,
        "Compressed": first.compression != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": {"SerializationLibrary": first.serde, "Parameters": dict(first.serde_parameters)},
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": dict(parameters),
        "StoredAsSubDirectories": False,
    }
