"""`crisp score`: predict whole tables or files at once, with the model that serves."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError

if TYPE_CHECKING:
    from crispstack.artifacts import ModelPackage
    from crispstack.aws.outputs import Platform
    from crispstack.aws.score_inputs import Rows
    from crispstack.aws.score_jobs import JobRun, JobState
    from crispstack.charter import Charter
    from crispstack.deployment.score import Account, ScorePlan
    from crispstack.deployment.score_job import ScoreJob

_POLL_SECONDS = 1.0


@click.command(
    cls=CommandWithExample,
    example="crisp score bank_marketing --file new_clients.csv --key id\n"
    "crisp score bank_marketing --table crm.clients --key client_id --env dev",
)
@click.argument("project")
@click.option("--table", help="DATABASE.TABLE, or a TABLE or view of the platform's database.")
@click.option("--data", metavar="S3_URI", help="An object, or all below a prefix: s3://bucket/prefix/.")
@click.option("--file", metavar="FILE", help="A file of this machine.")
@click.option("--key", "keys", multiple=True, metavar="COLUMN", help="A column to keep beside the score; repeatable.")
@click.option("--run", "run_id", help="Score with this run's model; the champion by default.")
@click.option(
    "--on-existing",
    type=click.Choice(("resume", "new", "fail")),
    default="resume",
    show_default=True,
    help="Where these rows were scored with this model before, or begun to be.",
)
@with_session
def score(session: Session, project: str, **options: Any) -> None:
    """Predict every row of a table, of objects in S3 or of a file, in a Spark job.

    Files are CSV with a header, JSON lines or Parquet. Scores go to the table <project>_scores, rows that do not fit to
    a quarantine. Ctrl-C cancels the job; the same command goes on where it stopped.
    """
    from crispstack.aws import outputs, score_jobs, scores  # noqa: PLC0415 (help must not import it)

    session.charter_path(project)
    platform = outputs.platform(session.environment)
    endpoint = outputs.project_endpoint(session.environment, project)
    job = score_jobs.described(endpoint.scoring_parameter)
    package_uri = _package_uri(project, platform, endpoint.champion_parameter, options["run_id"])
    scoring = _Scoring(session, project, platform, job, package_uri, options["keys"])
    rows = scoring.rows(options["table"], options["data"], options["file"])
    plan = scoring.plan(rows, options["on_existing"])
    account = scores.manifest(plan)
    if account is None:
        account = scoring.scored(plan)
    else:
        session.say("these rows have been scored with this model before; --on-existing new scores them again")
    scoring.conclude(plan, account)


def _package_uri(project: str, platform: Platform, champion_parameter: str, run_id: str | None) -> str:
    from crispstack.artifacts import ModelPackage  # noqa: PLC0415 (help must not import it)
    from crispstack.aws import artifact_store, champion  # noqa: PLC0415

    if run_id:
        uri = artifact_store.ArtifactStore(platform.artifacts_bucket, project, run_id).artifact_uri(ModelPackage)
        if not artifact_store.exists(uri):
            raise CrispError(f"run {run_id} of {project} has no model; see `crisp runs {project}`")
        return uri
    found = champion.champion_uri(champion_parameter)
    if found is None:
        remedy = f"see `crisp runs {project}` for its decisions, or name a run with --run"
        raise CrispError(f"{project} has released no model yet; {remedy}")
    return found


class _Scoring:
    """One invocation: a model, and how to score with it."""

    def __init__(
        self,
        session: Session,
        project: str,
        platform: Platform,
        job: ScoreJob,
        package_uri: str,
        keys: tuple[str, ...],
    ) -> None:
        from crispstack.aws import champion  # noqa: PLC0415 (help must not import it)
        from crispstack.deployment.score import check_keys  # noqa: PLC0415

        self._session, self._project, self._platform, self._job = session, project, platform, job
        self._package_uri, self._keys = package_uri, keys
        self._charter: Charter
        self._package: ModelPackage
        self._charter, self._package, _ = champion.read_package(package_uri)
        check_keys(keys, self._charter)

    def rows(self, table: str | None, data: str | None, file: str | None) -> Rows:
        """What the options name."""
        from crispstack.aws.score_inputs import LocalFile, Objects, Table  # noqa: PLC0415 (help must not import it)

        if sum(each is not None for each in (table, data, file)) != 1:
            raise click.UsageError("give one of --table, --data and --file")
        if file is not None:
            return LocalFile.of(file)
        if data is not None:
            return Objects.of(data)
        return Table.of(
            str(table),
            self._charter,
            self._keys,
            self._platform.database,
            self._platform.workgroup,
            lambda _seconds, _bytes: None,
        )

    def plan(self, rows: Rows, on_existing: str) -> ScorePlan:
        """The score to take up, or a new one, whose rows are copied first.

        Raises:
            CrispError: there is one, and there was to be none.
        """
        from crispstack.aws import scores  # noqa: PLC0415 (help must not import it)
        from crispstack.deployment.score import fingerprint  # noqa: PLC0415

        of = fingerprint(rows.source, rows.contents, self._package.model_version, self._keys)
        found = None if on_existing == "new" else scores.latest(self._job.scores_uri, of)
        # Rows of a table may have changed since they were scored.
        if found and not rows.contents and scores.manifest(found):
            found = None
        if found and on_existing == "fail":
            raise CrispError(f"score {found.score_id} has these rows and this model already: {found.uri}")
        return found or self._new_plan(rows, of)

    def _new_plan(self, rows: Rows, of: str) -> ScorePlan:
        import secrets  # noqa: PLC0415 (help must not import what follows)
        from datetime import UTC, datetime  # noqa: PLC0415

        from crispstack.aws import scores  # noqa: PLC0415
        from crispstack.deployment.score import ScorePlan, new_score_id  # noqa: PLC0415

        score_id = new_score_id(datetime.now(UTC), secrets.token_hex(3), of)
        with self._session.console.status(f"copying {rows.source}"):
            files = rows.copy(f"{self._job.inputs_uri}{score_id}/")
        source = self._charter.source
        plan = ScorePlan(
            score_id=score_id,
            project=self._project,
            uri=f"{self._job.scores_uri}{score_id}/",
            package_uri=self._package_uri,
            model_version=self._package.model_version,
            source=rows.source,
            files=files,
            format=rows.format,
            delimiter=source.delimiter if source.format == "csv" else ",",
            keys=self._keys,
            database=self._platform.database,
        )
        scores.write_plan(plan)
        return plan

    def scored(self, plan: ScorePlan) -> Account:
        """Run the job to its end.

        Raises:
            CrispError: it failed or was cancelled; what was scored is kept.
        """
        import uuid  # noqa: PLC0415 (help must not import what follows)

        from crispstack.aws import score_jobs, scores  # noqa: PLC0415

        run = score_jobs.running(self._job, plan)
        if run is None:
            run = score_jobs.start(self._job, plan, plan.uri + scores.PLAN, str(uuid.uuid4()))
            done = len(scores.finished_parts(plan))
            kept = f"; {done} of {len(plan.files)} files are scored already" if done else ""
            self._session.say(f"score {plan.score_id}, model {plan.model_version}, job run {run.run_id}{kept}")
        else:
            self._session.say(f"score {plan.score_id} is being made already, by job run {run.run_id}")
        state = self._watch(plan, run)
        account = scores.manifest(plan)
        if state.state == "SUCCESS" and account:
            return account
        done = len(scores.finished_parts(plan))
        raise CrispError(
            f"score {plan.score_id} {state.state.lower()}: {state.reason or 'the service gives no reason'}\n"
            f"{done} of {len(plan.files)} files are scored; the same command goes on with the others; "
            f"log group {self._job.log_group}"
        )

    def _watch(self, plan: ScorePlan, run: JobRun) -> JobState:
        from crispstack.aws import score_jobs, scores  # noqa: PLC0415 (help must not import it)

        begun = time.monotonic()
        with self._session.console.status("starting") as spinner:
            while True:
                try:
                    state = score_jobs.state(run)
                    if state.ended:
                        return state
                    done, seconds = len(scores.finished_parts(plan)), time.monotonic() - begun
                    spinner.update(f"{state.state.lower()}, {seconds:.0f} s: {done} of {len(plan.files)} files scored")
                    time.sleep(_POLL_SECONDS)
                except KeyboardInterrupt:
                    score_jobs.cancel(run)

    def conclude(self, plan: ScorePlan, account: Account) -> None:
        """Tell where the scores are, and what became of every row."""
        from crispstack.deployment.score import PARTITION, table_name  # noqa: PLC0415 (help must not import it)

        say, table = self._session.say, table_name(self._project)
        query = f"SELECT * FROM {table} WHERE {PARTITION} = '{plan.score_id}'"  # noqa: S608 (names of ours)
        say(f"{account.rows:,} rows: {account.scored:,} scored, {account.quarantined:,} quarantined")
        for reason, count in account.reasons.items():
            say(
                f"  {count:,}: {reason}",
            )
        if account.quarantined:
            say(f"  see {plan.uri}quarantine/")
        say(f'[cyan]crisp sql "{query}"[/]')
        self._session.answer(
            {
                **dataclasses.asdict(account),
                "score_id": plan.score_id,
                "model_version": plan.model_version,
                "source": plan.source,
                "files": len(plan.files),
                "table": f"{plan.database}.{table}",
                "uri": plan.uri,
                "sql": query,
            }
        )
