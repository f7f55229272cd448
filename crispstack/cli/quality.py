"""`crisp data rules` and `crisp data failing`: what the profile suggests to check, and the rows that break a rule."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError

if TYPE_CHECKING:
    from crispstack.charter import Charter

_WIDEST = 40


@click.command(cls=CommandWithExample, example="crisp data rules bank_marketing --write")
@click.argument("project")
@click.option("--run", "run_id", help="The run whose profile suggests them; the latest by default.")
@click.option("--write", is_flag=True, help="Add them to the project's charter.")
@with_session
def rules(session: Session, project: str, run_id: str | None, write: bool) -> None:
    """Print the quality rules that a run's profile suggests, as lines for the charter, each with its reason."""
    from crispstack.artifacts import QualityReport  # noqa: PLC0415 (help must not import it)
    from crispstack.aws import outputs, runs  # noqa: PLC0415
    from crispstack.aws.artifact_store import ArtifactStore  # noqa: PLC0415
    from crispstack.business_understanding import charter_file, charter_rules  # noqa: PLC0415

    path = session.charter_path(project)
    charter = charter_file.load_project(path)
    platform = outputs.platform(session.environment)
    chosen = runs.find(platform, project, run_id)[-1].run_id
    report, _ = ArtifactStore(platform.artifacts_bucket, project, chosen).read(QualityReport)
    known = {(rule.rule, rule.source or charter.source.name) for rule in charter.quality}
    drafts = [draft for draft in report.drafts if (draft.rule, draft.source) not in known]
    if write and drafts:
        charter_rules.write(path, drafts, charter.source.name)
    for line in charter_rules.lines(drafts, charter.source.name):
        session.console.print(line, markup=False, highlight=False, soft_wrap=True)
    if not drafts:
        session.say(f"run {chosen} suggests nothing that the charter does not hold already")
    elif write:
        session.say(f"added {len(drafts)} rules to {path.relative_to(session.root)}; read them, then `crisp check`")
    else:
        session.say(f"[dim]{len(drafts)} rules from run {chosen}; add them with --write[/]")
    session.answer([{"rule": each.rule, "source": each.source, "reason": each.reason} for each in drafts])


@click.command(cls=CommandWithExample, example="crisp data failing bank_marketing 3 --csv failing.csv")
@click.argument("project")
@click.argument("rule")
@click.option("--run", "run_id", help="The run whose data is looked at; the latest by default.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1), help="How many rows, at most.")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write them to this file.")
@with_session
def failing(session: Session, project: str, rule: str, run_id: str | None, limit: int, file: Path | None) -> None:
    """List the rows that break RULE, its number in the report or its text, in the very data that the run used."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from crispstack.artifacts import BusinessCase  # noqa: PLC0415 (help must not import it)
    from crispstack.aws import outputs, queries, runs  # noqa: PLC0415
    from crispstack.aws.artifact_store import ArtifactStore  # noqa: PLC0415
    from crispstack.data_collection import DataCollection  # noqa: PLC0415
    from crispstack.data_understanding import quality  # noqa: PLC0415
    from crispstack.data_understanding.raw_table import RawTables  # noqa: PLC0415

    platform = outputs.platform(session.environment)
    chosen = runs.find(platform, project, run_id)[-1].run_id
    store = ArtifactStore(platform.artifacts_bucket, project, chosen)
    charter, collection = store.read(BusinessCase)[0].charter, store.read(DataCollection)[0]
    tables = RawTables(platform.database, {source.name: source.version for source in collection.sources})
    number, now = _number(charter, rule), datetime.now(UTC).replace(tzinfo=None)
    found = queries.run(quality.failing_statement(charter, tables, number, limit, now), platform.workgroup).rows
    text = charter.quality[number - 1].rule
    if file:
        _write(file, found)
        session.say(f"{len(found)} rows to {file}")
    elif found:
        _print(session, found)
    more = f"; there may be more: see --limit {limit}" if len(found) == limit else ""
    session.console.print(f"{len(found)} rows break {text}{more}", markup=False, highlight=False, soft_wrap=True)
    session.answer({"run_id": chosen, "rule": text, "rows": list(found)})


def _number(charter: Charter, rule: str) -> int:
    texts = [each.rule for each in charter.quality]
    if rule.isdecimal() and 1 <= int(rule) <= len(texts):
        return int(rule)
    if rule in texts:
        return texts.index(rule) + 1
    listed = "\n".join(f"  {number} {text}" for number, text in enumerate(texts, start=1)) or "  none"
    raise CrispError(f"there is no rule {rule!r} in this run's charter; it has\n{listed}")


def _write(file: Path, rows: tuple[dict[str, str | None], ...]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        if rows:
            writer.writerow(rows[0])
        writer.writerows(row.values() for row in rows)


def _print(session: Session, rows: tuple[dict[str, str | None], ...]) -> None:
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)
    from rich.table import Table  # noqa: PLC0415

    table = Table(*rows[0], box=None)
    for row in rows:
        cells = (value or "" for value in row.values())
        table.add_row(*(escape(cell if len(cell) <= _WIDEST else f"{cell[:_WIDEST]}…") for cell in cells))
    session.console.print(table)
