"""Both examples: the decision, recomputed from the predictions that a run stored, agrees to the cent."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crispstack.artifacts import Decision
from crispstack.business_understanding.charter_file import load
from crispstack.charter import Money
from crispstack.evaluation.decision import decide
from crispstack.evaluation.scoring import Rival, Scored
from tests.unit.evaluation.framings import MEASURED
from tests.unit.evaluation.recomputed import Recomputed, recompute
from tests.unit.evaluation.test_decision import package

STORED, PROJECTS = Path(__file__).parent / "stored", Path(__file__).parents[3] / "projects"
MONEY = {
    "bank_marketing": Money("EUR", true_positive=72.0, false_positive=-8.0),
    "flight_delays": Money("USD", true_positive=130.0, false_positive=-40.0),
}
"""As it was when the predictions were stored."""
CENT = 0.005


def stored(project: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Test cases with the probabilities of the model and of others, and what the run's decision said."""
    found: dict[str, Any] = json.loads((STORED / f"{project}.json").read_text())
    return pd.read_csv(STORED / f"{project}.csv.gz"), found


def again(project: str, cases: pd.DataFrame, thresholds: dict[str, float]) -> Decision:
    """The decision as it is made now, by the project's charter."""
    charter = dataclasses.replace(load(PROJECTS / project / "charter.yaml"), money=MONEY[project])
    others = {name: threshold for name, threshold in thresholds.items() if name != "model"}
    time = cases["time"].to_numpy(np.float64) if "time" in cases else None
    scored = Scored(
        cases["actual"].to_numpy(np.float64),
        cases["model"].to_numpy(np.float64),
        time=time,
        rivals=tuple(Rival(name, "shortlisted", cases[name].to_numpy(), limit) for name, limit in others.items()),
    )
    return decide(charter, package(thresholds["model"], 0.75), scored, MEASURED, "s3://a/t.jsonl", ())


@pytest.fixture(scope="module", params=sorted(MONEY))
def both(request: pytest.FixtureRequest) -> tuple[dict[str, Any], Decision, Recomputed]:
    """What the run said, what is said now, and what pandas says."""
    cases, of_run = stored(request.param)
    money, thresholds = MONEY[request.param], of_run["thresholds"]
    # The model's first, so that it is judged.
    ordered = {"model": thresholds["model"], **thresholds}
    found = recompute(cases, money.true_positive, money.false_positive, ordered, samples=400)
    return of_run, again(request.param, cases, ordered), found


def test_every_policy_is_worth_the_same_to_the_cent(both: tuple[dict[str, Any], Decision, Recomputed]) -> None:
    of_run, now, found = both
    assert len(found.values) >= 5
    for name, value in found.values.items():
        assert of_run["policies"][name]["value"] == pytest.approx(value, abs=CENT), name
    assert {policy.policy: policy.value for policy in now.policies} == pytest.approx(found.values, abs=CENT)
    for name, count in found.acted_on.items():
        assert of_run["policies"][name]["acted_on"] == count, name


def test_the_advantage_is_the_same_to_the_cent_and_its_interval_within_the_noise_of_resampling(
    both: tuple[dict[str, Any], Decision, Recomputed],
) -> None:
    of_run, now, found = both
    advantage = found.values["model"] - found.values[found.best]
    for each in (of_run, dataclasses.asdict(now)):
        assert each["best_alternative"] == found.best
        assert each["advantage"] == pytest.approx(advantage, abs=CENT)
        width = each["advantage_high"] - each["advantage_low"]
        assert (each["advantage_low"], each["advantage_high"]) == pytest.approx(
            (found.low, found.high), abs=0.12 * width
        )


def test_figures_of_the_predictions_are_the_same(both: tuple[dict[str, Any], Decision, Recomputed]) -> None:
    of_run, now, _ = both
    assert (of_run["test_rows"], of_run["test_positives"]) == (now.test_rows, now.test_positives)
    assert now.roc_auc == pytest.approx(of_run["roc_auc"], abs=1e-6)
    assert now.brier_score == pytest.approx(of_run["brier_score"], abs=1e-6)
