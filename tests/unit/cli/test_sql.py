"""`crisp sql`: what is asked, what is shown, and how an error is explained."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from rich.console import Console

from crispstack.aws import interactive_queries, outputs, prices
from crispstack.aws.interactive_queries import Finished, Rows
from crispstack.cli import sql
from crispstack.cli.commands import cli
from crispstack.cli.sql_errors import explain
from crispstack.cli.sql_output import plain, print_table, write_csv
from crispstack.errors import CrispError, QueryError

FINISHED = Finished("q1", 1000, 1.0, "s3://results/q1.csv", rows_as_file=True)
ROWS = Rows(
    (("job", "varchar"), ("age", "bigint"), ("share", "double"), ("paid", "boolean")),
    (("cook", "7", "0.5", "true"), (None, "1041", "NaN", "false"), ("a\nb\x1b[31m", None, None, None)),
    more=False,
)


class Athena:
    """Answers like Athena's client: states one after another, then pages of results."""

    def __init__(self, *states: str, pages: list[Any] | None = None, refusal: str = "") -> None:
        self.states, self.pages, self.refusal = list(states), pages or [], refusal
        self.asked: dict[str, Any] = {}
        self.stopped: list[str] = []

    def start_query_execution(self, **asked: Any) -> dict[str, str]:
        if self.refusal:
            error = {"Error": {"Code": "InvalidRequestException", "Message": self.refusal}}
            raise ClientError(error, "StartQueryExecution")  # type: ignore[arg-type]
        self.asked = asked
        return {"QueryExecutionId": "q1"}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:  # noqa: N803 (boto3's)
        state = self.states.pop(0)
        if state == "interrupt":
            raise KeyboardInterrupt
        status = {"State": state, "StateChangeReason": "line 1:8: Column 'agee' cannot be resolved"}
        return {
            "QueryExecution": {
                "Status": status,
                "StatementType": "DML",
                "Statistics": {"DataScannedInBytes": 42},
                "ResultConfiguration": {"OutputLocation": "s3://results/q1.csv"},
            }
        }

    def stop_query_execution(self, QueryExecutionId: str) -> None:  # noqa: N803 (boto3's)
        self.stopped.append(QueryExecutionId)

    def get_paginator(self, name: str) -> Any:
        assert name == "get_query_results"
        return self

    def paginate(self, **asked: Any) -> list[Any]:
        self.asked = asked
        return self.pages


def use(monkeypatch: pytest.MonkeyPatch, athena: Athena) -> Athena:
    monkeypatch.setattr(interactive_queries, "athena", lambda: athena)
    monkeypatch.setattr(interactive_queries, "_POLL_SECONDS", 0)
    return athena


def test_a_query_runs_in_the_environments_database_and_workgroup(monkeypatch: pytest.MonkeyPatch) -> None:
    athena = use(monkeypatch, Athena("QUEUED", "RUNNING", "SUCCEEDED"))
    told: list[int] = []
    finished = interactive_queries.run("SELECT 1", "lake", "group", lambda _, scanned: told.append(scanned))
    assert athena.asked == {
        "QueryString": "SELECT 1", "QueryExecutionContext": {"Database": "lake"}, "WorkGroup": "group",
    }  # fmt: skip
    assert told == [42, 42]
    assert (finished.bytes_scanned, finished.uri, finished.rows_as_file) == (42, "s3://results/q1.csv", True)


def test_an_interrupt_cancels_the_query_in_athena(monkeypatch: pytest.MonkeyPatch) -> None:
    athena = use(monkeypatch, Athena("RUNNING", "interrupt"))
    with pytest.raises(KeyboardInterrupt):
        interactive_queries.run("SELECT 1", "lake", "group", lambda *_: None)
    assert athena.stopped == ["q1"]


@pytest.mark.parametrize("athena", [Athena("FAILED"), Athena(refusal="line 1:8: Column 'agee' cannot be resolved")])
def test_a_failure_is_told_in_athenas_words(monkeypatch: pytest.MonkeyPatch, athena: Athena) -> None:
    use(monkeypatch, athena)
    with pytest.raises(QueryError, match=r"^line 1:8: Column 'agee' cannot be resolved$"):
        interactive_queries.run("SELECT agee", "lake", "group", lambda *_: None)


