"""Which rules a profile suggests, that they hold for what was profiled, and how they come into the charter."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crispstack.artifacts import ColumnProfile, RuleDraft, ValueCount
from crispstack.business_understanding import charter_rules, quality_checks
from crispstack.business_understanding.charter_file import load
from crispstack.charter import Column, QualityRule, Source
from crispstack.data_understanding.quality import report
from crispstack.data_understanding.rule_drafts import drafts
from crispstack.errors import CharterError
from tests.unit.data_understanding.test_quality import answers

TODAY = dt.date(2025, 6, 1)
FOLDER = Path("projects/bank_marketing")
COLUMNS = (
    Column("id", "integer"),
    Column("age", "integer"),
    Column("rate", "number"),
    Column("job", "category"),
    Column("city", "category"),
    Column("since", "date"),
    Column("y", "boolean"),
)
SOURCE = Source("clients", "c.csv", COLUMNS)


def table(rows: int = 400) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    days = pd.Timestamp("2024-06-01") + pd.to_timedelta(generator.integers(0, 360, rows), unit="D")
    age = pd.Series(generator.integers(18, 90, rows).astype(str))
    age[::40] = ""
    return pd.DataFrame(
        {
            "id": np.arange(rows).astype(str),
            "age": age,
            "rate": generator.normal(0, 2, rows).round(6).astype(str),
            "job": generator.choice(["cook", 'the "boss"'], rows),
            "city": generator.choice([f"c{number}" for number in range(30)], rows),
            "since": days.strftime("%Y-%m-%d"),
            "y": generator.choice(["yes", "no"], rows),
        }
    )


def profile(column: Column, texts: pd.Series) -> ColumnProfile:
    present = texts[texts != ""]
    counts = present.value_counts()
    found = ColumnProfile(column.name, column.type, len(texts), int((texts == "").sum()), present.nunique(), 0)
    if column.type == "category":
        top = tuple(ValueCount(str(value), int(count), 0) for value, count in counts.head(10).items())
        return dataclasses.replace(found, top_values=top)
    if column.type == "boolean":
        return found
    numbers = (pd.to_datetime(present) - pd.Timestamp(0)).dt.days if column.type == "date" else present.astype(float)
    return dataclasses.replace(found, minimum=float(numbers.min()), maximum=float(numbers.max()))


def drafted(frame: pd.DataFrame, personal: frozenset[str] = frozenset()) -> tuple[RuleDraft, ...]:
    profiles = [profile(column, frame[column.name]) for column in COLUMNS]
    return drafts(SOURCE, len(frame), profiles, personal, TODAY)


def test_a_profile_suggests_what_holds_with_room_to_spare() -> None:
    assert [draft.rule for draft in drafted(table())] == [
        "RowCount between 200 and 800",
        'IsComplete "id"',
        'ColumnDataType "id" = "Integer"',
        'IsUnique "id"',
        'Completeness "age" >= 0.95',
        'ColumnDataType "age" = "Integer"',
        '((ColumnValues "age" >= 0) and (ColumnValues "age" <= 125)) or (ColumnValues "age" = NULL)',
        'IsComplete "rate"',
        'ColumnDataType "rate" = "Double"',
        '(ColumnValues "rate" >= -13) and (ColumnValues "rate" <= 12)',
        'IsComplete "job"',
        'ColumnValues "job" in ["cook", "the \\"boss\\""]',
        'IsComplete "city"',
        'DistinctValuesCount "city" <= 45',
        'IsComplete "since"',
        'ColumnDataType "since" = "Date"',
        'ColumnValues "since" < (now() + 1 days)',
        'DataFreshness "since" <= 548 days',
        'IsComplete "y"',
        'ColumnDataType "y" = "Boolean"',
    ]


def test_every_draft_can_be_asked_and_holds_for_what_was_profiled() -> None:
    frame = table()
    found = drafted(frame)
    bank = load(FOLDER / "charter.yaml")
    charter = dataclasses.replace(
        bank,
        sources=(dataclasses.replace(SOURCE, name="clients"),),
        quality=tuple(QualityRule(draft.rule) for draft in found),
        preparation=dataclasses.replace(bank.preparation, missing_values=("",)),
    )
    assert not list(quality_checks.problems(charter))
    rows = list(frame.itertuples(index=False, name=None))
    # The fixed clock of the other tests lies before these dates end, and the rule about the future says so.
    results = report(answers(charter, {"clients": rows}), charter, ()).results
    assert [result.rule for result in results if not result.passed] == ['ColumnValues "since" < (now() + 1 days)']
    spoiled = frame.assign(id="1", age="999", rate="", job="Cook", since="1.2.2024", y="maybe", city=frame["id"])
    rows = list(spoiled.itertuples(index=False, name=None))
    results = report(answers(charter, {"clients": rows}), charter, ()).results
    assert {result.columns for result in results if not result.passed} == {(column.name,) for column in COLUMNS}


def test_values_of_personal_columns_are_in_no_draft() -> None:
    names = frozenset(column.name for column in COLUMNS)
    rules = " ".join(draft.rule for draft in drafted(table(), names))
    assert "ColumnValues" not in rules
    assert "DataFreshness" not in rules
    assert 'IsUnique "id"' in rules
    told = " ".join(draft.reason for draft in drafted(table(), names))
    assert "cook" not in told
    assert "lie from" not in told


def test_few_rows_suggest_nothing() -> None:
    assert drafted(table(99)) == ()


def test_drafts_are_added_to_the_charter_where_its_rules_end(tmp_path: Path) -> None:
    path = tmp_path / "charter.yaml"
    shutil.copy(FOLDER / "charter.yaml", path)
    added = (
        RuleDraft('ColumnValues "job" in ["it\'s"]', "clients", "only this value occurs"),
        RuleDraft("RowCount > 10", "clients", "there are 20 rows"),
    )
    before = path.read_text()
    charter_rules.write(path, added, "clients")
    lines = path.read_text().splitlines()
    place = next(index for index, line in enumerate(lines) if 'Completeness "contact"' in line)
    assert lines[place + 1 : place + 3] == [
        "  - {rule: 'ColumnValues \"job\" in [\"it''s\"]', severity: warn}  # only this value occurs",
        "  - {rule: 'RowCount > 10', severity: warn}  # there are 20 rows",
    ]
    assert [*lines[: place + 1], *lines[place + 3 :]] == before.splitlines()
    assert load(path).quality[-2:] == tuple(QualityRule(each.rule) for each in added)


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        ("", 1),
        ('quality:\n- rule: IsComplete "y"\n  severity: stop\n\n# what follows is about models\n', 2),
        ('quality:\n  - rule: IsComplete "y"\n\n\n', 2),
    ],
)
def test_however_the_rules_are_written(tmp_path: Path, quality: str, expected: int) -> None:
    text = (FOLDER / "charter.yaml").read_text()
    start, end = text.index("quality:"), text.index("modeling:")
    path = tmp_path / "charter.yaml"
    path.write_text(text[:start] + quality + text[end:])
    charter_rules.write(path, (RuleDraft("RowCount > 10", "clients", "why"),), "clients")
    assert [rule.rule for rule in load(path).quality][-1] == "RowCount > 10"
    assert len(load(path).quality) == expected
    assert "# what follows is about models\nmodeling:" in path.read_text() or "#" not in quality


def test_rules_that_would_break_the_charter_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "charter.yaml"
    shutil.copy(FOLDER / "charter.yaml", path)
    with pytest.raises(CharterError, match="'wage' is not a column of clients"):
        charter_rules.write(path, (RuleDraft('IsComplete "wage"', "clients", "why"),), "clients")
    assert path.read_text() == (FOLDER / "charter.yaml").read_text()
    assert [file.name for file in tmp_path.iterdir()] == ["charter.yaml"]
    text = path.read_text()
    start, end = text.index("quality:"), text.index("modeling:")
    path.write_text(text[:start] + 'quality: [{rule: IsComplete "y"}]\n' + text[end:])
    with pytest.raises(CharterError, match="`quality` is not written as a list of lines"):
        charter_rules.write(path, (RuleDraft("RowCount > 10", "clients", "why"),), "clients")
