"""`crisp approve` and `crisp reject`: a person's answer to a run that waits for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session

if TYPE_CHECKING:
    from crispstack.aws.artifact_store import ArtifactStore
    from crispstack.aws.runs import Attempt

_RUN = "20260102T030405Z-aaaaaa"


@click.command(cls=CommandWithExample, example=f'crisp approve {_RUN} --reason "the campaign is planned for May"')
@click.argument("run_id", metavar="RUN")
@click.option("--reason", required=True, help="Why; it is kept with the model and shown in the report.")
@with_session
def approve(session: Session, run_id: str, reason: str) -> None:
    """Approve the model of a run that waits for it, and follow its release.

    Whose credentials are used is kept as who approved. `crisp status` says which runs wait, and until when.
    """
    _answer(session, run_id, reason, approved=True)


@click.command(cls=CommandWithExample, example=f'crisp reject {_RUN} --reason "too few calls in spring"')
@click.argument("run_id", metavar="RUN")
@click.option("--reason", required=True, help="Why; it is kept with the model and shown in the report.")
@with_session
def reject(session: Session, run_id: str, reason: str) -> None:
    """Reject the model of a run that waits for an answer: nothing is released, and the report says why."""
    _answer(session, run_id, reason, approved=False)


def _answer(session: Session, run_id: str, reason: str, *, approved: bool) -> None:
    from crispstack.aws import approvals, outputs, run_history, runs  # noqa: PLC0415 (help must not import it)
    from crispstack.aws.artifact_store import ArtifactStore  # noqa: PLC0415
    from crispstack.cli import conclusion, follow  # noqa: PLC0415
    from crispstack.errors import CrispError  # noqa: PLC0415

    if not reason.strip():
        raise click.UsageError("--reason is empty; say why in a sentence")
    platform = outputs.platform(session.environment)
    *earlier, latest = runs.of_id(platform, run_id)
    store = ArtifactStore(platform.artifacts_bucket, latest.project, run_id)
    history = run_history.events(latest.execution) if latest.status == "RUNNING" else []
    request = approvals.pending(history)
    if request is None:
        raise CrispError(f"run {run_id} waits for no answer: {_why(store, latest)}")
    by = approvals.answer(latest, request, approved, reason.strip())
    session.say(f"{'approved' if approved else 'rejected'} as {by}")
    ended = run_history.phases_entered(history, latest.status).values()
    told = frozenset(each.phase for each in ended if each.status == "succeeded")
    followed = follow.follow(session, store, latest.execution, earlier, told=told, answered=request.token)
    answer = conclusion.conclude(session, store, followed)
    session.answer({"project": latest.project, "run_id": run_id, **answer})


def _why(store: ArtifactStore, latest: Attempt) -> str:
    """What became of the run's approval, where nobody is asked now."""
    from crispstack.artifacts import Approval  # noqa: PLC0415 (help must not import it)
    from crispstack.cli.conclusion import answered  # noqa: PLC0415
    from crispstack.errors import ArtifactError  # noqa: PLC0415

    try:
        approval, _ = store.read(Approval)
    except ArtifactError:
        state = latest.status.lower().replace("_", " ")
        return f"it is {state}, and came to no approval; see `crisp status {latest.project} --run {latest.run_id}`"
    again = f"`crisp run {latest.project} --from evaluation --run {latest.run_id}` asks again"
    return f"it was {answered(approval)}; where the charter asks a person, {again}"
