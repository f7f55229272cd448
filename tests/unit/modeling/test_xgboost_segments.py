"""XGBoost in segments: an interruption changes nothing, and the joined booster is what was trained."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
import xgboost

from crispstack.modeling.checkpoints import Checkpoints, Interruption, from_bytes
from crispstack.modeling.technique import Framing, Resources, Rows, Shape
from crispstack.modeling.techniques.tree_model import TreeModel
from crispstack.modeling.techniques.xg_boost import XgBoost

RESOURCES = Resources(seed=5)
PARAMETERS = {"learning_rate": 0.2, "max_depth": 3, "colsample_bytree": 0.5, "subsample": 0.7, "max_bin": 32}


class Memory(dict[str, bytes]):
    """A journal in memory."""

    def put(self, key: str, content: bytes) -> None:
        self[key] = content


def rows(framing: Framing, seed: int) -> Rows:
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(300, 6)).astype(np.float32)
    matrix[::7, 0] = np.nan
    signal = np.nan_to_num(matrix[:, 0]) * matrix[:, 1] + matrix[:, 2] + 0.3 * generator.normal(size=300)
    targets = {"binary": signal > 0, "multiclass": np.digitize(signal, [-0.5, 0.5]), "regression": 100 + signal}
    return Rows(matrix, targets[framing].astype(np.float64))


def fit(framing: Framing, checkpoints: Checkpoints | None, stopped: bool = True, **more: int) -> TreeModel:
    stop = rows(framing, 2) if stopped else None
    shape = Shape(framing, rows=300, columns=6, classes=3)
    resources = dataclasses.replace(RESOURCES, checkpoints=checkpoints)
    return XgBoost().fit(rows(framing, 1), stop, {**PARAMETERS, **more}, shape, resources)


@pytest.mark.parametrize("framing", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("offer", [3, 33])
def test_an_interrupted_fit_ends_in_the_model_of_an_undisturbed_one(framing: Framing, offer: int) -> None:
    journal, asked = Memory(), itertools.count(1)
    with pytest.raises(Interruption):
        fit(framing, Checkpoints(journal, lambda: next(asked) == offer), stopped=False, trees=45)
    resumed = fit(framing, Checkpoints(journal), stopped=False, trees=45)
    undisturbed = fit(framing, Checkpoints(Memory()), stopped=False, trees=45)
    test = rows(framing, 3).matrix
    np.testing.assert_array_equal(resumed.predict(test), undisturbed.predict(test))
    assert undisturbed.parameters["trees"] == 45


def test_what_earlier_segments_did_is_not_done_again() -> None:
    journal, asked, again = Memory(), itertools.count(1), []
    with pytest.raises(Interruption):
        fit("binary", Checkpoints(journal, lambda: next(asked) == 45), stopped=False, trees=60)
    (state,) = journal.values()
    assert from_bytes(state)["progress"][0] == 40
    fit("binary", Checkpoints(journal, lambda: bool(again.append(1))), stopped=False, trees=60)
    assert len(again) == 20


@pytest.mark.parametrize("framing", ["binary", "multiclass", "regression"])
def test_the_joined_booster_says_what_its_segments_said_together(framing: Framing) -> None:
    journal = Memory()
    model = fit(framing, Checkpoints(journal, clock=itertools.count().__next__, seconds=0), stopped=False, trees=45)
    (state,) = journal.values()
    margins = model.library.booster.predict(xgboost.DMatrix(rows(framing, 1).matrix), output_margin=True)
    np.testing.assert_allclose(margins, from_bytes(state)["own"], rtol=1e-5, atol=1e-5)
    sums = model.library.trees().sums(rows(framing, 1).matrix)
    np.testing.assert_allclose(sums.reshape(margins.shape), margins, rtol=1e-5, atol=1e-5)


def test_rows_to_stop_by_end_it_at_their_best_round_across_segments() -> None:
    model = fit("binary", Checkpoints(Memory()))
    plain = fit("binary", None)
    trees = model.parameters["trees"]
    assert trees == model.library.booster.num_boosted_rounds() < 300
    stop = rows("binary", 2)

    def loss(each: TreeModel) -> float:
        predicted = each.predict(stop.matrix)
        return float(-np.log(np.where(stop.target > 0, predicted, 1 - predicted)).mean())

    assert loss(model) == pytest.approx(loss(plain), abs=0.05)
