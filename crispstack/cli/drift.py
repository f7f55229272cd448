"""`crisp drift`: whether what is predicted now is still what the model was trained on."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError

if TYPE_CHECKING:
    from rich.table import Table

    from crispstack.artifacts import Divergence, DriftReport


@click.command(cls=CommandWithExample, example="crisp drift bank_marketing\ncrisp drift bank_marketing --days 30")
@click.argument("project")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="How far back to look; the charter's window.")
@with_session
def drift(session: Session, project: str, days: float | None) -> None:
    """Compare what was predicted lately with the rows of training.

    It is done by the deployed function that also does it on its schedule; the report is kept among the artifacts of
    the champion's run.
    """
    from crispstack.artifacts import DriftReport  # noqa: PLC0415 (help must not import it)
    from crispstack.aws import champion, outputs  # noqa: PLC0415
    from crispstack.aws.artifact_store import read_bytes  # noqa: PLC0415

    session.charter_path(project)
    function = outputs.drift_function(session.environment, project)
    with session.console.status("asking Athena"):
        answer = champion.invoke(function, {} if days is None else {"days": days})
    if answer["artifact_uri"] is None:
        raise CrispError(f"{project} has released no model yet; see `crisp runs {project}` for its decisions")
    report = DriftReport.from_json(read_bytes(answer["artifact_uri"]))
    session.say(f"[{'red' if report.drifted else 'green'}]{report.summary}[/]")
    if report.judged and not session.as_json:
        session.console.print(_table(report))
    if report.outcomes:
        told = report.outcomes
        area = f"; ROC AUC {told.roc_auc:.3f}" if told.roc_auc is not None else ""
        session.say(
            f"{told.rows:,} truths: {told.value_per_case:+.2f} a case ({told.low:+.2f} to {told.high:+.2f}){area}"
        )
    session.answer({**dataclasses.asdict(report), "artifact_uri": answer["artifact_uri"]})


def _table(report: DriftReport) -> Table:
    from rich.table import Table  # noqa: PLC0415 (help must not import it)

    table = Table("Column", box=None)
    for name in ("Missing", "in training", "Unseen", "PSI", "JS divergence", "by chance up to", "Shift"):
        table.add_column(name, justify="right")
    for each in report.columns:
        unseen = f"{each.unseen.now:.1%}" if each.unseen else ""
        style = "red" if each.found else ""
        missing = (f"{each.missing.now:.1%}", f"{each.missing.trained:.1%}")
        table.add_row(each.column, *missing, unseen, *_figures(each.divergence), "", style=style)
    if report.prediction:
        figures = _figures(report.prediction.divergence)
        style = "red" if report.prediction.found else ""
        table.add_row("(predictions)", "", "", "", *figures, f"{report.prediction.shift:+.2f} sd", style=style)
    return table


def _figures(apart: Divergence | None) -> list[str]:
    return [f"{apart.psi:.3f}", f"{apart.jensen_shannon:.4f}", f"{apart.by_chance:.4f}"] if apart else ["", "", ""]
