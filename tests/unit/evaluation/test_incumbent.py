"""The champion on the rows of another run, and what a model takes to run."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from crispstack.artifacts import Decision
from crispstack.aws import artifact_store, champion
from crispstack.aws.artifact_store import ArtifactStore, read_bytes
from crispstack.charter import Derivation
from crispstack.data_preparation.requests import prepared_arrays
from crispstack.evaluation.incumbent import Incumbent, with_incumbent
from crispstack.evaluation.operation import Operation, criteria, measured
from crispstack.evaluation.scoring import Scored, score
from tests.unit.modeling import bank, mocked_s3

EVENT = {"project": "bank_test", "run_id": "r1"}


@pytest.fixture(scope="module")
def judged() -> dict[str, Any]:
    """The test rows scored by the model of this run."""
    with mocked_s3.mocked() as store:
        package = mocked_s3.write_run(store)
        graph = read_bytes(package.model_uri)
    charter, dataset, _ = mocked_s3.trained()
    rows = mocked_s3.unseen_rows()
    scored = score(rows, dataset, package, graph)
    return {"charter": charter, "dataset": dataset, "package": package, "graph": graph, "rows": rows, "scored": scored}


def beside(judged: dict[str, Any], **changes: Any) -> Scored:
    """The same model as champion, with another version; changes are of its charter or its package."""
    of_package = {name: changes.pop(name) for name in ("threshold", "framing", "decides_by") if name in changes}
    package = dataclasses.replace(judged["package"], model_version="v0", **of_package)
    serves = Incumbent(dataclasses.replace(judged["charter"], **changes), package, judged["graph"])
    return with_incumbent(
        judged["scored"], judged["rows"], judged["charter"], judged["dataset"], judged["package"], serves
    )


def test_the_champion_answers_the_same_rows_and_decides_by_its_own_threshold(judged: dict[str, Any]) -> None:
    found = beside(judged, threshold=0.4)
    (rival,) = found.rivals
    assert (rival.name, rival.kind, rival.threshold, found.champion) == ("champion", "champion", 0.4, "v0")
    np.testing.assert_array_equal(rival.predicted, judged["scored"].predicted)


def test_a_champion_whose_rows_were_prepared_otherwise_is_asked_as_by_a_request(judged: dict[str, Any]) -> None:
    charter = judged["charter"]
    other = dataclasses.replace(
        charter.preparation, derive=(*charter.preparation.derive, Derivation("r", "root", "age"))
    )
    (rival,) = beside(judged, preparation=other).rivals
    np.testing.assert_allclose(rival.predicted, judged["scored"].predicted, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"framing": "regression"}, "it predicts another target"),
        ({"decides_by": "expected_gain"}, "it decides by expected gain"),
        ({"split": "another"}, "it may have been trained on these rows"),
        ({"preparation": "more"}, "it cannot be asked of these rows: there is no duration"),
    ],
)
def test_a_champion_out_of_reach_is_named_with_the_reason(
    judged: dict[str, Any], changes: dict[str, Any], reason: str
) -> None:
    charter = judged["charter"]
    if "split" in changes:
        changes = {"split": dataclasses.replace(charter.split, key="another")}
    if "preparation" in changes:
        changes = {"preparation": dataclasses.replace(charter.preparation, exclude=())}
    found = beside(judged, **changes)
    assert found.rivals == ()
    assert found.champion.startswith("the champion v0 could not be compared: ")
    assert reason in found.champion


def test_the_same_model_needs_no_comparison_with_itself(judged: dict[str, Any]) -> None:
    serves = Incumbent(judged["charter"], judged["package"], judged["graph"])
    of = (judged["scored"], judged["rows"], judged["charter"], judged["dataset"], judged["package"])
    found = with_incumbent(*of, serves)
    assert (found.is_champion, found.rivals) == (True, ())


def test_the_function_compares_with_the_champion_that_the_parameter_names() -> None:
    with mocked_s3.mocked() as store:
        package = mocked_s3.write_run(store)
        _publish(store, dataclasses.replace(package, model_version="v0", threshold=2.0))
        mocked_s3.load_handler("evaluation").handler(EVENT, None)
        decision, _ = store.read(Decision)
    (champion_policy,) = [each for each in decision.policies if each.kind == "champion"]
    # With a threshold above every probability it acts on nobody.
    assert (champion_policy.value, champion_policy.acted_on, decision.champion) == (0.0, 0, "v0")
    assert champion_policy.difference == decision.policies[0].value


def _publish(store: ArtifactStore, package: Any) -> None:
    _, uri = champion.publish(package, store.bucket, store.project)
    champion.client("ssm").put_parameter(
        Name=f"/crispstack/test/champion/{store.project}", Value=uri, Type="String", Overwrite=True
    )


def test_data_that_is_gone_is_a_condition_of_the_decision() -> None:
    with mocked_s3.mocked() as store:
        mocked_s3.write_run(store)
        artifact_store.s3().delete_object(Bucket="prepared", Key="raw/clients/part.csv")
        mocked_s3.load_handler("evaluation").handler(EVENT, None)
        decision, _ = store.read(Decision)
    (found,) = [each for each in decision.criteria if each.name == "retraining data"]
    assert (found.verdict, found.figure) == ("condition", 1.0)
    assert found.reason.startswith("source clients cannot be found any more")


def test_a_graph_is_timed_weighed_and_asked_again(judged: dict[str, Any]) -> None:
    columns = prepared_arrays(judged["rows"], judged["package"].features)
    ticks = iter(np.arange(0, 10, 0.004))
    found = measured(judged["graph"], columns, judged["scored"].predicted, {"a": True}, lambda: float(next(ticks)))
    assert found.latency_ms == pytest.approx(4.0)
    assert found.size_bytes == len(judged["graph"])
    assert found.largest_difference < 1e-6
    other = measured(judged["graph"], columns, judged["scored"].predicted + 0.01, {}, lambda: 0.0)
    assert other.largest_difference == pytest.approx(0.01, abs=1e-6)
    (*_, reproducibility) = criteria(judged["charter"], other)
    assert (reproducibility.name, reproducibility.verdict) == ("reproducibility", "failed")


def test_what_is_too_slow_or_too_large_is_no_go() -> None:
    charter = bank.charter()
    limits = dataclasses.replace(charter.acceptance, maximum_latency_ms=5.0, maximum_megabytes=1.0)
    charter = dataclasses.replace(charter, acceptance=limits)
    slow = {each.name: each for each in criteria(charter, Operation(6.0, 2_000_000, 0.0, {}))}
    assert (slow["latency"].verdict, slow["latency"].figure) == ("failed", 6.0)
    assert (slow["size"].verdict, slow["size"].figure) == ("failed", 2.0)
    fast = criteria(charter, Operation(5.0, 1_000_000, 0.0, {}))
    assert {each.verdict for each in fast} == {"met"}


def test_amounts_that_predictions_do_not_depend_on_are_still_read_from_the_rows(judged: dict[str, Any]) -> None:
    rows = [row | {"_amount": 7.0, "_time": None, "_group": 5} for row in judged["rows"]]
    found = score(rows, judged["dataset"], judged["package"], judged["graph"])
    assert found.amount is not None
    assert found.amount.tolist() == [7.0] * len(rows)
    assert found.group is not None
    assert found.group.tolist() == [5] * len(rows)
    assert found.time is not None
    assert np.isnan(found.time).all()
