"""The report of targets that are one of several classes, or a number: the right words, pictures and tables."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from crispstack.artifacts import (
    Bin,
    BusinessCase,
    Candidate,
    ColumnProfile,
    DataProfile,
    Leaderboard,
    ModelPackage,
    QualityReport,
    Release,
    SchemaReport,
    ValueCount,
)
from crispstack.business_understanding.feasibility import review
from crispstack.charter import Charter
from crispstack.data_collection import DataCollection
from crispstack.data_understanding import personal_data
from crispstack.deployment.report.found import Findings
from crispstack.deployment.report.page import render
from crispstack.evaluation.decision import decide
from crispstack.evaluation.scoring import Scored
from tests.unit.deployment import explorations
from tests.unit.deployment.found import model_findings
from tests.unit.deployment.test_report import Page
from tests.unit.evaluation.framings import CLASSES, GRADE_PACKAGE, GRADES, MEASURED, PRICE_PACKAGE, PRICES, dataset

GENERATOR = np.random.default_rng(7)


def page(charter: Charter, package: ModelPackage, scored: Scored) -> Page:
    columns = (
        ColumnProfile("acid", "number", 120, 0, 120, 0, histogram=(Bin(-3, 0, 60, 0), Bin(0, 3, 60, 0))),
        ColumnProfile(
            "grade", "category", 120, 0, 3, 0,
            top_values=(ValueCount("fair", 70, 0), ValueCount("bad", 30, 0), ValueCount("good", 20, 0)),
        ),
        ColumnProfile(
            "price", "number", 120, 0, 120, 0, 12.0, 31.0, 20.5, 2.0, {"0.5": 20.1}, skewness=0.2,
            histogram=(Bin(12, 21, 70, 0), Bin(21, 31, 50, 0)),
        ),
    )  # fmt: skip
    found = explorations.found()
    exploration = dataclasses.replace(
        found,
        sample=dataclasses.replace(found.sample, condition=f"{charter.target.column} is so"),
        target=found.target[:1],
        pairs=(),
        missing_together=(),
        timelines=(),
        projection=None,
    )
    candidates = (Candidate("lightgbm 1", "lightgbm", "boosting", {}, (0.8, 0.9), 0.85, value_per_row=1.25),)
    counts = {"train_classes": dict.fromkeys(CLASSES, 9), "test_classes": dict.fromkeys(CLASSES, 4)}
    classes = {"classes": CLASSES, **counts} if package.framing == "multiclass" else {}
    findings = Findings(
        business_case=BusinessCase(charter, review(charter)),
        data_collection=DataCollection(()),
        data_profile=DataProfile("t", 120, 30, 0, columns, 1),
        schema_report=SchemaReport((), ()),
        quality_report=QualityReport(()),
        privacy_report=personal_data.report(charter, {}),
        exploration=exploration,
        prepared_dataset=dataset(charter.target.column, 12, framing=package.framing, **classes),
        leaderboard=Leaderboard("roc_auc", True, candidates, "lightgbm 1", 5, 1),
        model_findings=model_findings(package.framing),
        model_package=package,
        decision=decide(charter, package, scored, MEASURED, "s3://a/t.jsonl", ()),
        release=Release(True, "r", "v1", "/p", "arn", 1, 0.0),
    )
    return Page(render(findings, charter.name, "r1", (), ()))


@pytest.fixture(scope="module")
def graded() -> Page:
    """The page of a model that says which class."""
    scores = GENERATOR.normal(size=(200, 3)) * 2
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    actual = (GENERATOR.random((200, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    return page(GRADES, GRADE_PACKAGE, Scored(actual.astype(float), probabilities))


@pytest.fixture(scope="module")
def priced() -> Page:
    """The page of a model that says how much."""
    predicted = 20 + 4 * GENERATOR.normal(size=200)
    return page(PRICES, PRICE_PACKAGE, Scored(predicted + GENERATOR.normal(size=200), predicted))


def labels(of: Page) -> str:
    return "\n".join(value or "" for tag, name, value in of.attributes if (tag, name) == ("svg", "aria-label"))


def test_a_page_about_classes_shows_what_was_taken_for_what_and_what_that_is_worth(graded: Page) -> None:
    text = graded.text
    for expected in (
        "The model takes each case for the class of highest expected value",
        "Always fair",
        "is, and is taken for",
        "-100.00",
        "the model took",
        "Training and test rows by class: bad 9 and 4",
        "The target grade has 3 classes in 120 rows, most often fair (58.3%)",
        "Rows are called positive where grade is so",
        '{"class": "fair", ',
        '"probabilities": {"bad": 0.27406',
        "1.25",
    ):
        assert expected in text, expected
    assert "grade: 3 groups of rows, the largest of 70." in labels(graded)
    assert "turns out positive" not in text
    assert "Acted on" not in text


def test_a_page_about_numbers_shows_errors_and_costs_per_unit(priced: Page) -> None:
    text = priced.text
    for expected in (
        "What is acted on is the model's prediction plus 0.5, which earned most on validation.",
        "predictions keep away from it, so their mean error is not meant to be zero",
        "They are not meant to be right on average",
        "Typical error",
        "Best constant",
        "per unit",
        "-3.00",
        "The target price is 20.5 on average in 120 rows, from 12 to 31, half of it below 20.1.",
        "Rows are called positive where price is so.",
        '{"prediction": 20.0, "decision": 20.5}',
        "Predictions and what came true",
    ):
        assert expected in text, expected
    assert "came out as" in labels(priced)
    for absent in ("turns out positive", "ROC AUC on unseen cases", "Acted on", "Ranking and calibration"):
        assert absent not in text


@pytest.mark.parametrize("framing", ["multiclass", "regression"])
def test_every_picture_speaks_and_no_identifier_occurs_twice(framing: str, graded: Page, priced: Page) -> None:
    of = graded if framing == "multiclass" else priced
    said = [value for tag, name, value in of.attributes if (tag, name) == ("svg", "aria-label")]
    assert len(said) == of.tags.count("svg")
    assert all(said)
    found = [value for tag, name, value in of.attributes if name == "id" and tag not in ("g", "text")]
    assert len(found) == len(set(found))
