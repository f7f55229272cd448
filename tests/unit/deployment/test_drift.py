"""Drift: found where there is some, not found where there is none, and told with its sample and its limits."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

from benchmarks import drift as simulation
from crispstack.deployment import drift, drift_sql
from crispstack.deployment.drift_metrics import metrics
from crispstack.deployment.drift_reference import Reference, of_predictions, of_validation
from crispstack.deployment.drift_sql import Counted, Window, WindowCounts
from crispstack.deployment.drift_statistics import chi_squared_quantile, divergence, rate_change, wilson
from tests.unit.deployment.test_serving import package

BEGINS = dt.datetime(2026, 1, 30, tzinfo=dt.UTC)
WINDOW = Window(BEGINS, BEGINS + dt.timedelta(days=7), "v1")


@pytest.fixture(scope="module")
def generator() -> np.random.Generator:
    return np.random.default_rng(7)


def test_windows_without_drift_raise_no_more_false_alarms_than_promised(generator: np.random.Generator) -> None:
    # Of 60 windows with a rate of 2 percent, more than four raise one in a thousand cases.
    assert simulation.share_found(60, 200, generator) <= 4 / 60
    assert simulation.share_found(40, 1_000, generator) <= 3 / 40


@pytest.mark.parametrize(
    ("change", "column", "said"),
    [
        (simulation.in_cents, "income", "distributed otherwise"),
        (simulation.in_meters, "height", "distributed otherwise"),
        (simulation.new_category, "job", "5.0% of its values were never seen"),
        (simulation.missing, "age", "10.0% are missing, 0.0% in training"),
    ],
)
def test_what_changed_is_found_in_its_column_and_nowhere_else(
    generator: np.random.Generator, change: Any, column: str, said: str
) -> None:
    charter, trained = simulation.training(generator)
    rows = change(simulation.draw(1_000, generator))
    columns = [*(rows[each.name] for each in simulation.COLUMNS), rows["prediction"]]
    counts = WindowCounts(tuple(simulation._counted(*each) for each in zip(trained, columns, strict=True)))
    report = drift.report(charter, trained, counts, WINDOW)
    assert [each.column for each in report.columns if each.found] == [column]
    (found,) = [each for each in report.columns if each.found]
    assert any(said in what for what in found.found)
    assert report.drifted
    assert said in report.summary
    line = metrics(report, BEGINS)
    assert (line["Drift"], line["DriftedColumns"], line["DriftRows"]) == (1, 1, 1_000)
    assert {each["Name"] for each in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]} <= line.keys()


def test_a_shift_of_the_predictions_is_found_with_its_size_and_interval(generator: np.random.Generator) -> None:
    charter, trained = simulation.training(generator)
    rows = simulation.shifted(simulation.draw(1_000, generator))
    columns = [*(rows[each.name] for each in simulation.COLUMNS), rows["prediction"]]
    counts = WindowCounts(tuple(simulation._counted(*each) for each in zip(trained, columns, strict=True)))
    found = drift.report(charter, trained, counts, WINDOW).prediction
    assert found
    assert found.low < 0.5 < found.high
    assert found.shift == pytest.approx(0.5, abs=0.15)
    assert any("mean has shifted" in what for what in found.found)


def test_too_few_rows_are_not_judged(generator: np.random.Generator) -> None:
    charter, trained = simulation.training(generator)
    counts = WindowCounts(tuple(Counted([0] * len(each.counts), rows=150, missing=150) for each in trained))
    report = drift.report(charter, trained, counts, WINDOW)
    assert (report.judged, report.drifted, report.columns) == (False, False, ())
    assert report.summary == "150 rows were kept; 200 are needed to tell drift from chance."
    assert "DriftedColumns" not in metrics(report, BEGINS)


def test_the_divergence_stays_below_its_limit_by_chance_and_the_figures_are_the_textbooks(
    generator: np.random.Generator,
) -> None:
    for degrees in (1, 2, 5, 19):
        for probability in (0.95, 0.9999):
            exact = scipy.stats.chi2.ppf(probability, degrees)
            assert chi_squared_quantile(probability, degrees) == pytest.approx(exact, rel=0.05)
    exceeded = 0
    for _ in range(2_000):
        now, trained = (generator.multinomial(rows, [0.1, 0.2, 0.3, 0.4]).tolist() for rows in (400, 900))
        found = divergence(now, trained, 0.05)
        exceeded += found.jensen_shannon > found.by_chance
    # The standard error is 0.5 percent.
    assert exceeded / 2_000 == pytest.approx(0.05, abs=0.02)
    same = divergence([10, 20], [100, 200], 0.05)
    assert same.psi == pytest.approx(0, abs=1e-3)
    apart = divergence([0, 1000], [1000, 0], 0.05)
    assert apart.jensen_shannon == pytest.approx(1, abs=0.01)
    # By hand, without smoothing: (0.5 - 0.2) ln(0.5 / 0.2) twice over.
    expected = 0.3 * math.log(0.5 / 0.2) - 0.3 * math.log(0.5 / 0.8)
    assert divergence([500_000, 500_000], [200_000, 800_000], 0.05).psi == pytest.approx(expected, rel=1e-4)
    assert wilson(81, 263, 0.05) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    # Newcombe's example (a): 56 of 70 against 48 of 80.
    change = rate_change(56, 70, 48, 80, 0.05)
    assert (change.low, change.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_the_cells_hold_the_shares_of_training_with_ties_and_tails(generator: np.random.Generator) -> None:
    _, trained = simulation.training(generator)
    rows = simulation.draw(200_000, generator)
    for reference in trained[:-1]:
        counted = simulation._counted(reference, rows[reference.column.name])
        shares = np.array(counted.cells) / sum(counted.cells)
        assert shares == pytest.approx(np.array(reference.counts) / sum(reference.counts), abs=0.03), reference
        assert min(reference.counts) >= 0.02 * sum(reference.counts) or reference.column.type == "category"
    by_name = {each.column.name: each for each in trained[:-1]}
    assert by_name["days_since"].atoms == (-1.0,)
    assert by_name["owns"].edges == (0.5,)
    assert len(by_name["income"].counts) >= 5


def test_validation_is_taken_once_and_classes_are_those_decided_for() -> None:
    charter, _ = simulation.training(np.random.default_rng(1))
    lines = [{"repeat": repeat, "predicted": [number / 100]} for repeat in (0, 1) for number in range(100)]
    found = of_validation(charter, package(), lines)
    assert (found.rows, sum(found.counts)) == (100, 100)
    assert found == of_predictions([number / 100 for number in range(100)])


def test_the_statement_counts_each_cell_and_its_result_is_read_back() -> None:
    charter, trained = simulation.training(np.random.default_rng(1))
    sql = drift_sql.statement(charter, trained, "lake", WINDOW)
    assert sql.count('FROM "lake"."simulated_captured"') == 1
    assert "BETWEEN '2026-01-30' AND '2026-02-06'" in sql
    assert "\"_model_version\" = 'v1'" in sql
    rows = [
        {"column_index": "1", "place": "0", "row_count": "7", "total": "14", "squares": "28"},
        {"column_index": "1", "place": "-1", "row_count": "3", "total": None, "squares": None},
        {"column_index": "7", "place": "-2", "row_count": "4", "total": None, "squares": None},
    ]
    counts = drift_sql.parse(rows, trained)
    height, job = counts.columns[0], counts.columns[6]
    assert (height.rows, height.missing, height.cells[0], height.total, height.squares) == (10, 3, 7, 14.0, 28.0)
    assert (job.rows, job.unseen, job.cells[-1]) == (4, 4, 4)


def test_a_column_of_one_value_cannot_drift_and_a_withheld_one_has_no_cells() -> None:
    charter, trained = simulation.training(np.random.default_rng(1))
    bare = dataclasses.replace(trained[0], counts=(), edges=())
    assert drift_sql._place(bare) == "0"
    constant = Reference(trained[0].column, 100, 0, (100.0,))
    assert drift_sql._place(constant) == "0"
    counts = WindowCounts((Counted([], rows=500), Counted([500, 0], rows=500)))
    report = drift.report(charter, (bare, of_predictions([0.5] * 300 + [0.7] * 300)), counts, WINDOW)
    assert report.columns[0].divergence is None
    assert report.prediction
    assert report.prediction.found
