"""What gives a prepared version its name, and what does not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from crispstack.business_understanding.charter_file import load
from crispstack.charter import Charter, Modeling, Split
from crispstack.data_preparation.version import prepared_part, version

BANK = load(Path("projects/bank_marketing/charter.yaml"))


def changed(**changes: object) -> Charter:
    return dataclasses.replace(BANK, **changes)  # type: ignore[arg-type]


def test_equal_data_and_charter_have_one_name() -> None:
    assert prepared_part(BANK, ["a" * 64]) == prepared_part(changed(), ["a" * 64])
    assert len(prepared_part(BANK, ["a" * 64])) == 16


def test_what_shapes_the_rows_changes_the_name() -> None:
    names = {
        prepared_part(BANK, ["a" * 64]),
        prepared_part(BANK, ["b" * 64]),
        prepared_part(changed(split=Split(test_share=0.3, key=BANK.split.key)), ["a" * 64]),
        prepared_part(changed(preparation=dataclasses.replace(BANK.preparation, derive=())), ["a" * 64]),
        prepared_part(changed(target=dataclasses.replace(BANK.target, positive="no")), ["a" * 64]),
    }
    assert len(names) == 5


def test_what_comes_later_does_not() -> None:
    assert prepared_part(changed(modeling=Modeling(folds=3), owner="Bob", risks=()), ["a" * 64]) == prepared_part(
        BANK, ["a" * 64]
    )


def test_a_version_is_all_of_its_parts_in_any_order() -> None:
    assert version(["a", "b"]) == version(["b", "a"])
    assert len({version(["a"]), version(["a", "b"]), version(["a", "b", "c"])}) == 3
