from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from crispstack.aws import artifact_store, outputs
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.cli.commands import cli
from tests.unit.evaluation.run_results import result, write
from tests.unit.modeling import mocked_s3

FIRST, SECOND = "20260102T030405Z-aaaaaa", "20260203T040506Z-bbbbbb"
RIGHT, WRONG = np.eye(3), np.eye(3)[[1, 1, 2]]


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A repository, and an environment whose runs' artifacts are in this bucket."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "projects").mkdir()
    text = 'name = "dev"\naccount = "123456789012"\nregion = "us-east-1"\n'
    (tmp_path / "environments" / "dev.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    with mocked_s3.mocked() as store:
        platform = outputs.Platform("raw", store.bucket, "arn", "lake", "primary")
        monkeypatch.setattr(outputs, "platform", lambda _: platform)
        before = dict(os.environ)
        yield store.bucket
        os.environ.clear()
        os.environ.update(before)


def compare(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["compare", "--env", "dev", *arguments])


def test_two_runs_are_compared_down_to_the_interval_of_what_the_later_earns_more(bucket: str) -> None:
    first = result(FIRST)
    write(bucket, first, WRONG)
    package = dataclasses.replace(first.package, model_version="v2")
    write(bucket, result(SECOND, package=package), RIGHT)

    found: dict[str, Any] = json.loads(compare(FIRST, SECOND, "--json").stdout)
    # A bad wine that is taken for a fair one costs 5, for a bad one earns 10; the other two earn 10 each.
    assert found["value"]["difference"] == pytest.approx((30 - 15) / 3)
    assert found["value"]["paired"]
    # Of each class there is one wine, so that every resample is the same.
    assert (found["value"]["low"], found["value"]["high"]) == pytest.approx((5.0, 5.0))
    assert found["changes"] == [{"part": "model", "of": "model_version", "before": "v1", "after": "v2"}]

    shown = compare(FIRST, SECOND).output
    assert "+5 EUR per case on the same 3 test cases, 5 before and 10 after (95% interval +5 to +5;" in shown
    backwards = json.loads(compare(SECOND, FIRST, "--json").stdout)
    assert backwards["value"]["difference"] == pytest.approx(-5.0)


def test_runs_that_differ_in_nothing_say_so(bucket: str) -> None:
    for run in (FIRST, SECOND):
        write(bucket, result(run), RIGHT)
    shown = compare(FIRST, SECOND).output
    assert f"runs {FIRST} and {SECOND} differ in nothing" in shown
    assert ": within what chance alone gives" in shown


def test_money_of_another_currency_leaves_the_rest_of_the_comparison(bucket: str) -> None:
    first = result(FIRST)
    write(bucket, first, RIGHT)
    dollars = dataclasses.replace(first.charter, money=dataclasses.replace(first.charter.money, currency="USD"))
    write(bucket, result(SECOND, charter=dollars), RIGHT)
    found = json.loads(compare(FIRST, SECOND, "--json").stdout)
    assert found["value"] is None
    assert found["why_no_value"] == "values in EUR and USD cannot be subtracted"
    assert found["changes"] == [{"part": "charter", "of": "money.currency", "before": "EUR", "after": "USD"}]


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ((FIRST, "nowhere"), "there is no run nowhere here"),
        ((FIRST, "half"), "run half cannot be compared: cannot read s3://artifacts/wine/runs/half/"),
        ((FIRST, "other"), f"{FIRST} is of wine, other of beer: runs of one project can be compared"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused_by_name(bucket: str, runs: tuple[str, str], message: str) -> None:
    write(bucket, result(FIRST), RIGHT)
    ArtifactStore(bucket, "wine", "half").write(result("half").collection)
    artifact_store.s3().put_object(Bucket=bucket, Key="beer/runs/other/charter.json", Body=b"{}")
    done = compare(*runs)
    assert done.exit_code == 1
    assert message in done.output
