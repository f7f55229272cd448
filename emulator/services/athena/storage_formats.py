"""How Hive names the formats of tables, as Glue stores them."""

from __future__ import annotations

from typing import Any

from emulator.services.athena.errors import QueryError
from emulator.services.athena.table_clauses import TableClauses

_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_QL = "org.apache.hadoop.hive.ql.io"

# Input format, output format, SerDe.
FORMATS = {
    "TEXTFILE": (_TEXT_INPUT, _TEXT_OUTPUT, _LAZY),
    "JSON": (_TEXT_INPUT, _TEXT_OUTPUT, "org.openx.data.jsonserde.JsonSerDe"),
    "PARQUET": (
        f"{_QL}.parquet.MapredParquetInputFormat",
        f"{_QL}.parquet.MapredParquetOutputFormat",
        f"{_QL}.parquet.serde.ParquetHiveSerDe",
    ),
    "ORC": (f"{_QL}.orc.OrcInputFormat", f"{_QL}.orc.OrcOutputFormat", f"{_QL}.orc.OrcSerde"),
    "AVRO": (
        f"{_QL}.avro.AvroContainerInputFormat",
        f"{_QL}.avro.AvroContainerOutputFormat",
        "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    ),
}


def descriptor(clauses: TableClauses) -> dict[str, Any]:
    """Glue's storage descriptor of a CREATE TABLE, without columns and location.

    Raises:
        QueryError: INVALID_TABLE_PROPERTY, no such format.
    """
    name = clauses.stored_as or "TEXTFILE"
    if name not in FORMATS:
        raise QueryError("INVALID_TABLE_PROPERTY", f"Unsupported storage format: {name}")
    input_, output, serde = FORMATS[name]
    described: dict[str, Any] = {
        "InputFormat": clauses.input_format or input_,
        "OutputFormat": clauses.output_format or output,
        "SerdeInfo": {"SerializationLibrary": clauses.serde or serde, "Parameters": clauses.serde_properties},
    }
    if clauses.buckets:
        described |= {"BucketColumns": list(clauses.buckets.columns), "NumberOfBuckets": clauses.buckets.count}
    return described


def format_of(library: str) -> str:
    """The format that a SerDe writes.

    Raises:
        QueryError: NOT_SUPPORTED.
    """
    for name, (_, _, serde) in FORMATS.items():
        if serde == library:
            return name
    if library == "org.apache.hive.hcatalog.data.JsonSerDe":
        return "JSON"
    raise QueryError("NOT_SUPPORTED", f"writing to tables with the SerDe {library}")
