"""`crisp report`: the page, what lies beside it, and the PDF where there is a Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from crispstack.artifacts import FinalReport
from crispstack.aws import outputs, runs
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.cli import chromium
from crispstack.cli.commands import cli
from crispstack.phases import Phase
from tests.unit.modeling import mocked_s3

PAGE = b"<!DOCTYPE html><html lang='en'><head><title>Report</title></head><body><h1>Go</h1></body></html>"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArtifactStore]:
    """A run with a report, and an environment to ask for it in."""
    monkeypatch.chdir(tmp_path)
    for folder in ("environments", "projects"):
        (tmp_path / folder).mkdir()
    (tmp_path / "environments" / "dev.toml").write_text(
        'name = "dev"\naccount = "123456789012"\nregion = "us-east-1"\n'
    )
    with mocked_s3.mocked() as store:
        monkeypatch.setattr(outputs, "platform", lambda _: SimpleNamespace(artifacts_bucket="artifacts"))
        monkeypatch.setattr(runs, "find", lambda *_: [SimpleNamespace(run_id="r1", status="SUCCEEDED")])
        store.write_file(Phase.DEPLOYMENT, "report.html", PAGE)
        store.write_file(Phase.DEPLOYMENT, "model_card.md", b"# Model card: demo\n")
        store.write(FinalReport("bank_test", "r1", "Who?", "These.", (), "s3://a/report.html"))
        yield store


def crisp_report(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["report", "bank_test", "--env", "dev", *arguments])


def test_page_json_and_model_card_are_written_side_by_side(store: ArtifactStore, tmp_path: Path) -> None:
    answer = json.loads(crisp_report("-o", "out/bank.html", "--json").stdout)
    assert (tmp_path / "out" / "bank.html").read_bytes() == PAGE
    assert Path(answer["model_card"]).read_text() == "# Model card: demo\n"
    assert json.loads(Path(answer["json"]).read_text()) == answer["report"]
    assert "pdf" not in answer


@pytest.mark.skipif(chromium.found() is None, reason="there is no Chromium on this machine")
def test_the_page_is_printed_as_a_pdf(store: ArtifactStore, tmp_path: Path) -> None:
    answer = json.loads(crisp_report("-o", "bank.html", "--pdf", "--json").stdout)
    content = Path(answer["pdf"]).read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in content  # headings and tables can be listened to


def test_without_a_chromium_the_page_is_there_and_the_way_out_is_said(
    store: ArtifactStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chromium, "found", lambda: None)
    result = crisp_report("-o", "bank.html", "--pdf")
    assert result.exit_code == 1
    assert "no Chromium was found" in result.stderr
    assert "print bank.html from any browser" in result.stderr
    assert (tmp_path / "bank.html").exists()
    assert not (tmp_path / "bank.pdf").exists()
