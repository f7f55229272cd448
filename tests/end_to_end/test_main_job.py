"""One charter through all six phases: what each left behind, and what the deployed model answers."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnxruntime
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from crispstack.artifacts import (
    BusinessCase,
    DataProfile,
    Decision,
    FinalReport,
    Leaderboard,
    ModelPackage,
    PreparedDataset,
    QualityReport,
    Release,
)
from crispstack.data_preparation.requests import feature_arrays
from crispstack.phases import Phase
from tests.end_to_end.conftest import PROJECT, ROOT, Checkout
from tests.end_to_end.signed_requests import post

ROWS = 600


def artifact(checkout: Checkout, run: str, kind: Any) -> Any:
    bucket = checkout.outputs("storage")["ArtifactsBucketName"]
    uri = f"s3://{bucket}/{PROJECT}/runs/{run}/{kind.phase.prefix}/{kind.file_name()}"
    return kind.from_json(checkout.read(uri))


def test_status_lists_six_phases_and_each_artifact_can_be_read(checkout: Checkout, run: str) -> None:
    phases = checkout.json("status", PROJECT)
    assert [phase["phase"] for phase in phases] == [phase.value for phase in Phase]
    assert {phase["status"] for phase in phases} == {"succeeded"}
    for phase in phases:
        assert json.loads(checkout.read(phase["artifact"]))["schema_version"] == 1


def test_profile_counts_what_the_file_holds(checkout: Checkout, run: str) -> None:
    profile = artifact(checkout, run, DataProfile)
    with (ROOT / "tests" / "end_to_end" / "project" / "clients.csv").open(newline="") as file:
        header = next(csv.reader(file))
    assert profile.rows + profile.test_rows == ROWS
    assert 0.1 * ROWS < profile.test_rows < 0.3 * ROWS
    assert [column.name for column in profile.columns] == header
    assert artifact(checkout, run, QualityReport).results


def test_no_row_is_lost_and_the_test_set_is_the_one_that_the_profile_left_out(checkout: Checkout, run: str) -> None:
    dataset = artifact(checkout, run, PreparedDataset)
    assert dataset.rows_in == ROWS == dataset.train_rows + dataset.test_rows + dataset.quarantined_rows
    assert dataset.test_rows == artifact(checkout, run, DataProfile).test_rows
    assert len(rows_of(checkout, dataset.test_uri)) == dataset.test_rows


def rows_of(checkout: Checkout, uri: str) -> list[dict[str, Any]]:
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    listed = checkout.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    texts = [
        gzip.decompress(checkout.read(f"s3://{bucket}/{entry['Key']}")).decode()
        for entry in listed
        if entry["Key"].endswith(".json.gz")
    ]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def test_candidates_of_three_families_were_compared_and_the_winner_is_the_best(checkout: Checkout, run: str) -> None:
    leaderboard = artifact(checkout, run, Leaderboard)
    tried = [candidate for candidate in leaderboard.candidates if not candidate.error and not candidate.note]
    means = [candidate.mean_score for candidate in tried]
    assert means == sorted(means, reverse=True)
    assert len({candidate.family for candidate in leaderboard.candidates}) >= 4
    assert leaderboard.beats_constant
    for candidate in tried:
        assert len(candidate.scores) == leaderboard.folds * leaderboard.repeats
        assert candidate.mean_score == pytest.approx(float(np.mean(candidate.scores)))


def test_the_decision_is_arithmetic_over_the_stored_predictions(checkout: Checkout, run: str) -> None:
    decision, charter = artifact(checkout, run, Decision), artifact(checkout, run, BusinessCase).charter
    lines = checkout.read(decision.test_predictions_uri).decode().splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == decision.test_rows
    money = charter.money
    value = 0.0
    for row in rows:
        acted, positive = row["predicted"] >= decision.threshold, row["actual"] == 1
        if acted:
            value += money.true_positive if positive else money.false_positive
        else:
            value += money.false_negative if positive else money.true_negative
    (model,) = [policy for policy in decision.policies if policy.policy == "model"]
    assert model.value == pytest.approx(value, abs=0.005)
    assert model.low <= model.value <= model.high
    assert (decision.verdict == "go") == all(criterion.passed for criterion in decision.criteria)


def test_every_artifact_names_inputs_with_their_true_hashes(checkout: Checkout, run: str) -> None:
    for kind in (DataProfile, PreparedDataset, ModelPackage, Decision, Release):
        inputs = artifact(checkout, run, kind).inputs
        assert inputs, kind
        for reference in inputs:
            assert hashlib.sha256(content(checkout, reference.uri)).hexdigest() == reference.sha256, reference.uri


def content(checkout: Checkout, uri: str) -> bytes:
    """An object's bytes; for a prefix, those of its parts in the order of their keys."""
    if not uri.endswith("/"):
        return checkout.read(uri)
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    listed = checkout.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    return b"".join(
        checkout.read(f"s3://{bucket}/{entry['Key']}") for entry in listed if entry["Key"].endswith(".json.gz")
    )


