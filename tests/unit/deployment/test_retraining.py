"""An alarm about drift starts a run with the champion's own charter."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from crispstack.aws import champion, retraining
from crispstack.aws.artifact_store import read_bytes
from crispstack.settings import RetrainingSettings
from tests.unit.modeling import mocked_s3

RUN = "20260102T030405Z-abcdef"


class States:
    """Step Functions that remember what was started."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []

    def start_execution(self, **given: Any) -> None:
        self.started.append(given)


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> States:
    made = States()
    monkeypatch.setattr(retraining, "states", lambda: made)
    return made


def test_a_run_is_started_with_the_champions_charter(states: States) -> None:
    with mocked_s3.mocked() as store:
        _, uri = champion.publish(mocked_s3.write_run(store), store.bucket, "bank_test")
        boto3.client("ssm").put_parameter(Name="/champion", Value=uri, Type="String")
        assert retraining.start(RetrainingSettings("bank_test", "/champion", store.bucket, "arn:loop"), RUN)
        charter = read_bytes(f"s3://{store.bucket}/bank_test/runs/{RUN}/charter.json")
        assert charter == read_bytes(f"{uri.rpartition('/')[0]}/charter.json")
    (started,) = states.started
    # So named that `crisp runs` lists it.
    assert (started["stateMachineArn"], started["name"]) == ("arn:loop", f"bank_test-{RUN}-1")
    given = {"project": "bank_test", "run_id": RUN, "from_phase": "business_understanding"}
    assert json.loads(started["input"]) == given


def test_nothing_is_started_without_a_champion(states: States) -> None:
    with mocked_s3.mocked() as store:
        assert not retraining.start(RetrainingSettings("bank_test", "/champion", store.bucket, "arn:loop"), RUN)
        assert mocked_s3.keys(f"bank_test/runs/{RUN}/") == []
    assert states.started == []
