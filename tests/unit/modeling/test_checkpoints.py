"""States of fits: when they are saved, under which key, and that they bring no code."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from crispstack.modeling.checkpoints import Checkpoints, Interruption, fingerprint, from_bytes, to_bytes
from crispstack.modeling.technique import Resources, Rows

ROWS = Rows(np.ones((3, 2), dtype=np.float32), np.array([0.0, 1.0, 1.0]))


class Memory(dict[str, bytes]):
    def put(self, key: str, content: bytes) -> None:
        self[key] = content


def test_a_state_is_saved_when_it_is_due_and_no_more_often() -> None:
    journal, now, asked = Memory(), [0.0], []
    checkpoint = Checkpoints(journal, clock=lambda: now[0], seconds=60).of("t", ROWS, None, {}, Resources(1))
    assert checkpoint.load() is None

    def state() -> dict[str, Any]:
        asked.append(now[0])
        return {"step": np.array(now[0])}

    for now[0] in range(0, 200, 10):
        checkpoint.offer(state)
    assert asked == [60, 120, 180]
    loaded = checkpoint.load()
    assert loaded is not None
    assert loaded["step"] == 180


def test_on_the_warning_the_state_is_saved_at_once_and_no_handler_of_errors_goes_on() -> None:
    journal = Memory()
    checkpoint = Checkpoints(journal, lambda: True).of("t", ROWS, None, {}, Resources(1))
    with pytest.raises(Interruption):
        try:
            checkpoint.offer(lambda: {"step": np.array(5)})
        except Exception:  # noqa: BLE001 (as a search does, lest a technique's failure end it)
            pytest.fail("an interruption was taken for an error")
    assert [from_bytes(content)["step"] for content in journal.values()] == [5]


def test_a_state_with_objects_is_refused_because_it_could_bring_code() -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        to_bytes({"object": np.array([{}], dtype=object)})
    buffer = io.BytesIO()
    np.savez(buffer, state=np.array([print], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        from_bytes(buffer.getvalue())


def test_only_the_same_fit_finds_its_state() -> None:
    other_row = Rows(np.array([[1, 1], [1, 1], [1, 2]], dtype=np.float32), ROWS.target)
    weighted = Rows(ROWS.matrix, ROWS.target, np.ones(3))
    fits = [
        ("t", ROWS, None, {"depth": 3}, 1),
        ("u", ROWS, None, {"depth": 3}, 1),
        ("t", other_row, None, {"depth": 3}, 1),
        ("t", weighted, None, {"depth": 3}, 1),
        ("t", ROWS, ROWS, {"depth": 3}, 1),
        ("t", ROWS, None, {"depth": 4}, 1),
        ("t", ROWS, None, {"depth": 3}, 2),
    ]
    assert len({fingerprint(*each) for each in fits}) == len(fits)
    assert fingerprint(*fits[0]) == fingerprint(
        "t", Rows(ROWS.matrix.copy(), ROWS.target.copy()), None, {"depth": 3}, 1
    )
