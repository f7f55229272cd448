import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crispstack.charter import Column
from crispstack.data_understanding import explore, missingness, projection, timelines
from crispstack.data_understanding.contrasts import Contrast
from crispstack.data_understanding.duplicates import duplicates
from crispstack.data_understanding.exploration import Exploration
from crispstack.data_understanding.sample import Sample
from crispstack.data_understanding.sample_columns import LEVELS, OTHER, SampleColumn, columns, number
from crispstack.errors import DataError
from tests.unit.data_understanding.sampled_cases import CELLS, CHARTER, DECLARED, MISSING, POSITIVE, SAMPLE, N

ONE = Contrast("y = yes", np.array([True, False]))


@pytest.fixture(scope="module")
def found() -> Exploration:
    return explore.explore(SAMPLE, CHARTER)


def draws(seed: int = 17) -> np.random.Generator:
    """The same numbers in every test, whichever run before it."""
    return np.random.default_rng(seed)


def test_everything_that_is_wrong_with_the_columns_is_found(found: Exploration) -> None:
    assert {(s.column, s.kind, s.settled) for s in found.suspects} == {
        ("paid", "leakage", True), ("id", "identifier", False),
    }  # fmt: skip
    assert (found.redundant[0].first, found.redundant[0].second) == ("age", "months")
    assert found.sample.left_out == {"name": "free text", "same": "one value only", "empty": "no value"}
    assert found.target[0].column == "paid"
    assert found.target[0].excluded == "known afterwards"
    assert {each.column for each in found.missing} == {"empty", "age", "months"}
    together = {(each.first, each.second): each for each in found.missing_together}
    assert together["age", "months"].phi == pytest.approx(1)
    assert together["age", "months"].both == MISSING.sum()


def test_the_sample_states_its_size_and_error(found: Exploration) -> None:
    assert (found.sample.rows, found.sample.positives) == (N, POSITIVE.sum())
    assert found.sample.correlation_error == pytest.approx(1 / np.sqrt(N - 1))
    assert found.sample.share_error == pytest.approx(0.5 / np.sqrt(N))
    whole = explore._summary(dataclasses.replace(SAMPLE, complete=True), ONE, CHARTER, {})
    assert (whole.correlation_error, whole.share_error) == (0, 0)
    twice = explore._summary(dataclasses.replace(SAMPLE, cells=CELLS * 4), ONE, CHARTER, {})
    assert twice.correlation_error == found.sample.correlation_error


def test_the_artifact_holds_no_row_and_no_text_of_a_person(found: Exploration) -> None:
    text = found.to_json()
    assert "Person" not in text
    assert Exploration.from_json(text) == found
    assert found.projection
    assert set(found.projection.columns) == {"age", "months", "city", "asked_on"}
    withheld = explore.explore(SAMPLE, CHARTER, withheld={"city", "asked_on"})
    assert {each.column: bool(each.groups) for each in withheld.target}["city"] is False
    assert withheld.timelines == ()


def test_pairs_are_those_of_the_columns_in_the_picture(found: Exploration) -> None:
    assert {name for pair in found.pairs for name in (pair.first, pair.second)} == set(found.order)
    assert set(found.order) == {"y", "id", "age", "months", "city", "paid", "asked_on"}


def test_a_sample_of_one_class_is_an_error_with_its_remedy() -> None:
    negative = tuple(row for row in CELLS if row[-1] == "no")
    with pytest.raises(DataError, match=r"0 of \d+ rows of the sample have y = yes: correct the target or the data"):
        explore.explore(Sample(DECLARED, negative, complete=True), CHARTER)


