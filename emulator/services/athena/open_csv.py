# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""Files of OpenCSVSerde: separators, quotes and escapes as opencsv reads them."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emulator.services.athena.casts import Typed, cast
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.scope import literal
from emulator.services.athena.storage import StoredObject
from emulator.services.athena.types import VARCHAR, Type, quote


@dataclass(frozen=True)
class Dialect:
    """The three characters of a table's files."""

    separator: str
    quote: str
    escape: str

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Dialect:
        """The characters that a table's SerDe properties name, of each the first.

        An escapeChar of ``"`` means a backslash to Hive, and so to Athena: a doubled quote is one in any case.

        Raises:
            QueryError: HIVE_INVALID_METADATA, two are the same.
        """
        given = table["StorageDescriptor"]["SerdeInfo"].get("Parameters", {})
        names = {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"}
        separator, quoting, escape = ((given.get(name) or default)[0] for name, default in names.items())
        found = cls(separator, quoting, "\\" if escape == '"' else escape)
        if len({found.separator, found.quote, found.escape}) < len(names):
            raise QueryError("HIVE_INVALID_METADATA", "The separator, quote, and escape characters must be different!")
        return found


def read(table: Mapping[str, Any], paths: str, columns: str, skip: int, data: Sequence[tuple[str, Type]]) -> str:
    """SQL that reads files without escapes; `columns` is DuckDB's struct of column names and types."""
    dialect = Dialect.of(table)
    options = (
        f"delim = {literal(dialect.separator)}, quote = {literal(dialect.quote)}, escape = {literal(dialect.quote)}, "
        f"header = false, skip = {skip}, auto_detect = false, null_padding = true, columns = {columns}, "
        "filename = true, hive_partitioning = false, new_line = '\\n', strict_mode = false"
    )
    listed = [f"{_value(name, type_)} AS {quote(name)}" for name, type_ in data]
    return f"SELECT {', '.join([*listed, 'filename AS _file'])} FROM read_csv({paths}, {options})"


def _value(name: str, type_: Type) -> str:
    """OpenCSVSerde has no nulls: an empty field is an empty text, and no number."""
    text = f"coalesce({quote(name)}, '')"
    if type_.name in ("varchar", "char"):
        return text
    if type_.name == "date":  # days since 1970
        return f"CASE WHEN {text} <> '' THEN DATE '1970-01-01' + CAST({text} AS INTEGER) END"
    if type_.name == "timestamp":  # milliseconds since 1970
        return f"CASE WHEN {text} <> '' THEN epoch_ms(CAST({text} AS BIGINT)) END"
    if type_.arguments or type_.name == "varbinary":
        raise not_supported(f"a column of type {type_} in an OpenCSVSerde table")
    return cast(Typed(f"nullif({text}, '')", VARCHAR), type_).sql


def without_escapes(table: Mapping[str, Any], file: StoredObject) -> StoredObject:
    """The file as DuckDB can read it, which knows doubled quotes or an escape but not both.

    A file in which the escape does not occur is left as it is; another is rewritten once, beside its copy.

    Raises:
        QueryError: HIVE_INVALID_METADATA.
    """
    dialect = Dialect.of(table)
    key = hashlib.sha256(repr(dialect).encode()).hexdigest()[:8]
    rewritten = file.path.with_name(f"{file.path.name.partition('.')[0]}-{key}.csv")
    if rewritten.exists():
        return replace(file, path=rewritten)
    body = file.path.read_bytes()
    plain = gzip.decompress(body) if file.path.suffix == ".gz" else body
    if dialect.escape.encode() not in plain:
        return file
    partial = rewritten.with_name(f"{rewritten.name}.{uuid.uuid4().hex}")
    partial.write_bytes(unescaped(plain, dialect))
    os.replace(partial, rewritten)  # noqa: PTH105 (atomic, whatever stands there)
    return replace(file, path=rewritten)


def unescaped(body: bytes, dialect: Dialect) -> bytes:
    """CSV with its escapes resolved as opencsv does.

    Between quotes an escape stands before a quote or itself; everywhere else opencsv drops it.
    """
    mark, escape = dialect.quote.encode(), dialect.escape.encode()
    q, e = re.escape(mark), re.escape(escape)
    inner = re.compile(e + b"(.)", re.DOTALL)

    def resolved(found: re.Match[bytes]) -> bytes:
        if not found[0].startswith(mark):
            return b""
        return inner.sub(lambda pair: mark * 2 if pair[1] == mark else pair[1], found[0])

    quoted = q + b"(?:[^" + q + e + b"]|" + q + q + b"|" + e + b".)*" + q
    return re.sub(quoted + b"|" + e, resolved, body, flags=re.DOTALL)
