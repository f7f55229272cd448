"""A short form of the fuzzing benchmark: damaged requests are refused, sound ones beside them answered as ever."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.serving_fuzz import BrokenError, fuzz
from crispstack.deployment.http import Service
from tests.unit.data_preparation.test_request_reader import SOUND
from tests.unit.deployment.every_type import champion

ROWS = [dict(SOUND), dict(SOUND) | {"whole": None, "city": "Ulm"}, dict(SOUND) | {"note": None}]


def test_no_damaged_request_is_a_fault_of_ours() -> None:
    found = fuzz(Service(champion(), lambda _: None), ROWS, requests=1_500, seed=7)
    assert found["requests"] == sum(found["statuses"].values()) == 1_500
    assert set(found["statuses"]) == {200, 400, 404, 405, 415, 422}
    assert found["statuses"][400] > 900


def test_a_fault_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = champion()

    answer = broken.predict

    def predict(rows: Any) -> Any:
        if any(row == {} for row in rows):
            raise KeyError("secret")
        return answer(rows)

    monkeypatch.setattr(broken, "predict", predict)
    with pytest.raises(BrokenError, match="500: KeyError"):
        fuzz(Service(broken, lambda _: None), ROWS, requests=1_500, seed=7)
