"""Which rows are the test set: a rule that Athena and Python answer alike.

At random, or by groups: the split's key and the row's values (all of them, or those of the group's columns) are joined
by the unit separator (U+001F) and hashed with SHA-256; spaces around a value do not count, null counts as the empty
string. It is a test row if the first eight hexadecimal digits, read as a number and divided by 2**32, lie below the
share. Equal rows, and rows of one group, fall on the same side; each class is divided alike, but for chance.
By time: rows of the first test day or later are test rows; a row without a time is a training row.

Either way no row changes sides when others are added, and with a smaller share no training row becomes a test row.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from crispstack.charter import Charter, Split
from crispstack.data_understanding.raw_table import array, identifier, literal

SEPARATOR = "\x1f"
DAY = len("2025-01-31")
"""Characters of a day at the beginning of a date or time."""


def is_test(values: Sequence[str | None], charter: Charter) -> bool:
    """Whether the row with these raw values, in declared order, belongs to the test set."""
    split, names = charter.split, [column.name for column in charter.source.columns]
    texts = {name: (value or "").strip(" ") for name, value in zip(names, values, strict=True)}
    if split.method == "time":
        return texts[split.time][:DAY] >= split.test_from
    text = SEPARATOR.join([split.key, *(texts[name] for name in hashed(charter))])
    return hashlib.sha256(text.encode()).hexdigest()[:8] < limit(split)


def athena_sql(charter: Charter) -> str:
    """The rule over the columns of `RawTables.relation` as a Trino expression of type boolean."""
    split = charter.split
    if split.method == "time":
        return f"substr({identifier(split.time)}, 1, {DAY}) >= {literal(split.test_from)}"
    text = f"array_join({array([literal(split.key), *map(identifier, hashed(charter))])}, chr(31))"
    # Bytes compare like the digits that write them, and a longer text whose beginning is the same is greater.
    return f"sha256(to_utf8({text})) < X'{limit(split)}'"


def explanation(charter: Charter, train: tuple[int, int], test: tuple[int, int]) -> str:
    """How the rows were divided, and why so, in words.

    Args:
        charter: says by which rule.
        train: training rows, and the positive ones among them.
        test: test rows, and the positive ones among them.
    """
    split, rows = charter.split, train[0] + test[0]
    rule = {
        "random": "at random, by a hash of the row",
        "grouped": f"in whole groups, by a hash of {', '.join(split.group)}",
        "time": f"by time: {split.time} from {split.test_from} on is the test set, as the future will be",
    }[split.method]
    parts = [f"{train[0] / rows:.0%} of {rows} rows train and {test[0] / rows:.0%} test, divided {rule}."]
    if charter.framing != "binary":
        return parts[0]
    rates = [positives / count if count else 0.0 for count, positives in (train, test)]
    parts.append(f"{rates[0]:.1%} of the training rows and {rates[1]:.1%} of the test rows are positive.")
    if split.method == "random":
        overall = (train[1] + test[1]) / rows
        error = math.sqrt(overall * (1 - overall) * (1 / max(train[0], 1) + 1 / max(test[0], 1)))
        parts.append(f"By chance alone these two differ by about {error:.1%}.")
    return " ".join(parts)


def hashed(charter: Charter) -> Sequence[str]:
    """The columns whose values decide, where rows are divided at random or by groups."""
    split = charter.split
    return split.group if split.method == "grouped" else [column.name for column in charter.source.columns]


def limit(split: Split) -> str:
    """The eight hexadecimal digits below which a hash means a test row."""
    # Digits of equal number compare like the numbers they write, so no engine has to convert them.
    return f"{math.ceil(split.test_share * 2**32):08x}"
