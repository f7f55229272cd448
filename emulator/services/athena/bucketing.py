"""Hive's buckets: which of a table's files a row belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.types import Type


@dataclass(frozen=True)
class Buckets:
    """``bucketed_by`` and ``bucket_count``."""

    columns: tuple[str, ...]
    count: int

    def number(self, labels: Mapping[str, str], kinds: Mapping[str, Type]) -> str:
        """SQL of a row's bucket: Hive's hash of the columns, without its sign, modulo the count.

        Raises:
            QueryError: COLUMN_NOT_FOUND, or NOT_SUPPORTED for a type that cannot be hashed here.
        """
        combined = "0"
        for name in self.columns:
            if name not in labels:
                raise QueryError("COLUMN_NOT_FOUND", f"Bucketing column '{name}' not present in schema")
            combined = f"(({combined}) * 31 + coalesce({_hash(labels[name], kinds[name])}, 0)) & 4294967295"
        return f"(({combined}) & 2147483647) % {self.count}"


def _hash(value: str, type_: Type) -> str:
    """Hive's 32-bit hash of a value; a text's is that of its bytes, as Java's is of characters."""
    if type_.name in ("tinyint", "smallint", "integer"):
        return f"CAST({value} AS BIGINT)"
    if type_.name == "bigint":
        unsigned = f"(CAST({value} AS HUGEINT) & 18446744073709551615)"
        return f"CAST(xor({unsigned} >> 32, {unsigned} & 4294967295) AS BIGINT)"
    if type_.name == "boolean":
        return f"CAST({value} AS BIGINT)"
    if type_.name == "date":
        return f"CAST({value} - DATE '1970-01-01' AS BIGINT)"
    if type_.name == "varchar":
        octets = f"list_transform(regexp_extract_all(hex(encode({value})), '..'), lambda b: CAST('0x' || b AS BIGINT))"
        signed = f"list_transform({octets}, lambda b: b - CASE WHEN b > 127 THEN 256 ELSE 0 END)"
        return f"list_reduce({signed}, lambda h, b: (h * 31 + b) & 4294967295, CAST(0 AS BIGINT))"
    raise not_supported(f"bucketing by a column of type {type_}")
