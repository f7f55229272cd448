"""`crisp init`: a charter, drafted from the data, to be argued over."""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError

if TYPE_CHECKING:
    from crispstack.business_understanding.drafting.answers import Answers
    from crispstack.business_understanding.drafting.found import FoundData

_AMOUNTS = (
    "true_positive", "false_positive", "true_negative", "false_negative", "right", "wrong", "over_estimate",
    "under_estimate",
)  # fmt: skip


def _amounts(command: Any) -> Any:
    """Add a flag for every amount of money."""
    for name in reversed(_AMOUNTS):
        flag = f"--{name.replace('_', '-')}"
        command = click.option(flag, name, type=float, help="An amount of `money` in the charter.")(command)
    return command


@click.command(
    cls=CommandWithExample,
    example="crisp init churn --data customers.csv\n"
    "crisp init churn --table sales.customers --target churned\n"
    "crisp init churn --data customers.csv --target churned --question 'Whom should we call?' --owner 'Head of sales' "
    "--currency EUR --true-positive 90 --false-positive -10",
)
@click.argument("project")
@click.option("--data", "file", type=click.Path(path_type=Path), help="A file or a folder of files.")
@click.option("--table", default="", help="Or a table of the Glue catalog, database.table, read through Athena.")
@click.option("--from", "run_id", default="", metavar="RUN", help="Or a run, whose next iteration it is to be.")
@click.option("--delimiter", default="", help="Of CSV; guessed by default.")
@click.option("--sheet", default="", help="Of Excel; the first by default.")
@click.option("--target", default="", help="The column to predict.")
@click.option("--positive", default="", help="Its value that counts as positive.")
@click.option("--at-least", type=float, help="Instead, for a number: from here on it counts as positive.")
@click.option("--framing", type=click.Choice(["binary", "multiclass", "regression"]), help="As what it is predicted.")
@click.option("--question", default="", help="What the business wants to know.")
@click.option("--owner", default="", help="Who asks, and acts on the answer.")
@click.option("--action", default="", help="What is done where a prediction says so: a verb.")
@click.option("--today", default="", help="What is done now, without a model.")
@click.option("--by-hand", default="", help="How a person would answer the question, and how well.")
@click.option("--known-after-days", type=float, help="How long after a prediction the truth is known.")
@click.option("--cases-per-year", type=click.IntRange(min=1), default=None, help="How many cases there are.")
@click.option("--currency", default="", help="Of all amounts.")
@_amounts
@click.option("--reasoning", default="", help="Where the amounts come from.")
@click.option("--license", default="", help="Under which terms the data may be used.")
@click.option("--split", default="", help="random, or the column that orders rows in time.")
@click.option("--in-place", is_flag=True, help="Refer to the data where it is instead of copying it.")
@click.option("--force", is_flag=True, help="Overwrite the charter that is there.")
@with_session
def init(session: Session, project: str, file: Path | None, table: str, **given: Any) -> None:
    """Draft the charter of a new PROJECT from its data, or of the next iteration of a project from one of its runs.

    Looks at the data, tells what it found, and writes projects/PROJECT/charter.yaml with a comment on every default.
    A terminal is asked what only a person can answer; in a script, options answer it. What stays open is listed with
    its line.
    """
    if sum(bool(each) for each in (file, table, given["run_id"])) != 1:
        raise click.UsageError("name the data: --data FILE or --table TABLE of the catalog; or a run: --from RUN")
    if given["run_id"]:
        _next(session, project, given)
        return
    folder = _new_folder(session, project, given["force"])
    path = _from_file(session, file, folder, given) if file else _from_table(session, table, folder, given)
    _tell(session, project, path)


def _next(session: Session, project: str, given: dict[str, Any]) -> None:
    from crispstack.cli import init_next  # noqa: PLC0415 (help must not import it)

    answered = [name for name, value in given.items() if value and name not in ("run_id", "force")]
    if answered:
        raise click.UsageError(f"--from takes the run's answers; change {answered[0]} in the charter that it writes")
    _check_name(project)
    _tell(session, project, init_next.drafted(session, project, given["run_id"], given["force"]))


