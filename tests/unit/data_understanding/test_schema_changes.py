"""Differences between what a crawler found, what the charter declares and what the last run found."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from crispstack.artifacts import DiscoveredColumn, DiscoveredSchema, SchemaReport
from crispstack.business_understanding.charter_file import load
from crispstack.charter import Charter, Column, Source
from crispstack.data_understanding import schema_changes
from crispstack.errors import QualityError

BANK = load(Path("projects/bank_marketing/charter.yaml"))
COLUMNS = (
    Column("id", "integer"),
    Column("amount", "number"),
    Column("opened", "date"),
    Column("active", "boolean"),
    Column("job", "category"),
)
SOURCE = Source("clients", "clients.csv", COLUMNS)
FOUND = {"id": "bigint", "amount": "double", "opened": "date", "active": "boolean", "job": "string"}


def charter(source: Source = SOURCE) -> Charter:
    return dataclasses.replace(BANK, sources=(source,))


def schema(columns: dict[str, str], keys: tuple[str, ...] = ()) -> DiscoveredSchema:
    found = tuple(DiscoveredColumn(name, kind) for name, kind in columns.items())
    return DiscoveredSchema("clients", "v2", "discovered_clients_version_v2", found, keys)


def changes(
    now: dict[str, str], before: dict[str, str] | None = None, source: Source = SOURCE
) -> set[tuple[str, str, str, str, str]]:
    last = SchemaReport((schema(before),), ()) if before else None
    report = schema_changes.report(charter(source), [schema(now)], last, (), "r1")
    return {(each.compared_with, each.change, each.column, each.before, each.after) for each in report.differences}


def test_what_is_declared_and_found_alike_is_no_difference() -> None:
    assert changes(FOUND, FOUND) == set()


@pytest.mark.parametrize(
    ("declared", "discovered"),
    [
        ("amount", "int"), ("amount", "bigint"), ("amount", "decimal(20,4)"), ("active", "string"),
        ("active", "bigint"), ("opened", "string"), ("job", "bigint"), ("job", "double"),
    ],
)  # fmt: skip
def test_values_of_a_type_may_look_like_another(declared: str, discovered: str) -> None:
    assert changes(FOUND | {declared: discovered}) == set()


@pytest.mark.parametrize(
    ("declared", "kind", "discovered"),
    [
        ("id", "integer", "double"), ("id", "integer", "string"), ("amount", "number", "string"),
        ("opened", "date", "bigint"), ("active", "boolean", "double"), ("job", "category", "struct<a:int>"),
    ],
)  # fmt: skip
def test_values_that_the_declared_type_cannot_have_are_a_difference(declared: str, kind: str, discovered: str) -> None:
    assert changes(FOUND | {declared: discovered}) == {("charter", "type_changed", declared, kind, discovered)}


def test_added_and_removed_columns_are_told_against_charter_and_last_run() -> None:
    now = {name: kind for name, kind in FOUND.items() if name != "amount"} | {"balance": "double"}
    assert changes(now, FOUND) == {
        (against, change, column, before, after)
        for against in ("charter", "last_run")
        for change, column, before, after in (
            ("removed", "amount", "number" if against == "charter" else "double", ""),
            ("added", "balance", "", "double"),
        )
    }


def test_a_column_that_comes_where_another_of_its_type_went_is_renamed() -> None:
    now = {"job_title" if name == "job" else name: kind for name, kind in FOUND.items()}
    assert changes(now, FOUND) == {
        ("charter", "renamed", "job", "job", "job_title"),
        ("last_run", "renamed", "job", "job", "job_title"),
    }


def test_a_column_of_another_type_at_its_place_is_another_column() -> None:
    now = {"note" if name == "amount" else name: "string" if name == "amount" else FOUND[name] for name in FOUND}
    assert changes(now) == {
        ("charter", "removed", "amount", "number", ""),
        ("charter", "added", "note", "", "string"),
    }


def test_types_of_two_versions_are_compared_as_they_are() -> None:
    assert changes(FOUND | {"job": "bigint"}, FOUND) == {("last_run", "type_changed", "job", "string", "bigint")}


def test_the_order_matters_where_files_are_read_by_position() -> None:
    swapped = {name: FOUND[name] for name in ("amount", "id", "opened", "active", "job")}
    order = ("id, amount, opened, active, job", "amount, id, opened, active, job")
    assert changes(swapped, FOUND) == {
        ("charter", "order_changed", "", *order),
        ("last_run", "order_changed", "", *order),
    }
    assert changes(swapped, FOUND, dataclasses.replace(SOURCE, format="jsonl")) == set()


def test_partitions_are_compared_with_those_declared() -> None:
    declared = dataclasses.replace(SOURCE, partitions=("job",))
    found = schema({name: kind for name, kind in FOUND.items() if name != "job"}, ("job",))
    assert schema_changes.report(charter(declared), [found], None, ()).differences == ()
    [difference] = schema_changes.report(
        charter(declared), [dataclasses.replace(found, partition_keys=())], None, ()
    ).differences
    assert (difference.change, difference.before, difference.after) == ("partitions_changed", "job", "nothing")


def test_a_sheet_is_text_throughout() -> None:
    sheet = dataclasses.replace(SOURCE, format="excel")
    assert changes(dict.fromkeys(FOUND, "string"), source=sheet) == set()


def test_the_first_run_has_nothing_to_be_compared_with_and_later_ones_name_it() -> None:
    first = schema_changes.report(charter(), [schema(FOUND)], None, (), "r1")
    second = schema_changes.report(charter(), [schema(FOUND)], first, (), "r1")
    assert (first.last_run, second.last_run) == ("", "r1")
    assert SchemaReport.from_json(second.to_json()) == second


def test_a_change_stops_the_run_where_the_charter_says_so_and_says_what_to_do() -> None:
    now = schema(FOUND | {"id": "string", "note": "string"})
    schema_changes.stop_on_change(schema_changes.report(charter(), [now], None, ()))
    strict = charter(dataclasses.replace(SOURCE, schema_changes="stop"))
    with pytest.raises(QualityError) as raised:
        schema_changes.stop_on_change(schema_changes.report(strict, [now], None, ()))
    _, *lines = str(raised.value).split("\n")
    assert lines == [
        "clients.id is string, the charter declares integer; look for values of another type in the profile; correct "
        "them, or the declared type",
        "clients.note is new (string), not what the charter declares; declare the column in the charter, or ask the "
        "source why it came",
    ]