def test_missing_values_are_counted_compared_and_tested_as_pandas_and_scipy_do(found: Exploration) -> None:
    age = next(each for each in found.missing if each.column == "age")
    assert (age.missing, age.share) == (MISSING.sum(), pytest.approx(MISSING.mean()))
    assert (age.rate_missing, age.rate_present) == pytest.approx((POSITIVE[MISSING].mean(), POSITIVE[~MISSING].mean()))
    p_value = stats.chi2_contingency(pd.crosstab(MISSING, POSITIVE), correction=False).pvalue
    assert age.p_value == pytest.approx(3 * p_value)  # the smallest of three, by Holm
    empty = found.missing[0]
    assert (empty.column, empty.rate_present, empty.p_value) == ("empty", None, 1)


def test_values_missing_together_correlate_as_pandas_says() -> None:
    lacking = draws().random((3, N)) < 0.3
    lacking[2] |= lacking[0]
    named = [SampleColumn(Column(f"c{i}", "number"), lacks, 1) for i, lacks in enumerate(lacking)]
    expected = pd.DataFrame(lacking.T.astype(float)).corr()
    for pair in missingness.missing_together(named):
        i, j = int(pair.first[1]), int(pair.second[1])
        assert pair.phi == pytest.approx(expected.loc[i, j])
        assert pair.both == (lacking[i] & lacking[j]).sum()