def page(*rows: tuple[str | None, ...]) -> dict[str, Any]:
    data = [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in rows]
    columns = [{"Name": "job", "Type": "varchar"}, {"Name": "age", "Type": "decimal", "Precision": 5, "Scale": 1}]
    return {"ResultSet": {"ResultSetMetadata": {"ColumnInfo": columns}, "Rows": data}}


def test_rows_are_limited_and_it_is_known_whether_more_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [page(("job", "age"), ("cook", "7")), page((None, "8"), ("nurse", None))]
    athena = use(monkeypatch, Athena(pages=pages))
    assert interactive_queries.rows(FINISHED, 2) == Rows(
        (("job", "varchar"), ("age", "decimal(5,1)")), (("cook", "7"), (None, "8")), more=True
    )
    assert athena.asked["PaginationConfig"] == {"MaxItems": 4, "PageSize": 4}
    assert not interactive_queries.rows(FINISHED, 3).more


@pytest.mark.parametrize(
    "query",
    ["SELECT 1", "  -- why\n/* and\nhow */ (select 1)", "WITH a AS (SELECT 1) SELECT * FROM a", "show tables",
     "DESCRIBE t", "EXPLAIN SELECT 1", "VALUES 1"],
)  # fmt: skip
def test_statements_that_read_are_taken_as_they_are(query: str) -> None:
    assert sql._statement(query) == query


@pytest.mark.parametrize(
    "query", ["DROP TABLE t", "-- SELECT\nINSERT INTO t SELECT 1", "CREATE VIEW v AS SELECT 1", ";"]
)
def test_statements_that_change_something_are_refused(query: str) -> None:
    with pytest.raises(CrispError, match="begins no statement that only reads"):
        sql._statement(query)


def test_the_command_asks_athena_and_tells_rows_bytes_and_cost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "projects").mkdir()
    (tmp_path / "environments" / "dev.toml").write_text(
        'name = "dev"\naccount = "123456789012"\nregion = "us-east-1"\n'
    )
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    platform = outputs.Platform("raw", "artifacts", "loop", database="lake", workgroup="group")
    monkeypatch.setattr(outputs, "platform", lambda environment: platform)
    athena = use(monkeypatch, Athena("SUCCEEDED", pages=[page(("job", "age"), ("cook", "7"))]))
    result = CliRunner().invoke(cli, ["sql", "SELECT job, age FROM t", "--env", "dev"])
    assert result.exit_code == 0, result.output
    told = " ".join(result.stdout.split())
    assert "job age cook 7 1 row in 0.0 s; 42 bytes scanned, which costs 0.000050 USD" in told
    athena.states, athena.pages = ["SUCCEEDED"], [page(("job", "age"), ("cook", "7"))]
    answer = json.loads(CliRunner().invoke(cli, ["sql", "SELECT 1", "--env", "dev", "--json"]).stdout)
    assert answer["rows"] == [{"job": "cook", "age": "7"}]
    assert (answer["bytes_scanned"], answer["more"]) == (42, False)
    athena.states = ["RUNNING", "interrupt"]
    cancelled = CliRunner().invoke(cli, ["sql", "SELECT 1", "--env", "dev"])
    assert (cancelled.exit_code, athena.stopped) == (1, ["q1"])
    assert "Error: the query is cancelled" in cancelled.stderr
    wrong = CliRunner().invoke(cli, ["sql", "--list", "--env", "dev"])
    assert (wrong.exit_code, "give one PROJECT" in wrong.stderr) == (2, True)


def test_nothing_to_ask_is_wrong_usage() -> None:
    with pytest.raises(click.UsageError):
        sql._statement(None)


def table(rows: Rows, width: int) -> str:
    written = io.StringIO()
    print_table(Console(file=written, width=width), rows)
    return written.getvalue()


