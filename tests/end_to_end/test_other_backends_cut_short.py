"""Training that does not go through: its machine is taken away, its job fails, its user stops it."""

from __future__ import annotations

import json
import re
import signal
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from crispstack.artifacts import BusinessCase, Leaderboard, ModelPackage, PreparedDataset
from crispstack.aws.spot_notice import INTERRUPTED
from crispstack.data_preparation.requests import feature_arrays
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.phases import Phase
from tests.end_to_end.backend_jobs import batch_job, running, script_uri, training, until
from tests.end_to_end.conftest import PROJECT, SECONDS, Checkout
from tests.end_to_end.test_failures import refused, script
from tests.end_to_end.test_main_job import ROWS, artifact, raw_rows
from tests.end_to_end.test_other_backends import scores_of

TRIALS_BEFORE = 3
# What a first attempt runs: with so many finished trials it does not go on before it is warned.
WAITING = f"""
def warned(notice, journal):
    while os.environ["AWS_BATCH_JOB_ATTEMPT"] == "1" and not notice.told and journal.kept("trials/") >= {TRIALS_BEFORE}:
        time.sleep(0.1)
    return notice.told
"""


def waiting(text: str) -> str:
    looks, start = "lambda: notice.told", "\n\ndef main("
    assert text.count(looks) == text.count(start) == 1
    return text.replace(looks, "lambda: warned(notice, journal)").replace(start, "\n" + WAITING + start)


def test_an_interrupted_spot_machine_costs_time_and_changes_nothing(
    checkout: Checkout, run: str, trained_on: Callable[[str], str]
) -> None:
    undisturbed = trained_on("gpu")
    with script(checkout, script_uri(checkout, "gpu"), waiting), training(checkout, "gpu", run) as process:
        (job,) = until(lambda: running(checkout) or process.poll())
        variables = {each["name"]: each["value"] for each in batch_job(checkout, job)["container"]["environment"]}
        trained = variables["RUN_ID"]
        before = until(lambda: full if len(full := trials(checkout, trained)) >= TRIALS_BEFORE else None)
        interrupt(checkout, job)
        said, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors
    assert json.loads(said)["run_id"] == trained

    attempts = batch_job(checkout, job)["attempts"]
    assert [each["container"]["exitCode"] for each in attempts] == [INTERRUPTED, 0]
    log = logged(checkout, trained)
    assert "interrupted; finished trials are kept" in log
    (kept,) = re.findall("goes on from an attempt that was interrupted: ([0-9]+) finished trials are kept", log)
    after = trials(checkout, trained)
    assert before.items() < after.items()
    assert len(before) <= int(kept) < len(after)
    assert {len(versions) for versions in after.values()} == {1}, "a trial was repeated"

    boards = [artifact(checkout, each, Leaderboard) for each in (undisturbed, trained)]
    there, here = (scores_of(board) for board in boards)
    assert set(there) == set(here)
    for technique, scores in here.items():
        # One that others beat may have been given up a split sooner, where another was read back in no time.
        both = min(len(scores), len(there[technique]))
        assert both
        assert there[technique][:both] == pytest.approx(scores[:both], abs=1e-6)
    assert boards[0].winner == boards[1].winner
    columns = feature_arrays(raw_rows(ROWS), artifact(checkout, run, BusinessCase).charter)
    first, second = (
        OnnxGraph(checkout.read(artifact(checkout, each, ModelPackage).model_uri)) for each in (undisturbed, trained)
    )
    assert second.scores(columns) == pytest.approx(first.scores(columns), abs=1e-6)
    assert not running(checkout)


def trials(checkout: Checkout, run: str) -> dict[str, tuple[str, ...]]:
    """The journal's finished trials, and every version of each that was ever written; the last one may be empty."""
    bucket = checkout.outputs("storage")["ArtifactsBucketName"]
    pages = checkout.client("s3").get_paginator("list_object_versions")
    found: dict[str, tuple[str, ...]] = {}
    for page in pages.paginate(Bucket=bucket, Prefix=f"{PROJECT}/runs/{run}/{Phase.MODELING.prefix}/journal/"):
        for each in page.get("Versions", []):
            if "/trials/" in each["Key"] and each["Size"]:
                found[each["Key"]] = (*found.get(each["Key"], ()), each["VersionId"])
    return found


