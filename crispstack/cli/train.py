"""`crisp train`: modeling alone, on a backend of one's choice, watched while it goes on."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError
from crispstack.phases import Phase

if TYPE_CHECKING:
    from crispstack.aws.artifact_store import ArtifactStore

_POLL_SECONDS = 1.0
_BACKENDS = ("spark", "gpu", "sagemaker")


@click.command(
    cls=CommandWithExample,
    example="crisp train bank_marketing --on spark\ncrisp train bank_marketing --on gpu --budget 600 --env dev",
)
@click.argument("project")
@click.option("--on", "backend", type=click.Choice(_BACKENDS), help="Where; as the charter says by default.")
@click.option("--run", "run_id", help="Whose prepared rows; the latest run's that has some by default.")
@click.option("--budget", "seconds", type=click.IntRange(min=1), help="Seconds of search, in place of the charter's.")
@with_session
def train(session: Session, project: str, backend: str | None, run_id: str | None, seconds: int | None) -> None:
    """Train models on the prepared rows of a run, and nothing else.

    The result is a run of its own, which other runs do not disturb; `crisp run --from evaluation --run` goes on with
    it. The rows and the charter are those of the run that prepared them. Ctrl-C asks whether the job is to be stopped.
    """
    import secrets  # noqa: PLC0415 (help must not import what follows)
    from datetime import UTC, datetime  # noqa: PLC0415

    from crispstack.aws import outputs, runs, training_run  # noqa: PLC0415
    from crispstack.aws.artifact_store import ArtifactStore  # noqa: PLC0415

    session.charter_path(project)
    platform = outputs.platform(session.environment)
    attempts = list(runs.attempts(platform, project))
    source = training_run.with_prepared_rows(platform.artifacts_bucket, project, attempts, run_id)
    store = ArtifactStore(platform.artifacts_bucket, project, runs.new_run_id(datetime.now(UTC), secrets.token_hex(3)))
    training_run.take_over(source, store)
    asked: dict[str, str | int] = {"until": Phase.MODELING.value}
    asked |= {"backend": backend} if backend else {}
    asked |= {"budget_seconds": seconds} if seconds else {}
    execution = runs.start(platform, project, store.run_id, Phase.MODELING, 1, asked)
    session.say(f"run {store.run_id}, on the rows of run {source.run_id}")
    session.answer(_Watch(session, store, execution).to_the_end())


class _Watch:
    """Follows a run's training to its end, and stops it when asked to."""

    def __init__(self, session: Session, store: ArtifactStore, execution: str) -> None:
        self._session, self._store, self._execution = session, store, execution
        self._begun = time.monotonic()
        self._plan: Any = None

    def to_the_end(self) -> dict[str, Any]:
        """Wait, show how far it is, and tell the result.

        Raises:
            CrispError: training failed or was stopped; the message says why.
        """
        while True:
            try:
                described = self._wait()
                break
            except KeyboardInterrupt:
                self._interrupted()
        spent = self._dollars()
        if described["status"] != "SUCCEEDED":
            raise CrispError(self._failure(described))
        return self._conclude(spent)

    def _wait(self) -> dict[str, Any]:
        from crispstack.aws import runs, training_progress  # noqa: PLC0415

        with self._session.console.status("planning") as spinner:
            while True:
                described: dict[str, Any] = runs.states().describe_execution(executionArn=self._execution)
                if described["status"] != "RUNNING":
                    return described
                self._find_plan()
                if self._plan:
                    spinner.update(self._line(training_progress.read(self._store)))
                time.sleep(_POLL_SECONDS)

    def _find_plan(self) -> None:
        from crispstack.artifacts import ComputePlan  # noqa: PLC0415
        from crispstack.errors import ArtifactError  # noqa: PLC0415

        if self._plan is None:
            try:
                self._plan, _ = self._store.read(ComputePlan)
            except ArtifactError:
                return
            plan = self._plan
            self._session.say(
                f"on {plan.backend}: {plan.machine}; at most {plan.dollars_per_hour:.2f} USD an hour, "
                f"{plan.budget_seconds} s of search"
            )

    def _line(self, told: dict[str, Any] | None) -> str:
        spent = f"{time.monotonic() - self._begun:.0f} s, at most {self._dollars():.3f} USD"
        if told is None:
            return f"{spent}: the job starts"
        best = f"best so far {told['best']} {told['score']:.4f}" if told["score"] is not None else "none complete"
        return f"{spent}: {told['trials']} candidates, {best}"

    def _dollars(self) -> float:
        """What it has cost at most: list prices, for all the time since the start."""
        hours = (time.monotonic() - self._begun) / 3600
        return float(self._plan.dollars_per_hour * hours) if self._plan else 0.0

    def _interrupted(self) -> None:
        """Ask, and stop the execution, which ends its job; where nobody can answer, stop.

        Raises:
            CrispError: training goes on without being watched.
        """
        from crispstack.aws import runs  # noqa: PLC0415

        project = self._store.project
        if _someone_answers() and not click.confirm("\nStop the training?", default=True, err=True):
            raise CrispError(f"no longer watching; `crisp status {project}` shows it, `crisp cancel {project}` ends it")
        runs.states().stop_execution(
            executionArn=self._execution, error="Cancelled", cause="stopped with Ctrl-C by its user"
        )

    def _failure(self, described: dict[str, Any]) -> str:
        from crispstack.aws import failures  # noqa: PLC0415

        why = failures.reason(described.get("error"), described.get("cause"))
        state = described["status"].lower().replace("_", " ")
        return (
            f"training of run {self._store.run_id} {state}: {why}\n"
            f"see `crisp logs {self._store.project} modeling --run {self._store.run_id}`"
        )

    def _conclude(self, spent: float) -> dict[str, Any]:
        from crispstack.artifacts import Leaderboard, ModelPackage  # noqa: PLC0415

        board, _ = self._store.read(Leaderboard)
        package, _ = self._store.read(ModelPackage)
        project, run_id = self._store.project, self._store.run_id
        self._session.say(f"{len(board.candidates)} candidates; the best by {board.metric}: {board.winner}")
        self._session.say(f"{time.monotonic() - self._begun:.0f} s, at most {spent:.3f} USD at list prices")
        where = "" if self._session.environment.name == "local" else f" --env {self._session.environment.name}"
        self._session.say(f"go on: [cyan]crisp run {project} --from evaluation --run {run_id}{where}[/]")
        return {
            "project": project,
            "run_id": run_id,
            "backend": self._plan.backend if self._plan else None,
            "candidates": len(board.candidates),
            "winner": board.winner,
            "metric": board.metric,
            "model": package.model_uri,
            "dollars": round(spent, 4),
        }


def _someone_answers() -> bool:
    return sys.stdin.isatty()
