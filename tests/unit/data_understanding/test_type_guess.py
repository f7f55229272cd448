"""Types of columns are guessed from their values, and how numbers and times are written."""

from __future__ import annotations

import pytest

from crispstack.charter import Column
from crispstack.data_understanding.type_guess import days, guess


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["yes", "no"], Column("c", "boolean")),
        (["TRUE", "False"], Column("c", "boolean")),
        (["0", "1"], Column("c", "boolean")),
        (["0", "1", "2"], Column("c", "integer")),
        (["yes", "1"], Column("c", "category")),
        (["-3", "+4", "12"], Column("c", "integer")),
        (["01234", "56789"], Column("c", "category")),
        (["1234567890123456", "1"], Column("c", "category")),
        (["1.5", "2", ".5", "1e3"], Column("c", "number")),
        (["1,5", "2,25", "3"], Column("c", "number", decimal=",")),
        (["1,234.50", "2.5", "1,000"], Column("c", "number", thousands=",")),
        (["1.234,50", "2,5"], Column("c", "number", decimal=",", thousands=".")),
        (["1,234", "12,345,678"], Column("c", "integer", thousands=",")),
        (["2024-02-29", "2023-01-01"], Column("c", "date")),
        (["2023-02-29", "2023-01-01"], Column("c", "category")),
        (["31/01/2024", "01/02/2024"], Column("c", "date", formats=("%d/%m/%Y",))),
        (["01/31/2024", "01/02/2024"], Column("c", "date", formats=("%m/%d/%Y",))),
        (["31.01.2024", "01.02.2024"], Column("c", "date", formats=("%d.%m.%Y",))),
        (["2024-01-31T10:00:00Z", "2024-01-31 10:00"], Column("c", "timestamp")),
        (["31.01.2024 23:59", "01.02.2024 00:00"], Column("c", "timestamp", formats=("%d.%m.%Y %H:%M",))),
        (["red", "green"], Column("c", "category")),
        (["the parcel never came to us", "it came late but it was whole"], Column("c", "text")),
        ([], Column("c", "category")),
    ],
)
def test_a_type_is_guessed_from_values(values: list[str], expected: Column) -> None:
    assert guess("c", values).column == expected
    assert guess("c", values).odd == ()


def test_one_value_in_a_hundred_may_be_odd_and_is_told() -> None:
    numbers = [str(number) for number in range(199)]
    assert guess("c", [*numbers, "about 7"]).column.type == "integer"
    assert guess("c", [*numbers, "about 7"]).odd == ("about 7",)
    assert guess("c", [*numbers[:50], "about 7"]).column.type == "category"


def test_days_are_told_of_every_form_of_time() -> None:
    form = Column("c", "date", formats=("%d.%m.%Y",))
    assert days(form, ["31.01.2024", "soon"]) == {"31.01.2024": "2024-01-31"}
    assert days(Column("c", "timestamp"), ["2024-01-31T10:00:00Z"]) == {"2024-01-31T10:00:00Z": "2024-01-31"}