def interrupt(checkout: Checkout, job: str) -> None:
    """Have the emulator announce the end of a job's Spot machine, two minutes before it."""
    if not checkout.endpoint:
        pytest.skip("AWS takes machines away when it likes")
    url, data = f"{checkout.endpoint}/_emulator/spot", json.dumps({"interrupt": job}).encode()
    request = AWSRequest("POST", url, data=data)
    SigV4Auth(checkout.keys, "emulator", checkout.environment.region).add_auth(request)
    with urllib.request.urlopen(urllib.request.Request(url, data, dict(request.headers)), timeout=60) as response:
        assert [each["runs"] for each in json.load(response)["instances"]] == [job]


def logged(checkout: Checkout, run: str) -> str:
    """What modeling logged, as the command line finds it."""
    return "\n".join(each["message"] for each in checkout.json("logs", PROJECT, Phase.MODELING, "--run", run)["lines"])


# A job that looks at what its role lets it read, and fails.
PROBE = """
import sys
import boto3
from botocore.exceptions import ClientError

s3 = boto3.client("s3")


def attempt(name, call, **place):
    try:
        call(**place)
        print(name, "allowed")
    except ClientError as error:
        print(name, error.response["Error"]["Code"])


for name, key in {keys!r}.items():
    attempt("get " + name, s3.get_object, Bucket={bucket!r}, Key=key)
    attempt("list " + name, s3.list_objects_v2, Bucket={bucket!r}, Prefix=key)
sys.exit("the bundle is broken")
"""


@dataclass(frozen=True)
class Broken:
    """A training that failed: its backend, its run, what the command line said, what was logged."""

    backend: str
    run: str
    said: str
    log: str


@pytest.fixture(scope="module", params=["spark", "gpu", "sagemaker"])
def broken(checkout: Checkout, run: str, request: pytest.FixtureRequest) -> Iterator[Broken]:
    dataset = artifact(checkout, run, PreparedDataset)
    bucket, keys = "", {}
    for name, uri in {"train": dataset.train_uri, "test": dataset.test_uri}.items():
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        keys[name] = checkout.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"][0]["Key"]
    probe = PROBE.format(bucket=bucket, keys=keys)
    with script(checkout, script_uri(checkout, request.param), lambda _: probe):
        said = refused(checkout, "train", PROJECT, "--on", request.param, "--run", run)
    (failed,) = re.findall("^run ([^,]+), on the rows of run", said, flags=re.MULTILINE)
    yield Broken(request.param, failed, said, logged(checkout, failed))


def test_a_job_that_raises_fails_at_once_and_leaves_nothing(checkout: Checkout, broken: Broken) -> None:
    assert f"training of run {broken.run} failed: " in broken.said
    assert "the bundle is broken" in broken.said + broken.log
    assert broken.log.count("get train ") == 1, "a failure was repeated"
    assert not running(checkout)
    with pytest.raises(checkout.client("s3").exceptions.NoSuchKey):
        artifact(checkout, broken.run, ModelPackage)


def test_a_job_reads_training_rows_and_is_denied_the_test_rows(broken: Broken) -> None:
    told = [line for line in broken.log.splitlines() if line.startswith(("get ", "list "))]
    assert told == ["get train allowed", "list train allowed", "get test AccessDenied", "list test AccessDenied"]


@pytest.mark.parametrize("backend", ["gpu", "sagemaker"])
def test_ctrl_c_stops_the_job(checkout: Checkout, run: str, backend: str) -> None:
    sleeps = "import time\n\nprint('at work', flush=True)\ntime.sleep(3600)\n"
    with script(checkout, script_uri(checkout, backend), lambda _: sleeps), training(checkout, backend, run) as process:
        (job,) = until(lambda: running(checkout) or process.poll())
        until(lambda: state(checkout, backend, job) in ("RUNNING", "InProgress"))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "aborted: Cancelled: stopped with Ctrl-C by its user" in errors
    assert "Traceback" not in errors
    until(lambda: not running(checkout))
    assert state(checkout, backend, job) == {"gpu": "FAILED", "sagemaker": "Stopped"}[backend]


def state(checkout: Checkout, backend: str, job: str) -> Any:
    if backend == "gpu":
        return batch_job(checkout, job)["status"]
    return checkout.client("sagemaker").describe_training_job(TrainingJobName=job)["TrainingJobStatus"]
