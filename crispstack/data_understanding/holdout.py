"""Which rows are the test set: a rule that Athena, Spark and Python answer alike.

A row is hashed with SHA-256: the split's key, then every raw value in declared order, joined by the unit separator
(U+001F); spaces around a value do not count, null counts as the empty string. It is a test row if the first eight
hexadecimal digits, read as a number and divided by 2**32, lie below the share. Equal rows fall on the same side, and no
row changes sides when others are added.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from crispstack.charter import Charter, Split
from crispstack.data_understanding.raw_table import array, identifier, literal

SEPARATOR = "\x1f"


def is_test(values: Sequence[str | None], split: Split) -> bool:
    """Whether the row with these raw values, in declared order, belongs to the test set."""
    text = SEPARATOR.join([split.key, *((value or "").strip(" ") for value in values)])
    return hashlib.sha256(text.encode()).hexdigest()[:8] < _limit(split)


def athena_sql(charter: Charter) -> str:
    """The rule over the columns of `RawTables.relation` as a Trino expression of type boolean."""
    columns = [identifier(column.name) for column in charter.source.columns]
    text = f"array_join({array([literal(charter.split.key), *columns])}, chr(31))"
    return f"substr(lower(to_hex(sha256(to_utf8({text})))), 1, 8) < '{_limit(charter.split)}'"


def spark_sql(charter: Charter) -> str:
    """The rule over columns of the declared names as a Spark SQL expression of type boolean."""
    key = charter.split.key.replace("\\", "\\\\").replace("'", "\\'")
    columns = ", ".join(f"trim(BOTH ' ' FROM coalesce(`{column.name}`, ''))" for column in charter.source.columns)
    return f"substring(sha2(concat_ws(char(31), '{key}', {columns}), 256), 1, 8) < '{_limit(charter.split)}'"


def _limit(split: Split) -> str:
    # Digits of equal number compare like the numbers they write, so no engine has to convert them.
    return f"{math.ceil(split.test_share * 2**32):08x}"
