"""Rows that no executor may hold, trained by the deployed job with nothing but what is shipped and what EMR brings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from crispstack.artifacts import Leaderboard, ModelPackage, PreparedDataset
from crispstack.charter import Charter
from crispstack.phases import Phase
from tests.end_to_end.conftest import Checkout
from tests.end_to_end.copied_run import copied, executed
from tests.end_to_end.test_main_job import artifact


def everywhere(charter: Charter) -> Charter:
    return dataclasses.replace(charter, modeling=dataclasses.replace(charter.modeling, memory_share=0.0))


@pytest.fixture(scope="module")
def distributed(checkout: Checkout, run: str) -> Iterator[str]:
    """A copy of the run whose charter lets training take none of an executor's memory, trained again."""
    with copied(checkout, run, "distributed", everywhere) as copy:
        ended = executed(checkout, copy, Phase.MODELING, until=Phase.MODELING.value)
        assert ended["status"] == "SUCCEEDED", ended
        yield copy


def test_the_chosen_model_was_fitted_by_all_executors_and_its_graph_says_what_it_says(
    checkout: Checkout, run: str, distributed: str
) -> None:
    board, package = artifact(checkout, distributed, Leaderboard), artifact(checkout, distributed, ModelPackage)
    rows = artifact(checkout, run, PreparedDataset).train_rows
    assert f"of {rows:,} rows drawn at random; the chosen one was fitted on all of them, by Spark" in board.validation
    assert "naive_bayes" not in {candidate.name.partition(" ")[0] for candidate in board.candidates}
    assert board.beats_constant
    assert package.parity.rows > 0
    assert (package.parity.maximum_difference <= package.parity.tolerance, package.parity.decisions_flipped) == (
        True,
        0,
    )
    assert package.model_version != artifact(checkout, run, ModelPackage).model_version
    assert package.validation_roc_auc > 0.6
