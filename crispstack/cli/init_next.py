"""`crisp init --from RUN`: the next iteration begins with what a run found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crispstack.cli.session import Session
from crispstack.errors import CrispError

if TYPE_CHECKING:
    from crispstack.aws.artifact_store import ArtifactStore
    from crispstack.business_understanding.drafting.next_iteration import LastRun

_NEXT = "charter.next.yaml"


def drafted(session: Session, project: str, run_id: str, force: bool) -> Path:
    """Write the charter of the next iteration; tell what the run left to do.

    Of the run's own project it is written beside the charter, which stays as it is; of another it is its charter.

    Raises:
        CrispError: there is no such run, or a draft is there already and `force` is not given.
    """
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.artifacts import BusinessCase  # noqa: PLC0415
    from crispstack.aws import outputs, runs  # noqa: PLC0415
    from crispstack.aws.artifact_store import ArtifactStore  # noqa: PLC0415
    from crispstack.business_understanding.drafting import next_iteration  # noqa: PLC0415

    platform = outputs.platform(session.environment)
    of_run = runs.of_id(platform, run_id)[-1].project
    store = ArtifactStore(platform.artifacts_bucket, of_run, run_id)
    charter, found = store.read(BusinessCase)[0].charter, _found(store)
    old, new = session.root / "projects" / of_run, session.root / "projects" / project
    draft = next_iteration.text(charter, old / "charter.yaml", found)
    path = new / (_NEXT if project == of_run else "charter.yaml")
    if path.exists() and not force:
        raise CrispError(f"{path} is there already; overwrite it with --force")
    new.mkdir(parents=True, exist_ok=True)
    path.write_text(draft if project == of_run else next_iteration.renamed(draft, project, old, new), encoding="utf-8")
    for point in found.next_time:
        session.say(f"- {escape(point)}")
    return path


def _found(store: ArtifactStore) -> LastRun:
    """What the run says of itself, as far as it came."""
    from crispstack.artifacts import Decision, FinalReport  # noqa: PLC0415 (help must not import it)
    from crispstack.aws.artifact_store import exists  # noqa: PLC0415
    from crispstack.business_understanding.drafting.next_iteration import LastRun  # noqa: PLC0415

    if exists(store.artifact_uri(FinalReport)):
        report = store.read(FinalReport)[0]
        # What points to this very command is done with it.
        steps = tuple(each for each in report.next_time if "crisp init" not in each)
        return LastRun(store.run_id, report.answer, report.pitfalls, steps)
    if exists(store.artifact_uri(Decision)):
        return LastRun(store.run_id, store.read(Decision)[0].summary)
    return LastRun(store.run_id)
