from __future__ import annotations

import dataclasses

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crispstack.charter import Charter, Column, Money, Source, Split, Target
from crispstack.data_preparation.split_rows import in_test_set
from crispstack.data_understanding import holdout

NAMES = ("a", "b", "y")
CHARTER = Charter(
    name="loans",
    question="Who?",
    owner="Ada",
    sources=(Source("clients", "c.csv", tuple(Column(name, "category") for name in NAMES)),),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
)
TEXT = st.none() | st.text(st.characters(blacklist_categories=["Cs"]), max_size=6)
ROWS = st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=20)
Rows = list[tuple[str | None, ...]]


def chosen(rows: Rows, split: Split) -> list[bool]:
    columns = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
    # A part of a larger batch: what lies before it must not be looked at.
    longer = [pa.concat_arrays([pa.array(["before", None], pa.string()), column]) for column in columns]
    batch = pa.RecordBatch.from_arrays(longer, list(NAMES)).slice(2)
    return [bool(row) for row in in_test_set(batch, dataclasses.replace(CHARTER, split=split)).to_pylist()]


@settings(deadline=None, max_examples=40)
@given(ROWS, st.floats(0.05, 0.5), st.text("ab'\\-é \"", max_size=8), st.sampled_from(["random", "grouped"]))
@example([("it's ", None, " é\n"), (" ", "\x1f", "\\"), ("", "", "")], 0.5, "o'key\\", "random")
@example([("\u00a0a\u3000", "\U0001f600", "\0")], 0.5, "", "grouped")
def test_batches_and_single_rows_are_divided_alike(rows: Rows, share: float, key: str, method: str) -> None:
    split = Split(method=method, group=("b", "a") if method == "grouped" else (), test_share=share, key=key)  # type: ignore[arg-type]
    charter = dataclasses.replace(CHARTER, split=split)
    assert chosen(rows, split) == [holdout.is_test(row, charter) for row in rows]


def test_about_the_share_is_chosen_and_equal_rows_together() -> None:
    found = chosen([(str(number % 1000), "x", None) for number in range(2000)], Split(test_share=0.25, key="k"))
    assert found[:1000] == found[1000:]
    assert sum(found[:1000]) == pytest.approx(250, abs=3 * (1000 * 0.25 * 0.75) ** 0.5)


def test_by_time_rows_of_the_first_test_day_or_later_are_chosen() -> None:
    times = ["2025-01-30", " 2025-01-31 23:59", "2025-01-31", "2025-02-01T00:00", None, "", "unknown"]
    split = Split(method="time", time="a", test_from="2025-01-31")
    charter = dataclasses.replace(CHARTER, split=split)
    rows: Rows = [(time, None, "yes") for time in times]
    assert chosen(rows, split) == [False, True, True, True, False, False, True]
    assert chosen(rows, split) == [holdout.is_test(row, charter) for row in rows]