def raw_rows(count: int) -> list[dict[str, Any]]:
    """Rows as a caller would send them: what is unknown before the call, and the answer, left out."""
    with (ROOT / "tests" / "end_to_end" / "project" / "clients.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))[:count]
    numbers = {"age", "balance", "day", "campaign", "pdays", "previous"}
    return [
        {
            name: int(value) if name in numbers else value
            for name, value in row.items()
            if name not in ("id", "duration", "y")
        }
        for row in rows
    ]


def released(checkout: Checkout, run: str) -> Release:
    release: Release = artifact(checkout, run, Release)
    assert release.released, release.reason
    return release


def test_the_api_answers_what_the_graph_answers(checkout: Checkout, run: str) -> None:
    release = released(checkout, run)
    package, charter = artifact(checkout, run, ModelPackage), artifact(checkout, run, BusinessCase).charter
    session = onnxruntime.InferenceSession(checkout.read(package.model_uri), providers=["CPUExecutionProvider"])
    rows = raw_rows(20)
    arrays = feature_arrays(rows, charter)
    features = session.get_modelmeta().custom_metadata_map
    inputs = {
        each.name: np.stack([arrays[name] for name in json.loads(features[each.name])], axis=1)
        for each in session.get_inputs()
    }
    (scores,) = session.run(["scores"], inputs)
    expected = scores[:, 0]
    for row, probability in zip(rows, expected, strict=True):
        status, answer = post(checkout, checkout.keys, json.dumps(row).encode())
        assert status == 200, answer
        (prediction,) = answer["predictions"]
        assert prediction["probability"] == pytest.approx(float(probability), abs=1e-6)
        assert answer["model_version"] == release.model_version
    assert checkout.json("predict", PROJECT, json.dumps(row)) == answer


def test_only_signed_callers_with_the_permission_are_answered(checkout: Checkout, run: str) -> None:
    released(checkout, run)
    body = json.dumps(raw_rows(1)[0]).encode()
    assert post(checkout, checkout.keys, body)[0] == 200
    assert post(checkout, None, body)[0] == 403
    assert post(checkout, Credentials(checkout.keys.access_key, "wrong"), body)[0] == 403
    assert post(checkout, checkout.keys, body, sent=body.replace(b"}", b" }"))[0] == 403
    with stranger(checkout) as keys:
        assert post(checkout, keys, body)[0] == 403


@contextmanager
def stranger(checkout: Checkout) -> Iterator[Credentials]:
    """A role that may do something, but not invoke the API."""
    iam, name = checkout.client("iam"), "stranger"
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{checkout.environment.account}:root"},
        "Action": "sts:AssumeRole",
    }
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    allowed = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    iam.put_role_policy(
        RoleName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    )
    try:
        yield assume(checkout, f"arn:aws:iam::{checkout.environment.account}:role/{name}")
    finally:
        iam.delete_role_policy(RoleName=name, PolicyName="p")
        iam.delete_role(RoleName=name)


def assume(checkout: Checkout, role: str) -> Credentials:
    keys = checkout.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def test_modeling_is_denied_the_test_set(checkout: Checkout, run: str) -> None:
    """With the very policies of modeling's role; its trust is opened to us for the moment."""
    iam, role = checkout.client("iam"), checkout.resource("modeling", "JobRole")
    trusted = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    opened = {
        "Version": "2012-10-17",
        "Statement": [
            *trusted["Statement"],
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{checkout.environment.account}:root"},
                "Action": "sts:AssumeRole",
            },
        ],
    }
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(opened))
    try:
        keys = assume(checkout, f"arn:aws:iam::{checkout.environment.account}:role/{role}")
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trusted))
    s3 = checkout.client_of("s3", keys)
    dataset = artifact(checkout, run, PreparedDataset)

    def first_key(uri: str) -> tuple[str, str]:
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        return bucket, checkout.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"][0]["Key"]

    bucket, train = first_key(dataset.train_uri)
    assert s3.get_object(Bucket=bucket, Key=train)["ContentLength"] >= 0
    bucket, test = first_key(dataset.test_uri)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket=bucket, Key=test)


def test_the_report_is_one_page_that_asks_for_nothing(checkout: Checkout, run: str) -> None:
    report = artifact(checkout, run, FinalReport)
    page = checkout.read(report.report_uri).decode()
    assert report.question in page
    assert artifact(checkout, run, Decision).summary in page.replace("&#39;", "'").replace("&#34;", '"')
    assert "<svg" in page
    assert (
        re.findall(r"""(?:src|href)\s*=\s*["'](?!data:|#)[^"']*|url\((?!["']?(?:data:|#))[^)]*|@import[^;]*""", page)
        == []
    )


def test_a_run_starts_again_from_any_phase(checkout: Checkout, run: str) -> None:
    before = artifact(checkout, run, Decision)
    checkout.crisp("run", PROJECT, "--from", "evaluation", "--run", run)
    again = artifact(checkout, run, Decision)
    # One is measured anew; and what was new to the business then serves it now.
    changing = ("latency", "champion")
    kept, same = ([each for each in decision.criteria if each.name not in changing] for decision in (before, again))
    assert dataclasses.replace(again, criteria=()) == dataclasses.replace(before, criteria=())
    assert same == kept
    assert len(kept) == len(before.criteria) - len(changing)
    assert "champion" in next(each.reason for each in again.criteria if each.name == "champion")


def test_a_deployment_without_changes_changes_nothing(checkout: Checkout, run: str) -> None:
    # After a release, the first deployment tells the function which model the next version of its code will have.
    checkout.crisp("deploy")
    stacks = checkout.json("deploy")["stacks"]
    assert len(stacks) == 13
    assert [stack["name"] for stack in stacks if stack["changed"]] == []
