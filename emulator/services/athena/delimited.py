# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""Delimited text as LazySimpleSerDe reads and writes it: nested values have delimiters of their own, level by level."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.services.athena.casts import Typed, cast
from emulator.services.athena.errors import not_supported
from emulator.services.athena.scope import literal
from emulator.services.athena.types import VARCHAR, Type, duckdb_type, quote

Columns = Sequence[tuple[str, Type]]
# A line is read as one value: this separates nothing, for text has none.
_NEVER = "\x00"
_LONGEST = 16 << 20  # bytes of one line


@dataclass(frozen=True)
class Delimiters:
    """What stands between fields, between items, between a key and its value, and for a null."""

    field: str = "\x01"
    item: str = "\x02"
    key: str = "\x03"
    null: str = "\\N"
    escape: str = ""

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Delimiters:
        """Those that a table's SerDe properties name."""
        given = table["StorageDescriptor"].get("SerdeInfo", {}).get("Parameters", {})
        field = given.get("field.delim") or given.get("serialization.format") or "\x01"
        return cls(
            _character(field),
            _character(given.get("collection.delim") or given.get("colelction.delim") or "\x02"),
            _character(given.get("mapkey.delim") or "\x03"),
            given.get("serialization.null.format", "\\N"),
            _character(given.get("escape.delim", "")),
        )

    def level(self, depth: int) -> str:
        """The delimiter of a depth: 1 within a field, and so on inwards."""
        return (self.item, self.key)[depth - 1] if depth <= 2 else chr(depth + 1)

    def value(self, text: str, type_: Type, depth: int = 1) -> str:
        """SQL of a field's value; what LazySimpleSerDe cannot parse is null.

        Raises:
            QueryError: NOT_SUPPORTED.
        """
        present = f"nullif({text}, {literal(self.null)})"
        if type_.name == "array":
            item = self.value(f"x{depth}", type_.arguments[0], depth + 1)
            split = f"list_transform(string_split({present}, {literal(self.level(depth))}), lambda x{depth}: {item})"
            return f"CASE WHEN {present} = '' THEN CAST([] AS {duckdb_type(type_)}) ELSE {split} END"
        if type_.name == "map":
            pair = f"string_split(x{depth}, {literal(self.level(depth + 1))})"
            key, value = (self.value(f"{pair}[{n}]", t, depth + 2) for n, t in enumerate(type_.arguments, 1))
            one = f"{{'key': {key}, 'value': {value}}}"
            split = f"string_split({present}, {literal(self.level(depth))})"
            entries = f"list_transform({split}, lambda x{depth}: {one})"
            empty = f"CAST(MAP {{}} AS {duckdb_type(type_)})"
            return f"CASE WHEN {present} = '' THEN {empty} ELSE map_from_entries({entries}) END"
        if type_.name == "row":
            parts = f"string_split({present}, {literal(self.level(depth))})"
            fields = [
                f"{literal(name)}: {self.value(f'{parts}[{n}]', t, depth + 1)}"
                for n, (name, t) in enumerate(type_.fields, 1)
            ]
            return f"CASE WHEN {present} IS NOT NULL THEN {{{', '.join(fields)}}} END"
        if type_.name == "varbinary":
            return f"from_base64({present})"
        return cast(Typed(present, VARCHAR), type_, safe=True).sql

    def text(self, value: str, type_: Type, depth: int = 1) -> str:
        """SQL of a value as text, null for a null."""
        inner = f"x{depth}"
        if type_.name == "array":
            items = f"list_transform({value}, lambda {inner}: {self._part(inner, type_.arguments[0], depth + 1)})"
            return f"array_to_string({items}, {literal(self.level(depth))})"
        if type_.name == "map":
            key, item = (
                self._part(f"{inner}.{part}", t, depth + 2)
                for part, t in zip(("key", "value"), type_.arguments, strict=True)
            )
            pair = f"concat({key}, {literal(self.level(depth + 1))}, {item})"
            pairs = f"list_transform(map_entries({value}), lambda {inner}: {pair})"
            return f"array_to_string({pairs}, {literal(self.level(depth))})"
        if type_.name == "row":
            parts = [self._part(f"struct_extract({value}, {literal(name)})", t, depth + 1) for name, t in type_.fields]
            joined = f"concat_ws({literal(self.level(depth))}, {', '.join(parts)})"
            return f"CASE WHEN {value} IS NOT NULL THEN {joined} END"
        if type_.name == "varbinary":
            return f"to_base64({value})"
        return cast(Typed(value, type_), VARCHAR).sql

    def _part(self, value: str, type_: Type, depth: int) -> str:
        return f"coalesce({self.text(value, type_, depth)}, {literal(self.null)})"


def _character(text: str) -> str:
    """A delimiter as properties write it: itself, with a backslash as in C, or its number."""
    if found := re.fullmatch(r"\\u([0-9a-fA-F]{4})", text):
        return chr(int(found[1], 16))
    if found := re.fullmatch(r"\\([0-7]{1,3})", text):
        return chr(int(found[1], 8))
    if text.isdigit():
        return chr(int(text))
    return {"\\t": "\t", "\\n": "\n", "\\\\": "\\"}.get(text, text)


def lines(paths: str, skip: int) -> str:
    """SQL of files' lines: ``line``, and ``_file``, the path on disk."""
    return (
        f"SELECT coalesce(line, '') AS line, filename AS _file FROM read_csv({paths}, delim = {literal(_NEVER)}, "
        f"quote = '', escape = '', header = false, skip = {skip}, auto_detect = false, "
        f"columns = {{'line': 'VARCHAR'}}, filename = true, hive_partitioning = false, strict_mode = false, "
        f"max_line_size = {_LONGEST})"
    )


def read(table: Mapping[str, Any], paths: str, skip: int, data: Columns) -> str:
    """SQL that reads files: the columns, and ``_file``. A line may have fewer fields than the table, or more.

    Raises:
        QueryError: NOT_SUPPORTED, nested values in files with escapes.
    """
    delimiters = Delimiters.of(table)
    split = f"string_split(line, {literal(delimiters.field)})"
    if delimiters.escape:
        if nested := [type_ for _, type_ in data if type_.arguments]:
            raise not_supported(f"a column of type {nested[0]} in a delimited table with an escape character")
        split = _escaped_split(delimiters)
    values = [f"{delimiters.value(f'_f[{n}]', type_)} AS {quote(name)}" for n, (name, type_) in enumerate(data, 1)]
    return (
        f"SELECT {', '.join(values)}, _file FROM (SELECT {split} AS _f, _file FROM ({lines(paths, skip)}) AS _l) AS _s"
    )


def _escaped_split(delimiters: Delimiters) -> str:
    """Fields of a line in which an escape takes a delimiter's meaning; the escape itself is dropped."""
    escape, field = re.escape(delimiters.escape), re.escape(delimiters.field)
    one = literal(f"{field}((?:{escape}.|[^{field}{escape}])*)")
    fields = f"regexp_extract_all({literal(delimiters.field)} || line, {one}, 1)"
    plain = f"regexp_replace(x, {literal(f'{escape}(.)')}, {literal(chr(92) + '1')}, 'g')"
    return f"list_transform({fields}, lambda x: {plain})"
