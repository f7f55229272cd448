"""What a run that was followed came to: the decision in money, who has to approve it or did, what is released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from crispstack.artifacts import Approval, Decision, Release
from crispstack.cli.follow import WAITING
from crispstack.phases import Phase

if TYPE_CHECKING:
    from crispstack.aws.artifact_store import ArtifactStore
    from crispstack.cli.session import Session


def conclude(session: Session, store: ArtifactStore, followed: dict[str, Any]) -> dict[str, Any]:
    """Tell the decision and what follows from it; returns both in plain values."""
    decision, _ = store.read(Decision)
    session.say(f"{describe(decision)}\n{escape(decision.summary)}")
    found = {**followed, "decision": _plain(decision)}
    if followed["status"] == WAITING:
        session.say(waits_for(store.run_id, followed["until"]))
        return found
    return found | _end(session, store)


def _end(session: Session, store: ArtifactStore) -> dict[str, Any]:
    approval, _ = store.read(Approval)
    release, _ = store.read(Release)
    report = store.uri(Phase.DEPLOYMENT, "report.html")
    where = "" if session.environment.name == "local" else f" --env {session.environment.name}"
    if approval.by != "charter":
        session.say(escape(answered(approval)))
    if release.released:
        session.say(f"predict: [cyan]crisp predict {store.project} --example{where}[/]")
    else:
        session.say(escape(release.reason))
    session.say(f"report:  [cyan]crisp report {store.project} --open{where}[/]  ({report})")
    said = {"approved": approval.approved, "by": approval.by, "reason": approval.reason, "decided": approval.decided}
    return {"approval": said, "released": release.released, "report": report}


def answered(approval: Approval) -> str:
    """Who approved or rejected a model, when and why."""
    verdict = "approved" if approval.approved else "rejected"
    return f"{verdict} by {approval.by or 'nobody'} at {approval.decided}: {approval.reason}"


def waits_for(run_id: str, until: str) -> str:
    """That a run waits for a person, and how to answer."""
    return (
        f"[bold]run {run_id} waits for a person's approval until {until}[/]\n"
        f'answer:  [cyan]crisp approve {run_id} --reason "..."[/] or [cyan]crisp reject {run_id} --reason "..."[/]'
    )


def _plain(decision: Decision) -> dict[str, Any]:
    return {
        "verdict": decision.verdict,
        "summary": decision.summary,
        "currency": decision.currency,
        "best_alternative": decision.best_alternative,
        "advantage": decision.advantage,
        "interval": [decision.advantage_low, decision.advantage_high],
        "confidence": decision.confidence,
    }


_VERDICTS = {
    "go": "[bold green]go[/]",
    "go_with_conditions": "[bold green]go[/] [bold yellow]with conditions[/]",
    "no_go": "[bold yellow]no-go[/]",
}


def describe(decision: Decision) -> str:
    """The decision in money, with its interval."""
    alternative = decision.best_alternative.replace("_", " ")
    return (
        f"{_VERDICTS[decision.verdict]}: {decision.advantage:+,.0f} {decision.currency} against {alternative} on "
        f"{decision.test_rows} test rows ({decision.confidence:.0%} interval {decision.advantage_low:+,.0f} to "
        f"{decision.advantage_high:+,.0f})"
    )
