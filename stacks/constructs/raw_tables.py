"""The raw tables of a project in the Glue catalog: one per source, over all its versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from constructs import Construct

from crispstack.charter import Charter, Source
from crispstack.data_understanding import raw_table
from stacks.storage import Storage

_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


@dataclass(frozen=True)
class _Files:
    """How Athena reads files of a format."""

    classification: str
    serde: str
    input_format: str
    output_format: str
    serde_parameters: Mapping[str, str]
    table_parameters: Mapping[str, str]


class RawTables(Construct):
    """Partitions are registered at upload, one for each version and each partition of the source within it."""

    def __init__(self, scope: Construct, construct_id: str, *, charter: Charter, storage: Storage) -> None:
        super().__init__(scope, construct_id)
        for source in charter.sources:
            self._table(charter, source, storage)

    def _table(self, charter: Charter, source: Source, storage: Storage) -> None:
        files = _files(source)
        partitions = (raw_table.VERSION, *source.partitions)
        glue.CfnTable(
            self,
            "".join(word.capitalize() for word in source.name.split("_")),
            catalog_id=Stack.of(self).account,
            database_name=storage.database_name,
            table_input=glue.CfnTable.TableInputProperty(
                name=raw_table.versions_name(charter, source),
                description=source.origin or None,
                table_type="EXTERNAL_TABLE",
                parameters={"classification": files.classification, "EXTERNAL": "TRUE", **files.table_parameters},
                partition_keys=[glue.CfnTable.ColumnProperty(name=name, type="string") for name in partitions],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=f"s3://{storage.raw.bucket_name}/{charter.name}/{source.name}/",
                    input_format=files.input_format,
                    output_format=files.output_format,
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library=files.serde, parameters=dict(files.serde_parameters)
                    ),
                    columns=[
                        glue.CfnTable.ColumnProperty(
                            name=column.name,
                            type=raw_table.column_type(source, column),
                            comment=column.description or None,
                        )
                        for column in source.file_columns
                    ],
                ),
            ),
        )


def _files(source: Source) -> _Files:
    if source.format == "csv":
        return _Files(
            "csv",
            "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            _TEXT_INPUT,
            _TEXT_OUTPUT,
            {"separatorChar": source.delimiter, "quoteChar": '"', "escapeChar": "\\"},
            {"skip.header.line.count": "1"},
        )
    if source.format == "jsonl":
        serde = "org.openx.data.jsonserde.JsonSerDe"
        return _Files("json", serde, _TEXT_INPUT, _TEXT_OUTPUT, {"case.insensitive": "true"}, {})
    return _Files(
        "parquet",
        f"{_PARQUET}.serde.ParquetHiveSerDe",
        f"{_PARQUET}.MapredParquetInputFormat",
        f"{_PARQUET}.MapredParquetOutputFormat",
        {"serialization.format": "1"},
        {},
    )
