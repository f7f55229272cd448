"""What an interrupted run keeps in S3, and the warning that it listens for."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from crispstack.artifacts import InputReference
from crispstack.aws import artifact_store
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.run_journal import RunJournal
from crispstack.aws.spot_notice import SpotNotice, interrupted


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunJournal]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        artifact_store.s3.cache_clear()
        boto3.client("s3").create_bucket(Bucket="artifacts")
        yield RunJournal(ArtifactStore("artifacts", "bank", "r1"), "s1")
    artifact_store.s3.cache_clear()


def test_what_was_put_last_is_found_by_another_process_of_the_run_and_by_no_other_run(journal: RunJournal) -> None:
    assert journal.get("fits/a.npz") is None
    journal.put("fits/a.npz", b"first")
    journal.put("fits/a.npz", b"second")
    assert RunJournal(ArtifactStore("artifacts", "bank", "r1"), "s1").get("fits/a.npz") == b"second"
    assert RunJournal(ArtifactStore("artifacts", "bank", "r2"), "s1").get("fits/a.npz") is None
    (entry,) = boto3.client("s3").list_objects_v2(Bucket="artifacts")["Contents"]
    assert entry["Key"] == "bank/runs/r1/4_modeling/journal/s1/fits/a.npz"


def test_a_denial_is_not_taken_for_an_empty_journal(journal: RunJournal) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        RunJournal(ArtifactStore("elsewhere", "bank", "r1"), "s1").get("fits/a.npz")


class Metadata(http.server.BaseHTTPRequestHandler):
    """A metadata service that asks for a token; `marked` tells whether the machine will be taken away."""

    marked = False

    def do_PUT(self) -> None:
        known = self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
        self.answer(200 if known else 400, b"token")

    def do_GET(self) -> None:
        if self.headers["X-aws-ec2-metadata-token"] != "token":
            self.answer(401, b"")
        elif self.path == "/latest/meta-data/spot/instance-action" and type(self).marked:
            self.answer(200, b'{"action": "terminate", "time": "2026-01-01T00:02:00Z"}')
        else:
            self.answer(404, b"")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the overridden name)
        pass


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Metadata, "marked", False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_warning_is_seen_while_work_goes_on(metadata: str) -> None:
    assert not interrupted(metadata)
    with SpotNotice(metadata, seconds=0.01) as notice:
        assert not notice.told
        Metadata.marked = True
        limit = time.monotonic() + 60
        while not notice.told and time.monotonic() < limit:
            threading.Event().wait(0.01)
        assert notice.told


def test_where_no_metadata_service_answers_no_warning_comes_and_nothing_fails() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Metadata) as server:
        port = server.server_port
    assert not interrupted(f"http://127.0.0.1:{port}")
    with SpotNotice(f"http://127.0.0.1:{port}", seconds=0.01) as notice:
        pass
    assert not notice.told


def test_a_service_that_gives_no_token_is_not_asked_further(metadata: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Metadata.marked = True
    monkeypatch.setattr(Metadata, "do_PUT", lambda handler: handler.answer(403, b""))
    assert not interrupted(metadata)


def test_what_was_made_of_other_inputs_is_not_found(journal: RunJournal) -> None:
    store, first = journal.store, InputReference("s3://a/charter.json", "1" * 64)
    RunJournal.of(store, (first,)).put("spent", b"1")
    assert RunJournal.of(store, (first,)).get("spent") == b"1"
    assert RunJournal.of(store, (InputReference("s3://a/charter.json", "2" * 64),)).get("spent") is None


def test_a_cleared_journal_holds_nothing(journal: RunJournal) -> None:
    journal.put("fits/a.npz", b"first")
    journal.put("trials/b.npz", b"first")
    assert (journal.kept("trials/"), journal.kept("")) == (1, 2)
    journal.clear()
    assert journal.kept("") == 0
    assert journal.get("fits/a.npz") is None
    assert [entry["Size"] for entry in boto3.client("s3").list_objects_v2(Bucket="artifacts")["Contents"]] == [0, 0]
