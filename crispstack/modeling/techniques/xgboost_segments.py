"""XGBoost's rounds in segments, so that a fit taken up by another process ends in the same model.

XGBoost's generators of rows and columns cannot be kept with a model. So every segment is a booster of its own with a
seed of its own, which begins from the margins of those before it; in the end all trees are put into one booster.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from crispstack.modeling.checkpoints import Checkpoint

ROUNDS = 20
"""Trees (per class) of a segment: what an interruption may cost."""


class Segments:
    """One fit under way.

    Args:
        settings: XGBoost's parameters, with ``seed``.
        own: DMatrix of the rows to fit on.
        held: DMatrix of the rows to stop by, if any.
        patience: rounds without gain before the end, where there are rows to stop by.
    """

    def __init__(self, settings: Mapping[str, Any], own: Any, held: Any | None, patience: int) -> None:
        self._settings = settings
        self._own, self._held = own, held
        self._patience = patience
        self._done = 0
        self._state: dict[str, NDArray[Any]] = {}
        self._best_loss, self._best_round = math.inf, -1

    def run(self, rounds: int, deadline: float | None, checkpoint: Checkpoint) -> Any:
        """At most so many rounds; the booster, with the trees up to the best round where there are rows to stop by.

        Raises:
            Interruption: the machine is about to be taken away; what earlier segments did is saved.
        """
        self._restore(checkpoint.load())
        going = True
        while going and self._done < rounds:
            going = self._segment(min(ROUNDS, rounds - self._done), deadline, checkpoint)
        booster = joined([bytes(self._state[f"segment_{number}"]) for number in range(self._count())])
        return booster if self._held is None else booster[: self._best_round + 1]

    def _segment(self, rounds: int, deadline: float | None, checkpoint: Checkpoint) -> bool:
        """Some rounds more; whether there is reason and time for others."""
        import xgboost  # noqa: PLC0415

        number = self._count()
        watched = [each for each in (self._own, self._held) if each is not None]
        booster = xgboost.Booster({**self._settings, "seed": self._settings["seed"] + number}, watched)
        going = True
        for round_ in range(rounds):
            booster.update(self._own, round_)
            self._done += 1
            going = not self._gains_no_longer(booster) and (deadline is None or time.monotonic() < deadline)
            if round_ + 1 < rounds and going:
                checkpoint.offer(lambda: self._state)
        self._state = {**self._state, f"segment_{number}": np.frombuffer(booster.save_raw("ubj"), dtype=np.uint8)}
        for name, matrix in (("own", self._own), ("held", self._held)):
            if matrix is not None:
                self._state[name] = booster.predict(matrix, output_margin=True)
                matrix.set_base_margin(self._state[name])
        self._state["progress"] = np.array([self._done, self._best_loss, self._best_round])
        checkpoint.offer(lambda: self._state)
        return going

    def _gains_no_longer(self, booster: Any) -> bool:
        if self._held is None:
            return False
        loss = float(booster.eval(self._held).rpartition(":")[2])
        if loss < self._best_loss:
            self._best_loss, self._best_round = loss, self._done - 1
        return self._done - 1 - self._best_round >= self._patience

    def _count(self) -> int:
        return sum(name.startswith("segment_") for name in self._state)

    def _restore(self, state: dict[str, NDArray[Any]] | None) -> None:
        if not state:
            return
        self._state = state
        done, self._best_loss, best_round = state["progress"].tolist()
        self._done, self._best_round = int(done), int(best_round)
        self._own.set_base_margin(state["own"])
        if self._held is not None:
            self._held.set_base_margin(state["held"])


def joined(segments: list[bytes]) -> Any:
    """One booster with the trees of all segments, from the UBJSON form of each; it starts as the first one does."""
    import xgboost  # noqa: PLC0415

    texts = [json.loads(xgboost.Booster(model_file=bytearray(each)).save_raw("json")) for each in segments]
    models = [text["learner"]["gradient_booster"]["model"] for text in texts]
    trees = [tree for model in models for tree in model["trees"]]
    for number, tree in enumerate(trees):
        tree["id"] = number
    whole = models[0]
    whole["tree_info"] = [output for model in models for output in model["tree_info"]]
    whole["trees"] = trees
    whole["gbtree_model_param"]["num_trees"] = str(len(trees))
    ends = np.concatenate([np.diff(model["iteration_indptr"]) for model in models]).cumsum()
    whole["iteration_indptr"] = [0, *ends.tolist()]
    return xgboost.Booster(model_file=bytearray(json.dumps(texts[0]).encode()))
