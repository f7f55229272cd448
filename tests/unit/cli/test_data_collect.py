"""Collecting tables: jobs are followed to their end; what failed is told with the job's own reason."""

from __future__ import annotations

import dataclasses
import io
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from crispstack.aws import collection_jobs, raw_data
from crispstack.aws.collection_jobs import CollectionRun, RunState
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.cli import data_collect
from crispstack.data_collection import CollectedSource, VersionPlace
from crispstack.errors import CrispError
from crispstack.jdbc_table import JdbcTable

COLUMNS = (Column("id", "integer"), Column("y", "category"))


def table(name: str, connection: str) -> Source:
    return Source(name, columns=COLUMNS, format="jdbc", jdbc=JdbcTable(connection, f"public.{name}"))


CHARTER = Charter(
    "shop",
    "Which?",
    "Ada",
    (table("clients", "crm"), Source("visits", "visits.csv", COLUMNS), table("items", "stock"), table("orders", "crm")),
    Target("y", "yes"),
    Money("EUR", 10, -1),
)


@dataclasses.dataclass
class Jobs:
    """Collection jobs that leave versions when they have been asked for often enough."""

    versions: dict[str, str]
    becomes: dict[str, str]
    states: list[RunState]
    started: list[tuple[str, tuple[str, ...]]] = dataclasses.field(default_factory=list)

    def start(self, prefix: str, charter: Charter, connection: str, sources: list[str]) -> CollectionRun:
        assert (prefix, charter) == ("crispstack-local", CHARTER)
        self.started.append((connection, tuple(sources)))
        return CollectionRun(f"crispstack-local-shop-{connection}", "jr_1")

    def state(self, _: CollectionRun) -> RunState:
        found = self.states.pop(0)
        if found.state == "SUCCEEDED":
            self.versions.update(self.becomes)
        return found

    def current(self, bucket: str, project: str, source: str) -> str:
        assert (bucket, project) == ("raw", "shop")
        return self.versions.get(source, "")

    def read_version(self, place: VersionPlace) -> CollectedSource | None:
        return CollectedSource(place.source, place.version, place.uri, "jdbc", (), 7, "now") if place.version else None


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    ended = [RunState("SUCCEEDED", 9, "")] * 2
    made = Jobs({"clients": "a"}, {"clients": "a", "orders": "b", "items": "c"}, ended)
    for module, names in ((collection_jobs, ("start", "state")), (raw_data, ("current", "read_version"))):
        for name in names:
            monkeypatch.setattr(module, name, getattr(made, name))
    monkeypatch.setattr(data_collect, "_POLL_SECONDS", 0)
    return made


def collect(*names: str) -> tuple[list[dict[str, Any]], list[str]]:
    said: list[str] = []
    session: Any = SimpleNamespace(
        environment=SimpleNamespace(prefix="crispstack-local"), console=Console(file=io.StringIO()), say=said.append
    )
    return data_collect.collect_tables(session, "raw", CHARTER, names), said


def test_one_job_reads_all_tables_of_a_connection(jobs: Jobs) -> None:
    answer, said = collect("clients", "items", "orders")
    assert jobs.started == [("crm", ("clients", "orders")), ("stock", ("items",))]
    assert [(each["name"], each["changed"]) for each in answer] == [
        ("clients", False), ("orders", True), ("items", True)
    ]  # fmt: skip
    assert said[:2] == [
        "unchanged: s3://raw/shop/clients/version=a/, 7 rows",
        "collected s3://raw/shop/orders/version=b/, 7 rows",
    ]


def test_only_what_is_asked_for_is_read(jobs: Jobs) -> None:
    collect("orders")
    assert jobs.started == [("crm", ("orders",))]
    assert collect() == ([], [])


def test_a_job_is_followed_and_its_reason_told(jobs: Jobs) -> None:
    jobs.states[:] = [RunState("STARTING", 0, ""), RunState("RUNNING", 1, ""), RunState("FAILED", 2, "no such table")]
    with pytest.raises(CrispError) as raised:
        collect("clients")
    assert str(raised.value) == (
        "collecting clients of shop failed: no such table\n"
        "what was collected before is still current; see log group /aws-glue/jobs/error, stream jr_1"
    )


def test_success_without_a_version_is_none(jobs: Jobs) -> None:
    jobs.becomes.clear()
    with pytest.raises(CrispError, match="succeeded and orders has no version; see its log, run jr_1"):
        collect("orders")


def test_what_is_no_table_is_named() -> None:
    assert data_collect._names(CHARTER, None) == ["clients", "items", "orders"]
    with pytest.raises(CrispError, match="no table of a database 'visits'; choose one of: clients, items, orders"):
        data_collect._names(CHARTER, "visits")
    files = dataclasses.replace(CHARTER, sources=CHARTER.sources[1:2])
    with pytest.raises(CrispError, match="shop reads no database: all its sources are files, which `crisp run` upl"):
        data_collect._names(files, None)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Error Category: OTHER; Failed Line Number: 4; crispstack.errors.DataError: t: is empty", "t: is empty"),
        ("LAUNCH ERROR | Connection crm: AccessDenied", "LAUNCH ERROR | Connection crm: AccessDenied"),
    ],
)  # fmt: skip
def test_our_own_reason_is_told_without_what_glue_says_around_it(
    message: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"JobRun": {"JobRunState": "FAILED", "ExecutionTime": 3, "ErrorMessage": message}}
    client = SimpleNamespace(get_job_run=lambda **_: answer)
    monkeypatch.setattr("boto3.client", lambda _: client)
    found = collection_jobs.state(CollectionRun("job", "jr_1"))
    assert found == RunState("FAILED", 3, reason)
    assert found.ended
