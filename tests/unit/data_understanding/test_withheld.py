"""The values of personal columns are drawn to be looked at, and shown nowhere."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

from crispstack.artifacts import Bin, ColumnProfile, DataProfile, ValueCount
from crispstack.charter import Charter, Column, Money, Preparation, Source, Target
from crispstack.data_understanding import personal_data, personal_data_sample
from crispstack.data_understanding.raw_table import RawTables
from crispstack.data_understanding.withheld import withheld_columns, without_withheld
from crispstack.privacy_plan import PrivacyTreatment
from tests.unit.data_understanding.duckdb_table import run

CHARTER = Charter(
    name="loans",
    question="Who?",
    owner="Ada",
    sources=(
        Source(
            "clients", "c.csv", (Column("contact", "category"), Column("surname", "category"), Column("y", "category"))
        ),
    ),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
    preparation=Preparation(missing_values=("", "unknown")),
    privacy=(PrivacyTreatment("surname", "keep", "agreed"),),
)
DATA = [(f" p{index}@mail.example ", "unknown" if index % 2 else f"Doe{index}", "yes") for index in range(1500)]


def drawn() -> list[Mapping[str, str | None]]:
    (statement,) = personal_data_sample.statements(CHARTER, RawTables("lake")).values()
    return run(statement(), CHARTER, DATA)


def test_a_thousand_rows_are_drawn_alike_every_time_and_up_to_200_values_of_each_column_looked_at() -> None:
    rows = drawn()
    assert len(rows) == 1000
    assert rows == drawn()
    found = personal_data_sample.values(rows, CHARTER)
    assert {name: len(values) for name, values in found.items()} == {"contact": 200, "surname": 200, "y": 1}
    assert set(found["contact"]) <= {contact.strip() for contact, _, _ in DATA}
    assert all(name.startswith("Doe") for name in found["surname"])


def test_the_profile_shows_counts_alone_of_what_is_not_kept() -> None:
    report = personal_data.report(CHARTER, {"clients": personal_data_sample.values(drawn(), CHARTER)})
    assert withheld_columns(report, "clients") == {"contact"}
    assert withheld_columns(report, "visits") == frozenset()
    full = ColumnProfile(
        "contact", "category", 1500, 0, 1500, 0, 1.0, 2.0, 1.5, 0.5, {"0.5": 1.5}, 0.1,
        (Bin(1.0, 2.0, 3, 1),), (ValueCount("p1@mail.example", 1, 1),),
    )  # fmt: skip
    kept = dataclasses.replace(full, name="surname")
    shown = without_withheld(DataProfile("t", 1500, 0, 1500, (full, kept), 1), report, "clients")
    counts = ColumnProfile("contact", "category", 1500, 0, 1500, 0, target_correlation=0.1)
    assert shown.columns == (counts, kept)
    assert "mail.example" not in json.dumps(dataclasses.asdict(shown.columns[0])) + report.to_json()


def test_numbers_that_are_generalized_show_the_bands_of_their_quantiles() -> None:
    charter = dataclasses.replace(
        CHARTER,
        sources=(Source("clients", "c.csv", (Column("age", "integer"), Column("y", "category"))),),
        privacy=(PrivacyTreatment("age", "generalize", "bands do", to="band", size=10),),
    )
    age = ColumnProfile(
        "age", "integer", 9, 0, 9, 0, 17.0, 83.0, 41.5, 9.5, {"0.5": 38.0, "0.95": 80.0}, 0.1,
        (Bin(17.0, 83.0, 9, 1),), (ValueCount("38", 2, 1),),
    )  # fmt: skip
    shown = without_withheld(DataProfile("t", 9, 0, 2, (age,), 1), personal_data.report(charter, {}), "clients")
    assert shown.columns == (
        ColumnProfile("age", "integer", 9, 0, 9, 0, 10.0, 80.0, 41.5, 9.5, {"0.5": 30.0, "0.95": 80.0}, 0.1),
    )
