from __future__ import annotations

import dataclasses

from crispstack.artifacts import (
    Bin,
    ColumnProfile,
    DataProfile,
    SchemaDifference,
    SchemaReport,
    TableProfile,
    TimeCoverage,
    ValueCount,
)
from crispstack.deployment.report import profile_section
from crispstack.deployment.report.schema_section import differences

AGE = ColumnProfile(
    "age", "integer", 200, 3, 50, 2, minimum=0.0, maximum=97.0, mean=40.128, standard_deviation=12.34,
    quantiles={"0.05": 20.0, "0.5": 39.0, "0.95": 70.0}, skewness=0.731, zeros=4, negatives=0,
    outliers={"iqr": 5, "mad": 0, "z_score": 1}, examples=("forty", "n/a"), shortest=1, longest=2,
    histogram=(Bin(0, 50, 150, 10), Bin(50, 97, 45, 9)),
)  # fmt: skip
JOB = ColumnProfile(
    "job", "category", 200, 0, 4, 0, empties=7, shortest=2, longest=31, mean_length=6.5, case_variants=3,
    scripts={"Latin": 190, "Cyrillic": 10}, top_values=(ValueCount("clerk", 120, 12), ValueCount("judge", 80, 7)),
)  # fmt: skip
SEEN = ColumnProfile(
    "seen", "timestamp", 200, 0, 90, 0, minimum=1.3e9, maximum=1.4e9, mean=1.35e9, outliers={"iqr": 4},
    coverage=TimeCoverage("2013-01-12", "2013-09-14", 27, 29.29, "2013-01-14"),
)  # fmt: skip
CODE = ColumnProfile(
    "code", "category", 200, 0, 200, 0, identifier_like=True, looks_like="integer", shortest=4, longest=4,
    scripts={"Latin": 200}, top_values=(ValueCount("a1", 1, 0), ValueCount("a2", 1, 0)),
)  # fmt: skip
ONE = ColumnProfile("one", "integer", 200, 0, 1, 0, minimum=2013.0, maximum=2013.0, constant=True, outliers={"iqr": 0})
PROFILE = DataProfile(
    "t", 200, 50, 19, (AGE, JOB, SEEN, CODE, ONE), 1, (TableProfile("jobs", "t2", 12_345, (JOB, CODE), exact=False),)
)


def figures() -> dict[str, profile_section.ColumnFigures]:
    main, _ = profile_section.profiles(PROFILE, "clients", ["age"], 0.1)
    return {each.column.name: each for each in main.figures}


def test_every_figure_of_a_number_is_told() -> None:
    age = figures()["age"]
    assert age.missing == "1.5%"
    assert age.holds == "0 to 97; median 39; mean 40.1 ± 12.3; skew 0.73; 2.0% zero"
    assert age.notes == (
        "2 values are no integer, for instance forty, n/a",
        "outliers: 5 by quartiles, 1 by standard deviation",
    )


def test_lengths_and_scripts_of_texts_are_told() -> None:
    job = figures()["job"]
    assert job.holds == "2 to 31 characters, mean 6.5; Latin 95.0%; Cyrillic 5.0%"
    assert job.notes == ("7 empty texts", "3 values differ from another in upper or lower case alone")
    code = figures()["code"]
    assert code.holds == "4 characters; Latin"
    assert code.notes == ("nearly all values look like integer", "names its row")


def test_of_times_days_and_gaps_are_told_and_no_seconds() -> None:
    seen = figures()["seen"]
    assert seen.holds == "2013-01-12 to 2013-09-14, rows on 27 days; longest gap 29.3 days, from 2013-01-14"
    assert seen.notes == ()


def test_a_constant_is_called_one() -> None:
    assert figures()["one"].notes == ("the same in every row",)


def test_joined_sources_are_drawn_without_a_rate_and_what_occurs_once_is_not() -> None:
    main, jobs = profile_section.profiles(PROFILE, "clients", ["age", "job"], 0.1)
    assert [column.name for column, _ in main.pictures] == ["age", "job"]
    assert "share of positives" in main.pictures[0][1]
    assert (jobs.source, jobs.rows, jobs.exact) == ("jobs", 12_345, False)
    assert [column.name for column, _ in jobs.pictures] == ["job"]
    assert "share of positives" not in jobs.pictures[0][1]
    assert [each.column.name for each in jobs.figures] == ["job", "code"]


def test_of_very_many_columns_some_are_drawn_and_all_are_listed() -> None:
    many = tuple(dataclasses.replace(JOB, name=f"c{at}") for at in range(45))
    main, *_ = profile_section.profiles(dataclasses.replace(PROFILE, columns=many), "t", [c.name for c in many], None)
    assert (len(main.pictures), main.drawable, len(main.figures)) == (40, 45, 45)


def test_columns_that_differ_alike_are_told_together_and_what_stops_comes_first() -> None:
    def changed(column: str, after: str, severity: str = "warn") -> SchemaDifference:
        return SchemaDifference("f", "charter", "type_changed", column, "integer", after, severity, "look")  # type: ignore[arg-type]

    report = SchemaReport((), (changed("a", "string"), changed("b", "string"), changed("c", "double", "stop")))
    stop, warn = differences(report)
    assert (stop.columns, stop.after, stop.severity) == (("c",), "double", "stop")
    assert (warn.columns, warn.before, warn.after) == (("a", "b"), "integer", "string")
    many = differences(SchemaReport((), tuple(changed(f"x{at}", "string") for at in range(20))))
    assert many[0].columns[-1] == "and 8 more"
