"""Exploration, quality and the profile of targets that are one of several classes, or a number."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from crispstack.artifacts import ColumnProfile, DataProfile, QualityReport, ValueCount
from crispstack.charter import Charter, Column, Modeling, Money, Sampling, Source, Target
from crispstack.data_understanding import explorable_view, explore, target
from crispstack.data_understanding.contrasts import contrasts
from crispstack.data_understanding.findings import findings
from crispstack.data_understanding.named_queries import named_queries
from crispstack.data_understanding.profile_result import _check_target
from crispstack.data_understanding.quality import with_enough_rows
from crispstack.data_understanding.sample import Sample
from crispstack.errors import DataError

NUMBERS = tuple(Column(name, "number") for name in ("size", "leak", "noise", "price"))
COLUMNS = (*NUMBERS, Column("grade", "category"))
GRADES = Charter(
    name="wine",
    question="How good?",
    owner="Ada",
    sources=(Source("wines", "w.csv", COLUMNS),),
    target=Target("grade"),
    money=Money("EUR", right=1),
    sampling=Sampling(rows=500),
)
PRICES = dataclasses.replace(GRADES, target=Target("price"), money=Money("EUR", over_estimate=-1, under_estimate=-1))
GENERATOR = np.random.default_rng(3)
N = 300
SIZE, NOISE = GENERATOR.normal(size=N), GENERATOR.normal(size=N)
GRADE = GENERATOR.choice(["fair", "good", "bad"], N, p=[0.6, 0.3, 0.1])
PRICE = 20 + 3 * SIZE + GENERATOR.normal(size=N)
LEAK = np.where(GRADE == "bad", 5.0, 0.0) + GENERATOR.normal(size=N)
CELLS = tuple(
    (f"{size:.4f}", f"{leak:.4f}", f"{noise:.4f}", f"{price:.4f}", str(grade))
    for size, leak, noise, price, grade in zip(SIZE, LEAK, NOISE, PRICE, GRADE, strict=True)
)
SAMPLE = Sample(COLUMNS, CELLS, complete=True)


def test_a_column_that_tells_one_rare_class_is_found_and_suspected() -> None:
    found = explore.explore(SAMPLE, GRADES)
    by_name = {each.column: each for each in found.target}
    assert by_name["leak"].condition == "grade = bad"
    assert by_name["leak"].roc_auc == pytest.approx(roc_auc_score(GRADE == "bad", np.round(LEAK, 4)), abs=1e-9)
    assert by_name["leak"].association is not None
    assert by_name["leak"].association.measure == "correlation_ratio"
    assert [(each.column, each.kind) for each in found.suspects] == [("leak", "leakage")]
    assert (found.sample.condition, found.sample.positives) == ("grade = fair", int((GRADE == "fair").sum()))


def test_a_number_is_set_apart_by_its_median_and_associated_as_it_is() -> None:
    found = explore.explore(SAMPLE, PRICES)
    by_name = {each.column: each for each in found.target}
    median = float(np.median(np.round(PRICE, 4)))
    assert found.sample.condition == f"price above {median:g}, its median"
    assert found.sample.positives == N // 2
    above = np.round(PRICE, 4) > median
    assert by_name["size"].roc_auc == pytest.approx(roc_auc_score(above, np.round(SIZE, 4)))
    assert by_name["size"].association is not None
    assert by_name["size"].association.value == pytest.approx(stats.pearsonr(np.round(SIZE, 4), np.round(PRICE, 4))[0])
    assert by_name["noise"].roc_auc_low < 0.5 < by_name["size"].roc_auc_low


def test_twins_with_another_number_contradict_each_other_and_missing_ones_do_not() -> None:
    same = ("1", "1", "1")
    cells = ((*same, "5", "fair"), (*same, "6", "fair"), ("2", "1", "1", "", "bad"), ("2", "1", "1", "", "bad"))
    charter = dataclasses.replace(PRICES, sampling=Sampling(rows=500))
    assert explore.explore(Sample(COLUMNS, cells, complete=True), charter).duplicates.contradicting == 2


@pytest.mark.parametrize(
    ("charter", "changed", "message"),
    [
        (GRADES, {4: "fair"}, "grade holds only 'fair' in 300 rows of the sample"),
        (GRADES, {4: ""}, "grade holds nothing in 300 rows of the sample"),
        (PRICES, {3: "7"}, "the numbers in price are all the same, or none, in 300 rows of the sample"),
        (PRICES, {3: "dear"}, "the numbers in price are all the same, or none"),
    ],
)
def test_a_target_of_one_outcome_is_refused(charter: Charter, changed: dict[int, str], message: str) -> None:
    cells = tuple(tuple(changed.get(place, cell) for place, cell in enumerate(row)) for row in CELLS)
    with pytest.raises(DataError, match=message):
        contrasts(Sample(COLUMNS, cells, complete=True), charter)


def test_when_most_rows_have_the_largest_number_these_are_set_apart() -> None:
    cells = tuple((*row[:3], "9" if place % 3 else "8", row[4]) for place, row in enumerate(CELLS))
    _, (found,) = contrasts(Sample(COLUMNS, cells, complete=True), PRICES)
    assert (found.condition, int(found.holds.sum())) == ("price of 9, its median and largest", 200)


def profile(name: str, **figures: object) -> DataProfile:
    fields = {"count": 100, "nulls": 0, "distinct": 3, "unparsable": 0} | figures
    column = ColumnProfile(name, "number" if name == "price" else "category", **fields)  # type: ignore[arg-type]
    return DataProfile("t", 100, 20, 0, (column,), 0)


def test_every_class_needs_enough_rows_and_so_does_a_number() -> None:
    values = (ValueCount("fair", 60, 0), ValueCount("good", 31, 0), ValueCount("bad", 9, 0))
    charter = dataclasses.replace(GRADES, modeling=Modeling(folds=3))
    for folds, enough in ((2, False), (0, False)):
        of = dataclasses.replace(charter, modeling=Modeling(folds=folds))
        (result,) = with_enough_rows(QualityReport(()), profile("grade", top_values=values), of).results
        assert (result.severity, result.passed) == ("stop", enough), folds
        assert "fewest of 'bad': 9" in result.rule
    two = profile("grade", top_values=values[:2], distinct=2)
    assert with_enough_rows(QualityReport(()), two, charter).results[0].passed
    # Eleven classes, of which the profile lists ten: the last one has what is left.
    ten = tuple(ValueCount(f"c{number}", 9, 0) for number in range(10))
    (result,) = with_enough_rows(QualityReport(()), profile("grade", top_values=ten, distinct=11), charter).results
    assert "100 rows of 11 classes" in result.rule
    prices = dataclasses.replace(PRICES, modeling=Modeling(folds=10))
    assert with_enough_rows(QualityReport(()), profile("price"), prices).results[0].passed
    assert (
        not with_enough_rows(QualityReport(()), dataclasses.replace(profile("price"), rows=99), prices)
        .results[0]
        .passed
    )


def test_a_profile_of_one_outcome_stops_the_run() -> None:
    with pytest.raises(DataError, match="grade has 1 different values in 100 rows"):
        _check_target(GRADES, 100, 0, profile("grade", distinct=1).columns)
    with pytest.raises(DataError, match="price has no two different numbers in 100 rows"):
        _check_target(PRICES, 100, 0, profile("price", minimum=2.0, maximum=2.0).columns)
    _check_target(PRICES, 100, 0, profile("price", minimum=2.0, maximum=3.0).columns)


def test_what_was_learned_speaks_of_classes_and_of_numbers() -> None:
    values = (ValueCount("fair", 60, 0), ValueCount("good", 37, 0), ValueCount("bad", 3, 0))
    classes = findings(profile("grade", top_values=values), explore.explore(SAMPLE, GRADES), GRADES)
    assert classes[0] == (
        "The target grade has 3 classes in 100 rows, most often fair (60.0%), good (37.0%), bad (3.0%); "
        "bad is rare (3.0%)."
    )
    of_price = profile("price", mean=20.5, minimum=1.0, maximum=90.0, quantiles={"0.5": 18.0}, skewness=2.5)
    numbers = findings(of_price, explore.explore(SAMPLE, PRICES), PRICES)
    assert numbers[0] == (
        "The target price is 20.5 on average in 100 rows, from 1 to 90, half of it below 18; it has a long tail of "
        "large numbers."
    )


def test_without_a_positive_class_no_row_and_no_query_is_about_positives() -> None:
    assert target.athena_sql(GRADES) == "false"
    assert "_is_positive" not in explorable_view.view(PRICES, PRICES.source, "lake").sql
    assert all("positive" not in query.sql for query in named_queries(GRADES, "lake"))
