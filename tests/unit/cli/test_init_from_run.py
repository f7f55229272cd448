"""The next iteration begins with the charter of a run, and with what that run found."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from crispstack.artifacts import BusinessCase, FinalReport
from crispstack.aws import artifact_store, outputs, runs
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.business_understanding.charter_file import load, load_project
from crispstack.business_understanding.drafting.charter_dump import dump
from crispstack.cli.commands import cli
from crispstack.errors import ArtifactError
from tests.unit.business_understanding.test_broken_charters import WHOLE

RUN = "20260101T000000Z-abcdef"
REPORT = FinalReport(
    "churn", RUN, "Who leaves?", "No: acting on all earns as much.", (), "s3://a/report.html",
    pitfalls=("12 rows went into quarantine: left_us is missing",),
    next_time=("Verify: Plans stay as they are.", f"Begin from here: `crisp init churn --from {RUN}`"),
)  # fmt: skip


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository with a project that was run, and the artifacts of that run."""
    before = dict(os.environ)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "environments").mkdir()
    text = 'name = "dev"\naccount = "123456789012"\nregion = "us-east-1"\n'
    (tmp_path / "environments" / "dev.toml").write_text(text)
    (tmp_path / "projects" / "churn").mkdir(parents=True)
    path = tmp_path / "projects" / "churn" / "charter.yaml"
    path.write_text(WHOLE)
    artifacts: dict[type, Any] = {BusinessCase: BusinessCase(load(path), ()), FinalReport: REPORT}
    attempt = runs.Attempt("arn", "churn", RUN, 1, "SUCCEEDED", datetime(2026, 1, 1, tzinfo=UTC), None)
    platform = outputs.Platform("raw", "artifacts", "machine", "crisp", "people")
    monkeypatch.setattr(outputs, "platform", lambda _: platform)
    monkeypatch.setattr(runs, "of_id", lambda *_: [attempt])
    monkeypatch.setattr(artifact_store, "exists", lambda uri: uri.endswith(("business_case.json", "final_report.json")))

    def read(store: ArtifactStore, kind: type) -> tuple[Any, None]:
        if kind not in artifacts:
            raise ArtifactError(f"no {kind}")
        return artifacts[kind], None

    monkeypatch.setattr(ArtifactStore, "read", read)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)  # commands enter their environment


def init(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["init", *arguments, "--from", RUN, "--env", "dev"])


def test_the_same_project_gets_a_draft_beside_its_charter_with_what_was_found(root: Path) -> None:
    result = init("churn")
    assert result.exit_code == 0, result.output
    text = (root / "projects/churn/charter.next.yaml").read_text()
    assert text.splitlines()[:6] == [
        f"# The next iteration, drafted from run {RUN}.",
        "# Its answer: No: acting on all earns as much.",
        "# What went otherwise than one would wish:",
        "# - 12 rows went into quarantine: left_us is missing",
        "# What to do next:",
        "# - Verify: Plans stay as they are.",
    ]
    assert "# The test rows of that run have been looked at: let split.test_from begin later" in text
    assert text.endswith(WHOLE), "with all its comments"
    assert (root / "projects/churn/charter.yaml").read_text() == WHOLE
    assert "compare it with charter.yaml and put it in its place" in result.stdout
    assert "is there already; overwrite it with --force" in init("churn").stderr


def test_another_project_gets_the_charter_under_its_own_name_with_the_data_where_it_is(root: Path) -> None:
    assert init("churn_2").exit_code == 0
    charter = load_project(root / "projects/churn_2/charter.yaml")
    assert charter.name == "churn_2"
    assert [source.file for source in charter.sources] == ["../churn/clients.csv", "../churn/cities.csv"]


def test_the_run_counts_where_the_charter_has_changed_since(root: Path) -> None:
    path = root / "projects/churn/charter.yaml"
    before = load(path)
    path.write_text(WHOLE.replace("true_positive: 50", "true_positive: 500"))
    assert init("churn").exit_code == 0
    (root / "projects/churn/charter.next.yaml").rename(path)
    assert load_project(path) == before


def test_a_charter_is_dumped_without_defaults_and_read_back_as_it_was(root: Path) -> None:
    for project in ("bank_marketing", "flight_delays"):
        charter = load(Path(__file__).parents[3] / "projects" / project / "charter.yaml")
        text = dump(charter)
        (root / "charter.yaml").write_text(text)
        assert load(root / "charter.yaml") == charter
        assert "untreated_personal_data" not in text
    alike = dataclasses.replace(charter, owner="yes", today="#1: 'all'\nof them", action="1.5")
    (root / "charter.yaml").write_text(dump(alike))
    assert load(root / "charter.yaml") == alike


def test_answers_are_changed_in_the_file_and_not_beside_a_run(root: Path) -> None:
    result = init("churn", "--currency", "USD")
    assert result.exit_code == 2
    assert "change currency in the charter" in result.stderr
