"""`crisp releases`, `crisp release` and `crisp rollback`: what served when, and another version to serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session

if TYPE_CHECKING:
    from crispstack.aws.release_records import Change

_RUN = "20260102T030405Z-aaaaaa"


@click.command(cls=CommandWithExample, example="crisp releases bank_marketing")
@click.argument("project")
@with_session
def releases(session: Session, project: str) -> None:
    """List what served a project, newest first: version and model, by whom, why, and how it ended."""
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.aws import outputs  # noqa: PLC0415
    from crispstack.aws.release_records import ReleaseRecords  # noqa: PLC0415

    bucket = outputs.platform(session.environment).artifacts_bucket
    found = [_plain(change) for change in ReleaseRecords(bucket, project).changes()]
    for each in found:
        when, status = each["when"][:19].replace("T", " "), each["status"].replace("_", " ")
        model = f"model {each['model_version']}" if each["model_version"] else "no model"
        run = f" of run {each['run_id']}" if each["run_id"] else ""
        session.say(f"{when}  version {each['version']:<4} {model}{run}: {each['kind']}, [bold]{status}[/]")
        session.say(f"[dim]  by {escape(each['by'])}: {escape(each['why'])}[/]")
        if each["ended_because"]:
            session.say(f"[dim]  {escape(each['ended_because'])}[/]")
    if not found:
        session.say(f"nothing of {project} was released here yet; `crisp run {project}` releases what is a go")
    session.answer(found)


def _plain(change: Change) -> dict[str, Any]:
    request, proof, outcome = change.request, change.proof, change.outcome
    return {
        "when": change.began,
        "version": outcome.version if outcome else (request.version if request else ""),
        "model_version": outcome.model_version if outcome else (request.model_version if request else ""),
        "kind": request.kind if request else "code",
        "status": outcome.status if outcome else "under way",
        "run_id": request.run_id if request else "",
        "by": request.by if request else "cloudformation",
        "why": request.reason if request else "the stack was deployed",
        "previous_version": outcome.previous_version if outcome else "",
        "ended": outcome.ended if outcome else "",
        "ended_because": outcome.reason if outcome else "",
        "golden_rows": proof.golden_rows if proof else 0,
        "deployment_id": change.deployment_id,
    }


@click.command(
    cls=CommandWithExample, example=f'crisp release bank_marketing {_RUN} --reason "the campaign begins on Monday"'
)
@click.argument("project")
@click.argument("run_id", metavar="RUN")
@click.option("--reason", required=True, help="Why; it is kept with the release.")
@with_session
def release(session: Session, project: str, run_id: str, reason: str) -> None:
    """Release the model of a run, if it is approved, and follow it to its end.

    Whose credentials are used is kept as who released it. A run releases its own model: this is for another time.
    """
    _change(session, project, reason, {"run_id": run_id})


@click.command(
    cls=CommandWithExample, example='crisp rollback bank_marketing --reason "calls of new clients are too many"'
)
@click.argument("project")
@click.option("--reason", required=True, help="Why; it is kept with the release.")
@click.option("--to", "version", metavar="VERSION", help="The version; by default the one that served before.")
@with_session
def rollback(session: Session, project: str, reason: str, version: str | None) -> None:
    """Go back to an earlier version: its code and its model, at once, after it answered its golden rows.

    `crisp releases` lists the versions. The model that serves then is the champion.
    """
    _change(session, project, reason, {"version": version} if version else {})


def _change(session: Session, project: str, reason: str, wanted: dict[str, str]) -> None:
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.aws import approvals, outputs, release_requests  # noqa: PLC0415
    from crispstack.aws.release_records import ReleaseRecords  # noqa: PLC0415
    from crispstack.errors import CrispError  # noqa: PLC0415

    if not reason.strip():
        raise click.UsageError("--reason is empty; say why in a sentence")
    outputs.project_endpoint(session.environment, project)
    event = {"project": project, "by": approvals.caller(), "reason": reason.strip(), **wanted}
    begun = release_requests.begin(outputs.change_function(session.environment), event)
    version, model = begun["version"], begun["model_version"]
    if not begun["deployment_id"]:
        session.say(f"model {model} serves already, as version {version}")
        session.answer({"project": project, "status": "serves", **begun})
        return
    records = ReleaseRecords(outputs.platform(session.environment).artifacts_bucket, project)
    session.say(f"version {version} with model {model}: deployment {begun['deployment_id']}")
    try:
        with session.console.status("shifting requests") as spinner:
            outcome = release_requests.wait(
                records, begun["deployment_id"], lambda seconds: spinner.update(f"shifting requests, {seconds:.0f} s")
            )
    except KeyboardInterrupt:
        raise CrispError(f"no longer watching; the release goes on: see `crisp releases {project}`") from None
    if outcome.status != "succeeded":
        how = outcome.status.replace("_", " ")
        raise CrispError(f"version {version} was {how}; what served before serves: {outcome.reason}")
    session.say(f"[green]✓[/] version {version} with model {escape(model)} serves")
    session.answer({"project": project, "status": outcome.status, **begun})