def _from_file(session: Session, file: Path, folder: Path, given: dict[str, Any]) -> Path:
    from crispstack.cli import init_data  # noqa: PLC0415 (help must not import it)

    found = init_data.looked_at(session, file, given["delimiter"], given["sheet"])
    answers = _answers(session, found, given)
    folder.mkdir(parents=True, exist_ok=True)
    place = init_data.placed(session, file, folder, given["in_place"], given["force"])
    return _written(folder, dataclasses.replace(found, source=dataclasses.replace(found.source, file=place)), answers)


def _from_table(session: Session, table: str, folder: Path, given: dict[str, Any]) -> Path:
    from crispstack.cli import init_data  # noqa: PLC0415 (help must not import it)

    with tempfile.TemporaryDirectory(prefix=".", dir=folder.parent) as place:
        found = init_data.fetched(session, table, Path(place))
        answers = _answers(session, found, given)
        folder.mkdir(parents=True, exist_ok=True)
        init_data.placed(session, Path(place) / found.source.file, folder, in_place=False, force=given["force"])
    return _written(folder, found, answers)


def _written(folder: Path, found: FoundData, answers: Answers) -> Path:
    from crispstack.business_understanding.drafting import charter_text  # noqa: PLC0415 (help must not import it)

    path = folder / "charter.yaml"
    path.write_text(charter_text.draft(folder.name, found, answers), encoding="utf-8")
    return path


def is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty()


def _check_name(project: str) -> None:
    from crispstack.business_understanding.consistency import PROJECT_NAME  # noqa: PLC0415 (help must not import it)

    if not PROJECT_NAME.fullmatch(project):
        rule = "start with a letter; lower-case letters, digits and underscores only, 2 to 41 in all"
        raise CrispError(f"{project!r} cannot name a project; {rule}")


def _new_folder(session: Session, project: str, force: bool) -> Path:
    _check_name(project)
    folder = session.root / "projects" / project
    if (folder / "charter.yaml").exists() and not force:
        raise CrispError(
            f"{folder / 'charter.yaml'} is there already; choose another name, or overwrite it with --force"
        )
    return folder


def _answers(session: Session, found: FoundData, given: dict[str, Any]) -> Answers:
    """What options say and a person in a terminal answers."""
    from crispstack.business_understanding.drafting import answer_checks, candidates  # noqa: PLC0415
    from crispstack.business_understanding.drafting.answers import Answers  # noqa: PLC0415
    from crispstack.cli import init_questions  # noqa: PLC0415

    clear = candidates.clear(candidates.targets(found))
    target = given["target"] or (clear.column.name if clear else "")
    money = {name: given[name] for name in _AMOUNTS if given[name] is not None}
    texts = ("question", "owner", "positive", "action", "today", "by_hand", "currency", "reasoning", "license", "split")
    answers = Answers(
        target=target,
        target_is_sure=bool(given["target"]),
        at_least=given["at_least"],
        known_after_days=given["known_after_days"],
        cases_per_year=given["cases_per_year"] or 0,
        framing=given["framing"],
        money=money,
        **{name: given[name] for name in texts},
    )
    answer_checks.check(answers, found)
    if is_terminal() and not session.as_json:
        answers = init_questions.ask(session, found, answers)
    return answers


def _tell(session: Session, project: str, path: Path) -> None:
    """Say what was written, what is open in it, and what to do next."""
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.business_understanding import charter_file  # noqa: PLC0415
    from crispstack.errors import CharterError  # noqa: PLC0415

    shown = path.relative_to(session.root)
    problems: list[str] = []
    try:
        charter_file.load_project(path)
    except CharterError as error:
        problems = str(error).replace(str(path), str(shown)).splitlines()
    session.say(f"wrote {shown}")
    for problem in problems:
        session.say(f"[yellow]open[/] {escape(problem)}")
    steps = [
        *([f"answer what is open in {shown}"] if problems else []),
        *(["compare it with charter.yaml and put it in its place"] if _is_next(path) else []),
        f"`crisp check {project}`",
    ]
    session.say(f"next: {', then '.join(steps)}")
    session.answer({"charter": str(shown), "open": problems})


def _is_next(path: Path) -> bool:
    return path.name != "charter.yaml"
