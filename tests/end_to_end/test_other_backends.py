"""Training alone, on each kind of machine that the stacks can start."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crispstack.artifacts import BusinessCase, ComputePlan, Leaderboard, ModelPackage
from crispstack.data_preparation.requests import feature_arrays
from crispstack.modeling.onnx_graph import OnnxGraph
from tests.end_to_end.backend_jobs import running
from tests.end_to_end.conftest import Checkout
from tests.end_to_end.test_main_job import artifact


@pytest.mark.parametrize("backend", ["gpu", "sagemaker"])
def test_a_machine_trains_what_spark_trains_and_is_gone_afterwards(
    checkout: Checkout, run: str, trained_on: Callable[[str], str], backend: str
) -> None:
    trained = trained_on(backend)
    assert artifact(checkout, trained, ComputePlan).backend == backend
    there, here = (scores_of(artifact(checkout, each, Leaderboard)) for each in (trained, run))
    assert set(there) == set(here) >= {"constant", "logistic_regression", "extra_trees", "naive_bayes"}
    for technique, scores in here.items():
        # One that others beat may have been given up a split sooner, where more candidates are tried at a time.
        both = min(len(scores), len(there[technique]))
        assert both
        assert there[technique][:both] == pytest.approx(scores[:both], abs=1e-6)
    package = artifact(checkout, trained, ModelPackage)
    graph = OnnxGraph(checkout.read(package.model_uri))
    rows = [golden.row for golden in package.golden_rows]
    answers = graph.scores(feature_arrays(rows, artifact(checkout, trained, BusinessCase).charter))
    assert answers == pytest.approx([golden.scores[0] for golden in package.golden_rows], abs=1e-6)
    assert not running(checkout)


def scores_of(leaderboard: Leaderboard) -> dict[str, tuple[float, ...]]:
    """Each technique's score on each split."""
    return {each.technique: each.scores for each in leaderboard.candidates if not each.members}