def test_repeated_rows_are_counted_as_pandas_does() -> None:
    declared = (Column("id", "integer"), Column("a", "category"), Column("b", "category"), Column("y", "category"))
    cells = tuple(
        (str(index // 2), "xyz"[index % 3], "uv"[index % 2], "yes" if index % 15 == 0 else "no") for index in range(40)
    )
    positive = np.array([row[-1] == "yes" for row in (*cells, cells[0])])
    found = duplicates(Sample(declared, (*cells, cells[0]), complete=True), positive, {"id"}, "y")
    frame = pd.DataFrame([*cells, cells[0]], columns=["id", "a", "b", "y"])
    assert found.rows == frame.duplicated().sum() == 1
    assert found.rows_but_identifiers == frame.drop(columns="id").duplicated().sum()
    outcomes = frame.groupby(["a", "b"]).y.transform("nunique")
    assert found.contradicting == (outcomes > 1).sum()
    assert 0 < found.contradicting < len(frame)


@pytest.mark.parametrize(
    ("days", "period", "rule"),
    [(10, "day", "D"), (300, "week", "W-SUN"), (900, "month", "MS"), (4000, "quarter", "QS"), (15000, "year", "YS")],
)
def test_periods_hold_the_rows_that_pandas_counts(days: int, period: str, rule: str) -> None:
    offsets = np.concatenate([[0, days], draws().integers(0, days, 100)])
    moments = pd.Timestamp("1969-11-20") + pd.to_timedelta(offsets, "D")
    since = (moments - pd.Timestamp("1970-01-01")).days.to_numpy().astype(float)
    positive = draws(1).random(102) < 0.5
    found = timelines.timeline(SampleColumn(Column("t", "date"), np.isnan(since), 9, numbers=since), positive)
    assert found
    grouped = pd.Series(positive, index=moments).resample(rule, **({"label": "left"} if period == "week" else {}))
    assert found.period == period
    assert [each.rows for each in found.periods] == grouped.count().tolist()
    assert [each.positives for each in found.periods] == grouped.sum().tolist()
    assert len(found.periods) <= timelines.MOST_PERIODS + 2


def test_a_single_day_is_no_time() -> None:
    days = np.array([5.0, 5.0, np.nan])
    assert timelines.timeline(SampleColumn(Column("t", "date"), np.isnan(days), 1, numbers=days), days > 0) is None


def test_categories_beyond_the_most_frequent_count_as_one() -> None:
    declared = (Column("c", "category"), Column("n", "integer"))
    cells = tuple((f"v{index % 60:02d}", "12" if index else "1,200") for index in range(100))
    category, numbers = columns(Sample(declared, cells, complete=True), CHARTER)
    assert (category.distinct, len(category.levels), category.levels[-1]) == (60, LEVELS + 1, OTHER)
    counts = pd.Series([cell[0] for cell in cells]).value_counts()
    frequent, rare = sorted(counts[counts == 2].index), sorted(counts[counts == 1].index)
    assert {category.levels[code] for code in category.codes} == {*frequent, *rare[:10], OTHER}
    assert np.isnan(numbers.numbers[0])
    assert not numbers.missing[0]


def test_numbers_and_dates_are_read_as_the_charter_says_they_are_written() -> None:
    german = Column("c", "number", decimal=",", thousands=".")
    assert number("1.234,5", german) == 1234.5
    assert np.isnan(number("1.5", german))
    written = Column("c", "date", formats=("%d.%m.%Y", "%Y%m%d"))
    assert (number("03.01.1970", written), number("19700103", written)) == (2, 2)
    assert np.isnan(number("1970-01-03", written))


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [("7", "integer", 7), ("7.5", "integer", None), ("1e3", "number", 1000), ("1e400", "number", None),
     ("NaN", "number", None), ("12\n", "number", None), ("Yes", "boolean", 1), ("0", "boolean", 0),
     ("1970-01-03", "date", 2), ("1970-02-30", "date", None), ("19700103", "date", None),
     ("1970-01-02T12:00:00", "date", None), ("1970-01-02 12:00", "timestamp", 1.5),
     ("1970-01-02T12:00:00+06:00", "timestamp", 1.25), ("03.01.1970", "timestamp", None)],
)  # fmt: skip
def test_texts_become_numbers_by_their_type(text: str, kind: str, expected: float | None) -> None:
    found = number(text, Column("c", kind))  # type: ignore[arg-type]
    assert np.isnan(found) if expected is None else found == expected


def test_the_projection_is_the_same_for_the_same_seed_and_shows_what_varies_together() -> None:
    line = draws().normal(size=120)
    named = [
        SampleColumn(Column(name, "number"), np.zeros(120, dtype=bool), 120, numbers=values)
        for name, values in (("a", line), ("b", np.exp(line)), ("c", draws(1).normal(size=120)), ("k", np.ones(120)))
    ]
    positive = line > 0
    ticks = iter(range(10))
    one, again = (projection.projection(named, positive, 4, lambda: float(next(ticks))) for _ in range(2))
    assert one == again
    assert one
    assert one.columns == ("a", "b", "c")
    # Two of three standardized columns are the same up to their scale: they are one component.
    assert one.explained_variance == pytest.approx((2 / 3, 1 / 3, 0), abs=0.06)
    assert set(list(one.contributions[0])[:2]) == {"a", "b"}
    assert sum(one.contributions[0].values()) == pytest.approx(1, abs=0.01)
    assert abs(np.corrcoef(one.pca_1, positive)[0, 1]) > 0.7
    assert (len(one.tsne_1), one.tsne_seconds, one.positive) == (120, 1, tuple(positive.astype(int)))
    other = projection.projection(named, positive, 5)
    assert other
    assert other.explained_variance == one.explained_variance


def test_a_category_weighs_as_much_as_a_number() -> None:
    whole, codes = np.zeros(200, dtype=bool), draws(2).integers(0, 2, 200)
    named = [
        SampleColumn(Column("n", "number"), whole, 200, numbers=draws(3).normal(size=200)),
        SampleColumn(Column("m", "number"), whole, 200, numbers=draws(4).normal(size=200)),
        SampleColumn(Column("c", "category"), whole, 2, codes=codes, levels=("a", "b")),
    ]
    found = projection.projection(named, codes > 0, 1)
    assert found
    assert found.explained_variance[:3] == pytest.approx((1 / 3, 1 / 3, 1 / 3), abs=0.06)


def test_too_little_is_not_projected() -> None:
    few = SampleColumn(Column("a", "number"), np.zeros(5, dtype=bool), 5, numbers=np.arange(5.0))
    assert projection.projection([few, few], np.ones(5, dtype=bool), 1) is None
    many = SampleColumn(Column("a", "number"), np.zeros(50, dtype=bool), 50, numbers=np.arange(50.0))
    assert projection.projection([many], np.ones(50, dtype=bool), 1) is None
