"""`crisp sql`: ask the project's data by hand."""

from __future__ import annotations

import dataclasses
import difflib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError, QueryError

if TYPE_CHECKING:
    from crispstack.aws.interactive_queries import Finished
    from crispstack.aws.outputs import Platform

_SECONDS_BEFORE_PROGRESS = 2
_READING = ("select", "with", "values", "table", "show", "describe", "desc", "explain")
_COMMENT = re.compile(r"\s+|--[^\n]*(?:\n|$)|/\*.*?\*/|\(", re.DOTALL)


@click.command(
    cls=CommandWithExample,
    example='crisp sql "SELECT job, count(*) FROM bank_marketing_clients_explorable GROUP BY job"\n'
    "crisp sql --list bank_marketing\n"
    "crisp sql --name target-balance bank_marketing --csv balance.csv\n"
    "crisp sql --name denied-calls audit",
)
@click.argument("query", metavar="[QUERY]", required=False)
@click.argument("project", required=False)
@click.option("--list", "list_named", is_flag=True, help="List the project's named queries.")
@click.option("--name", "named", metavar="NAME", help="Run this named query of the project.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(min=1), help="Rows to show, at most.")
@click.option("--csv", "csv_file", metavar="FILE", help="Write all rows as CSV; - is stdout.")
@click.option("--parquet", "parquet_file", metavar="FILE", help="Write all rows as Parquet, with their types.")
@with_session
def sql(session: Session, query: str | None, project: str | None, **options: Any) -> None:
    """Ask the data with Athena's SQL, or one of a project's named QUERIES.

    Runs in the environment's workgroup and database. The views <project>_<source>_explorable hold typed values without
    the test set: explore those. Named queries of `audit` instead of a project ask who did what. Only statements that
    read are taken.
    """
    from crispstack.aws import outputs  # noqa: PLC0415 (help must not import it)

    csv_file, parquet_file = options["csv_file"], options["parquet_file"]
    if csv_file == "-":
        session = _on_stderr(session)
    platform = outputs.platform(session.environment)
    if options["list_named"] or options["named"]:
        query, project = None, _only_project(session, query, project)
    if options["list_named"]:
        _list(session, platform, str(project))
        return
    if options["named"]:
        text = _named(platform, str(project), options["named"])
    else:
        text = _statement(query)
        if project:
            session.charter_path(project)
    finished = _run(session, platform, text, project)
    if csv_file or parquet_file:
        _write(session, finished, csv_file, parquet_file)
    else:
        _show(session, finished, options["limit"])


def _on_stderr(session: Session) -> Session:
    from rich.console import Console  # noqa: PLC0415 (help must not import it)

    return dataclasses.replace(session, console=Console(stderr=True))


def _only_project(session: Session, first: str | None, second: str | None) -> str:
    from crispstack.deployment import audit  # noqa: PLC0415 (help must not import it)

    if not first or second:
        raise click.UsageError("give one PROJECT and no QUERY with --list or --name")
    if first != audit.QUERIES:
        session.charter_path(first)
    return first


def _statement(query: str | None) -> str:
    """The query, if it only reads.

    Raises:
        CrispError: it is another statement.
    """
    if not query or not query.strip():
        raise click.UsageError("give a QUERY, or --list or --name with a PROJECT")
    position = 0
    while found := _COMMENT.match(query, position):
        position = found.end()
    word = re.match(r"\w*", query[position:])
    if not word or word[0].lower() not in _READING:
        raise CrispError(
            f"{(word[0] if word else '') or query[position : position + 10]!r} begins no statement that only reads "
            f"({', '.join(_READING).upper()}); raw data changes by a new version, prepared data by a run"
        )
    return query


def _list(session: Session, platform: Platform, project: str) -> None:
    from rich.table import Table  # noqa: PLC0415 (help must not import it)

    from crispstack.aws import interactive_queries  # noqa: PLC0415

    found = interactive_queries.named_queries(platform.workgroup, project)
    if not found:
        raise CrispError(f"{project} has no named queries here; run `crisp deploy {project}`")
    table = Table("Name", "Question", box=None)
    for name, each in found.items():
        table.add_row(name, each.get("Description", ""))
    session.console.print(table)
    session.answer([{"name": name, "question": each.get("Description", ""), "sql": each["QueryString"]}
                    for name, each in found.items()])  # fmt: skip


def _named(platform: Platform, project: str, name: str) -> str:
    from crispstack.aws import interactive_queries  # noqa: PLC0415 (help must not import it)

    found = interactive_queries.named_queries(platform.workgroup, project)
    if name not in found:
        close = difflib.get_close_matches(name, found, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(found) or 'none: run `crisp deploy`'}"
        raise CrispError(f"{project} has no named query {name!r}; {hint}")
    return found[name]["QueryString"]


def _run(session: Session, platform: Platform, text: str, project: str | None) -> Finished:
    from crispstack.aws import interactive_queries  # noqa: PLC0415 (help must not import it)
    from crispstack.cli import sql_errors  # noqa: PLC0415

    status = session.console.status("running")

    def watch(seconds: float, scanned: int) -> None:
        if seconds >= _SECONDS_BEFORE_PROGRESS:
            status.update(f"running for {seconds:.0f} s, {_size(scanned)} scanned; Ctrl-C cancels the query")
            status.start()

    try:
        return interactive_queries.run(text, platform.database, platform.workgroup, watch)
    except KeyboardInterrupt:
        raise CrispError("the query is cancelled") from None
    except QueryError as error:
        tables = interactive_queries.tables(platform.database)
        raise QueryError(sql_errors.explain(str(error), text, tables, project or "")) from error
    finally:
        status.stop()


def _show(session: Session, finished: Finished, limit: int) -> None:
    from crispstack.aws import interactive_queries  # noqa: PLC0415 (help must not import it)
    from crispstack.cli import sql_output  # noqa: PLC0415

    rows = interactive_queries.rows(finished, limit)
    if not session.as_json:
        sql_output.print_table(session.console, rows)
        if rows.more:
            session.say(f"[dim]the first {limit} rows; more with --limit, all with --csv or --parquet[/]")
    _tell(session, finished, f"{len(rows.values)} row{'' if len(rows.values) == 1 else 's'}")
    columns = [{"name": name, "type": kind} for name, kind in rows.columns]
    session.answer(
        {"columns": columns, "rows": sql_output.plain(rows), "more": rows.more, **_account(finished)},
    )


def _write(session: Session, finished: Finished, csv_file: str | None, parquet_file: str | None) -> None:
    from crispstack.cli import sql_output  # noqa: PLC0415 (help must not import it)

    written = {}
    if csv_file:
        if csv_file == "-":
            sql_output.write_csv(finished, sys.stdout.buffer)
        else:
            with Path(csv_file).open("wb") as file:
                sql_output.write_csv(finished, file)
            written["csv"] = csv_file
    if parquet_file:
        sql_output.write_parquet(finished, Path(parquet_file))
        written["parquet"] = parquet_file
    _tell(session, finished, " and ".join(written.values()) or "all rows")
    session.answer({**written, **_account(finished)})


def _account(finished: Finished) -> dict[str, Any]:
    from crispstack.aws import prices  # noqa: PLC0415 (help must not import it)

    cost = prices.athena_query(finished.bytes_scanned) if finished.rows_as_file else 0.0
    return {"seconds": round(finished.seconds, 2), "bytes_scanned": finished.bytes_scanned, "cost_usd": cost}


def _tell(session: Session, finished: Finished, what: str) -> None:
    account = _account(finished)
    where = "costs" if not session.environment.endpoint else "would cost in AWS"
    session.say(
        f"[dim]{what} in {finished.seconds:.1f} s; {_size(finished.bytes_scanned)} scanned, which {where} "
        f"{account['cost_usd']:.6f} USD[/]"
    )


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
