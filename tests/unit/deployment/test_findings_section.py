from __future__ import annotations

import dataclasses
import functools
import re
from types import SimpleNamespace
from typing import Any

import pytest

from crispstack.artifacts import LearningCurve, ModelFindings, SliceSearch
from crispstack.charter import Framing, Money
from crispstack.deployment.report import finding_plots
from crispstack.deployment.report.findings_section import Section, section
from tests.unit.deployment.found import CURVE, GAP, model_findings

CHARTER: Any = SimpleNamespace(target=SimpleNamespace(column="balance"), money=Money("EUR"))
EVIL = "<b>$x$ & y</b>"
BARE = ModelFindings("roc_auc", greater_is_better=True, technique="t", held_out_rows=0, seconds=0.0,
                     learning_curve=None, gap=None, importances=(), worst_rows=(),
                     slices=SliceSearch("absolute error", 0, 0, 0, ()), next_steps=())  # fmt: skip


def label(svg: str) -> str:
    """What a picture says to those who listen."""
    found = re.match(r'<svg role="img" aria-label="([^"]*)"', str(svg))
    assert found
    return found[1]


@functools.cache
def told(framing: Framing) -> Section:
    return section(model_findings(framing), CHARTER)


def test_the_learning_curve_is_drawn_and_said() -> None:
    curve = told("binary").curve
    assert curve is not None
    assert label(curve.picture).startswith("ROC AUC on fitted rows and on new rows")
    assert "50 rows: 0.95 and 0.7, 100 rows: 0.91 and 0.75" in label(curve.picture)
    assert curve.sentence == "It overfits. More rows would help."


def test_a_curve_of_one_point_is_said_but_not_drawn() -> None:
    found = dataclasses.replace(BARE, learning_curve=LearningCurve(CURVE.points[1:]), gap=GAP)
    curve = section(found, CHARTER).curve
    assert curve is not None
    assert curve.picture == ""


def test_importances_are_drawn_with_their_spread_and_said() -> None:
    found = told("binary").importances
    assert found is not None
    assert label(found.picture) == "Most important features, ROC AUC lost: age 0.061 ± 0.01, job 0.004 ± 0.009."
    assert found.sentence == (
        "The model leans most on age: without it, ROC AUC would be worse by 0.061. Of 2 features, 1 could go without a "
        "loss that can be told from chance."
    )


def test_contributions_say_how_sure_they_are() -> None:
    exact, drawn = told("binary").contributions, told("multiclass").contributions
    assert exact is not None
    assert drawn is not None
    assert "over 3 rows: age by 12 points." in exact.sentence
    assert "exact for this background" in exact.sentence
    assert "40 orders of features were drawn" in drawn.sentence
    assert "off by about 0.2 points" in drawn.sentence
    assert "Shapley values of 3 rows" in label(exact.picture)
    assert "2 others 0.03" in label(drawn.picture)


@pytest.mark.parametrize(("framing", "said"), [("binary", "15.0% at 20, 35.0% at 60"), ("regression", "0.15 at 20")])
def test_dependences_name_the_lowest_and_the_highest(framing: Framing, said: str) -> None:
    (_, age), (_, job) = told(framing).dependences
    assert age.sentence.startswith(said)
    assert "mean prediction from 0.15 at 20 to 0.35 at 60" in label(age.picture)
    assert "judge" in job.sentence


def test_pictures_of_dependences_share_their_axis() -> None:
    found = model_findings()
    low, high = finding_plots.limits(found.dependences)
    assert (low, high) == pytest.approx((0.03, 0.52), abs=0.015)
    assert finding_plots.limits(()) == (-0.04, 1.04)


def test_slices_are_told_with_their_certainty() -> None:
    found = told("binary").slices
    assert "212 slices of one or two features with at least 30 rows" in found.sentence
    assert "1 is worse than chance explains" in found.sentence
    assert "age over 60 and job = clerk: squared error of the probability 0.31 in 44 rows, 0.08 elsewhere" in (
        found.sentence
    )
    assert "age over 60 and job = clerk, 44 rows: 0.31, elsewhere 0.08" in label(found.picture)
    none = dataclasses.replace(BARE, slices=SliceSearch("absolute error", 20, 0, 30, ()))
    assert section(none, CHARTER).slices.sentence.endswith("none is worse than chance explains.")
    assert section(BARE, CHARTER).slices.sentence == "There were too few rows to compare slices."


def test_confusion_and_residuals_follow_the_framing() -> None:
    classes, numbers = told("multiclass"), told("regression")
    assert classes.confusion is not None
    assert classes.confusion.sentence.startswith(
        "120 of 150 held-out rows (80%) are decided right (rule: act from 0.2 on)"
    )
    assert "of 50 low, 40 right" in label(classes.confusion.picture)
    assert classes.residuals == ()
    assert numbers.confusion is None
    first, second = numbers.residuals
    assert first.sentence == (
        "Predictions miss by 640 on average and are too low by 20. 41% of the variance is explained."
    )
    assert "between -1500 and 1600 from their prediction" in second.sentence
    assert "2.3 times as widely" in second.sentence
    assert "100 was 90" in label(first.picture)


def test_values_of_the_data_are_escaped_in_pictures() -> None:
    found = section(model_findings("binary", EVIL), CHARTER)
    for picture in (found.slices.picture, found.dependences[1][1].picture):
        assert "<b>" not in picture
        assert "&lt;b&gt;" in picture


def test_what_was_not_found_is_not_drawn() -> None:
    found = section(BARE, CHARTER)
    assert (found.curve, found.importances, found.contributions, found.confusion) == (None, None, None, None)
    assert (found.dependences, found.residuals, found.slices.picture) == ((), (), "")
