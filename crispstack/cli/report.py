"""`crisp report`: fetch what a run found and decided."""

from __future__ import annotations

import json
from pathlib import Path

import click

from crispstack.cli.chromium import print_to_pdf
from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import ArtifactError, CrispError
from crispstack.phases import Phase


@click.command(cls=CommandWithExample, example="crisp report bank_marketing --open")
@click.argument("project")
@click.option("--run", "run_id", help="The run; the latest by default.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the page.")
@click.option("--pdf", is_flag=True, help="Print the page as a PDF beside it, with Chromium.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
@with_session
def report(session: Session, project: str, run_id: str | None, output: Path | None, pdf: bool, open_page: bool) -> None:
    """Download a run's report, one HTML page, with its JSON and the model card beside it."""
    from crispstack.artifacts import FinalReport  # noqa: PLC0415 (help must not import it)
    from crispstack.aws import outputs, runs  # noqa: PLC0415
    from crispstack.aws.artifact_store import ArtifactStore, read_bytes  # noqa: PLC0415

    platform = outputs.platform(session.environment)
    attempt = runs.find(platform, project, run_id)[-1]
    chosen = attempt.run_id
    store = ArtifactStore(platform.artifacts_bucket, project, chosen)
    try:
        page, card = (read_bytes(store.uri(Phase.DEPLOYMENT, name)) for name in ("report.html", "model_card.md"))
        data = read_bytes(store.artifact_uri(FinalReport))
    except ArtifactError as error:
        if attempt.status == "SUCCEEDED":
            remedy = f"go on with `crisp run {project} --from evaluation --run {chosen}`, or choose a run with --run"
            raise CrispError(f"no report: run {chosen} ended with a model; {remedy}") from error
        state = "is still running" if attempt.status == "RUNNING" else attempt.status.lower().replace("_", " ")
        remedy = f"see `crisp status {project}`, or choose one of `crisp runs {project}` with --run"
        raise CrispError(f"no report: run {chosen} {state}, and the report is its last step; {remedy}") from error
    path = output or Path(f"{project}-{chosen}.html")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(page)
    beside = {"json": path.with_suffix(".json"), "model_card": path.with_suffix(".md")}
    for name, content in (("json", data), ("model_card", card)):
        beside[name].write_bytes(content)
    if pdf:
        beside["pdf"] = path.with_suffix(".pdf")
        print_to_pdf(path, beside["pdf"])
    session.say(f"{path.resolve()}; beside it {', '.join(each.name for each in beside.values())}")
    files = {name: str(each.resolve()) for name, each in beside.items()}
    session.answer({"html": str(path.resolve()), **files, "report": json.loads(data)})
    if open_page:
        click.launch(path.resolve().as_uri())