def test_a_table_has_numbers_to_the_right_and_no_control_characters() -> None:
    lines = table(ROWS, 80).splitlines()
    assert [line.split() for line in lines] == [
        ["job", "age", "share", "paid"],
        ["cook", "7", "0.5", "true"],
        ["null", "1041", "NaN", "false"],
        ["a⏎b�[31m", "null", "null", "null"],
    ]
    right = [line.index(text) + len(text) for line, text in zip(lines[1:3], ("7", "1041"), strict=True)]
    assert right[0] == right[1]


def test_a_table_fits_the_terminal_and_names_what_has_no_room() -> None:
    wide = Rows(tuple((f"column_{index}", "varchar") for index in range(30)), (("x" * 200,) * 30,), more=False)
    shown = table(wide, 80)
    assert max(map(len, shown.splitlines()[:2])) <= 80
    assert "…" in shown
    assert "no room for 20 more: column_10" in " ".join(shown.split())


def test_json_has_numbers_and_booleans_where_it_can() -> None:
    assert plain(ROWS)[:2] == [
        {"job": "cook", "age": 7, "share": 0.5, "paid": True},
        {"job": None, "age": 1041, "share": "NaN", "paid": False},
    ]
    json.dumps(plain(ROWS), allow_nan=False)


def test_csv_is_athenas_own_file_or_made_of_what_it_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interactive_queries, "content", lambda finished: iter([b'"a"\n', b'"1"\n']))
    monkeypatch.setattr(interactive_queries, "rows", lambda finished, limit: ROWS)
    file = io.BytesIO()
    write_csv(FINISHED, file)
    assert file.getvalue() == b'"a"\n"1"\n'
    listing = io.BytesIO()
    write_csv(Finished("q1", 0, 0.1, "s3://results/q1.txt", rows_as_file=False), listing)
    assert listing.getvalue().splitlines()[:2] == [b'"job","age","share","paid"', b'"cook","7","0.5","true"']


TABLES = {"bank_clients": ["age", "job"], "bank_clients_explorable": ["age", "job"], "flights_planes": ["tailnum"]}


def test_an_error_shows_the_place_and_what_may_have_been_meant() -> None:
    message = "COLUMN_NOT_FOUND: line 2:3: Column 'agee' cannot be resolved or requester is not authorized"
    assert explain(message, "SELECT\n  agee FROM bank_clients", TABLES, "") == (
        f"{message}\n    agee FROM bank_clients\n    ^\ndid you mean 'age'?"
    )


def test_an_unknown_table_is_answered_with_those_there_are() -> None:
    message = "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.lake.bank_client' does not exist"
    assert explain(message, "SELECT * FROM bank_client", TABLES, "").endswith(
        "\ndid you mean 'bank_clients' or 'bank_clients_explorable'?"
    )
    other = message.replace("bank_client'", "zzz'")
    assert explain(other, "SELECT * FROM zzz", TABLES, "flights").endswith("\nthe tables are flights_planes")
    assert explain(other, "SELECT * FROM zzz", {}, "").endswith("\nthere are none yet: run `crisp run` first")


def test_a_query_is_priced_by_what_it_reads_ten_megabytes_at_least() -> None:
    assert prices.athena_query(0) == 0
    assert prices.athena_query(1) == pytest.approx(0.00005)
    assert prices.athena_query(10**12) == 5


class Status:
    """What Rich shows while something is going on."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def update(self, text: str) -> None:
        self.told.append(text)

    def start(self) -> None:
        self.told.append("shown")

    def stop(self) -> None:
        self.told.append("gone")


def test_a_query_that_takes_longer_than_two_seconds_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    status = Status()
    session: Any = SimpleNamespace(console=SimpleNamespace(status=lambda text: status))
    platform = outputs.Platform("raw", "artifacts", "loop", database="lake", workgroup="group")

    def run(text: str, database: str, workgroup: str, watch: Any) -> Finished:
        watch(1.9, 10)
        watch(2.0, 5_000_000)
        return FINISHED

    monkeypatch.setattr(interactive_queries, "run", run)
    assert sql._run(session, platform, "SELECT 1", None) == FINISHED
    assert status.told == ["running for 2 s, 5.0 MB scanned; Ctrl-C cancels the query", "shown", "gone"]
