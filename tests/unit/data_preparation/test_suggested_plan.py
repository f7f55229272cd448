"""What a profile suggests, and that the charter takes it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import yaml

from crispstack.artifacts import ColumnProfile, DataProfile, ValueCount
from crispstack.business_understanding import plan_checks
from crispstack.business_understanding.charter_file import load
from crispstack.charter import Charter
from crispstack.cli.preparation import lines
from crispstack.data_preparation.suggested_plan import suggested_plan
from crispstack.preparation_plan import Preparation
from tests.unit.data_preparation.plan_of_everything import CHARTER

Q = {"0.01": 1.0, "0.25": 5.0, "0.5": 6.0, "0.75": 8.0, "0.99": 60.0}
PROFILES = (
    ColumnProfile("count", "integer", 1000, 0, 50, 0, 1, 900, quantiles=Q),
    ColumnProfile(
        "amount",
        "number",
        1000,
        0,
        50,
        7,
        -999,
        9,
        quantiles=Q | {"0.99": 9.0},
        top_values=(ValueCount("-999", 40, 1),),
    ),
    ColumnProfile("price", "number", 1000, 700, 50, 0),
    ColumnProfile("units", "integer", 1000, 10, 990, 0),
    ColumnProfile("born", "date", 1000, 0, 800, 0),
    ColumnProfile("seen", "timestamp", 1000, 0, 990, 0),
    ColumnProfile("city", "category", 1000, 0, 5, 0, top_values=(ValueCount("Bern", 9, 1), ValueCount("BERN ", 8, 1))),
    ColumnProfile("shop", "category", 1000, 0, 1, 0),
    ColumnProfile("note", "text", 1000, 0, 1000, 0),
    ColumnProfile("member", "boolean", 1000, 0, 2, 0),
)
PLAIN = dataclasses.replace(CHARTER, preparation=Preparation())
PROFILE = DataProfile("t", 1000, 200, 100, PROFILES, 0)


def suggested(charter: Charter = PLAIN, profile: DataProfile = PROFILE) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for each in suggested_plan(profile, charter):
        found.setdefault(each.part, []).append(each.plain())
    return found


def test_columns_that_say_nothing_are_to_be_excluded() -> None:
    assert suggested()["exclude"] == [
        {"column": "price", "reason": "70% of the values are missing"},
        {"column": "units", "reason": "every row has a value of its own"},
        {"column": "shop", "reason": "one value only"},
    ]


def test_odd_numbers_and_writings_are_to_be_cleaned() -> None:
    clip = [{"action": "clip", "bounds": "quantiles"}]
    assert suggested()["clean"] == [
        {"column": "count", "outliers": clip},
        {"column": "amount", "missing_values": ["-999"], "invalid": "missing", "outliers": clip},
        {"column": "city", "text": ["nfkc", "collapse_whitespace", "casefold"]},
    ]


def test_skewed_numbers_times_and_texts_are_to_be_derived_from() -> None:
    assert suggested()["derive_only"] == ["born", "seen", "note"]
    names = [entry["name"] for entry in suggested()["derive"] if isinstance(entry, dict)]
    assert names[0] == "count_log"
    assert names[-1] == "note_length"
    assert "seen_hour_sine" in names
    assert "born_hour_sine" not in names


def test_values_of_personal_columns_are_not_told() -> None:
    source = dataclasses.replace(
        PLAIN.source, columns=tuple(dataclasses.replace(column, personal=True) for column in PLAIN.source.columns)
    )
    told = str(suggested_plan(PROFILE, dataclasses.replace(PLAIN, sources=(source,))))
    assert "Bern" not in told
    assert "900" not in told
    assert "'-999'" not in told


def test_treated_and_barely_filled_columns_get_no_suggestion() -> None:
    few = dataclasses.replace(PROFILE, columns=tuple(dataclasses.replace(each, count=50) for each in PROFILES))
    assert suggested(profile=few) == {}
    assert suggested(CHARTER) == {}


def test_the_charter_takes_what_is_suggested(tmp_path: Path) -> None:
    text = "\n".join(lines(suggested_plan(PROFILE, PLAIN)))
    columns = [{"name": column.name, "type": column.type} for column in PLAIN.source.columns]
    body = {
        "name": "everything",
        "question": "Who?",
        "owner": "Ada",
        "sources": [{"name": "rows", "file": "rows.csv", "columns": columns}],
        "target": {"column": "y", "positive": "yes"},
        "money": {"currency": "EUR", "true_positive": 10, "false_positive": -1},
    }
    path = tmp_path / "charter.yaml"
    path.write_text(f"{yaml.safe_dump(body)}\n{text}\n")
    charter = load(path)
    assert list(plan_checks.problems(charter)) == []
    assert len(charter.preparation.derive) == 12
    assert "three interquartile ranges" in text
