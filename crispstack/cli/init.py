"""`crisp init`: a charter, drafted from the data, to be argued over."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
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
    "crisp init churn --data customers.csv --target churned --question 'Whom should we call?' --owner 'Head of sales' "
    "--currency EUR --true-positive 90 --false-positive -10",
)
@click.argument("project")
@click.option("--data", "file", required=True, type=click.Path(path_type=Path), help="A file or a folder of files.")
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
def init(session: Session, project: str, file: Path, in_place: bool, force: bool, **given: Any) -> None:
    """Draft the charter of a new PROJECT from its data.

    Looks at the file, tells what it found, and writes projects/PROJECT/charter.yaml with a comment on every default.
    A terminal is asked what only a person can answer; in a script, options answer it. What stays open is listed with
    its line.
    """
    from crispstack.business_understanding.drafting import charter_text  # noqa: PLC0415 (help must not import it)
    from crispstack.cli import init_questions  # noqa: PLC0415

    folder = _new_folder(session, project, force)
    found = _looked_at(session, file, given["delimiter"], given["sheet"])
    answers = _answers(found, given)
    if is_terminal() and not session.as_json:
        answers = init_questions.ask(session, found, answers)
    folder.mkdir(parents=True, exist_ok=True)
    placed = _placed(session, file, folder, in_place)
    found = dataclasses.replace(found, source=dataclasses.replace(found.source, file=placed))
    path = folder / "charter.yaml"
    path.write_text(charter_text.draft(project, found, answers), encoding="utf-8")
    _tell(session, project, path)


def is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty()


def _new_folder(session: Session, project: str, force: bool) -> Path:
    from crispstack.business_understanding.consistency import PROJECT_NAME  # noqa: PLC0415 (help must not import it)

    if not PROJECT_NAME.fullmatch(project):
        rule = "start with a letter; lower-case letters, digits and underscores only, 2 to 41 in all"
        raise CrispError(f"{project!r} cannot name a project; {rule}")
    folder = session.root / "projects" / project
    if (folder / "charter.yaml").exists() and not force:
        raise CrispError(
            f"{folder / 'charter.yaml'} is there already; choose another name, or overwrite it with --force"
        )
    return folder


def _looked_at(session: Session, file: Path, delimiter: str, sheet: str) -> FoundData:
    """What the data seems to be; tells it."""
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.business_understanding import data_file, data_file_form  # noqa: PLC0415
    from crispstack.business_understanding.drafting.answers import described  # noqa: PLC0415
    from crispstack.data_understanding import file_sample, first_look  # noqa: PLC0415

    place, folder = file.resolve(), file.resolve().parent
    source = data_file_form.source(data_file_form.name_for(place), place.name, folder, delimiter, sheet)
    count = data_file.check_source(source, folder).rows
    found = first_look.look(source, file_sample.first_rows(source, folder, first_look.ROWS), count)
    session.say(f"{file}: {found.source.format}, {found.rows} rows, {len(found.columns)} columns")
    for column in found.columns:
        session.say(f"  {column.name} [dim]{column.column.type}: {escape(described(column))}[/]")
    return found


def _placed(session: Session, file: Path, folder: Path, in_place: bool) -> str:
    """Where the data lies, relative to the project's folder: copied there, unless it is there or may stay."""
    place = file.resolve()
    if in_place or place.is_relative_to(folder.resolve()):
        return os.path.relpath(place, folder.resolve())
    copy = folder / place.name
    if copy.exists():
        session.say(f"{copy.relative_to(session.root)} is there already and is kept")
        return place.name
    partial = folder / f".{place.name}.partial"
    if place.is_dir():
        shutil.copytree(place, partial, dirs_exist_ok=True)
    else:
        shutil.copyfile(place, partial)
    partial.replace(copy)
    session.say(f"copied to {copy.relative_to(session.root)}")
    return place.name


def _answers(found: FoundData, given: dict[str, Any]) -> Answers:
    from crispstack.business_understanding.drafting import candidates  # noqa: PLC0415 (help must not import it)
    from crispstack.business_understanding.drafting.answers import Answers  # noqa: PLC0415

    clear = candidates.clear(candidates.targets(found))
    target = given["target"] or (clear.column.name if clear else "")
    money = {name: given[name] for name in _AMOUNTS if given[name] is not None}
    texts = ("question", "owner", "positive", "action", "today", "by_hand", "currency", "reasoning", "license", "split")
    return Answers(
        target=target,
        target_is_sure=bool(given["target"]),
        at_least=given["at_least"],
        known_after_days=given["known_after_days"],
        cases_per_year=given["cases_per_year"] or 0,
        framing=given["framing"],
        money=money,
        **{name: given[name] for name in texts},
    )


def _tell(session: Session, project: str, path: Path) -> None:
    from crispstack.business_understanding import charter_file  # noqa: PLC0415 (help must not import it)
    from crispstack.errors import CharterError  # noqa: PLC0415

    shown = path.relative_to(session.root)
    problems: list[str] = []
    try:
        charter_file.load_project(path)
    except CharterError as error:
        problems = str(error).replace(str(path), str(shown)).splitlines()
    session.say(f"wrote {shown}")
    for problem in problems:
        session.say(f"[yellow]open[/] {problem}")
    then = f"answer what is open in {shown}, then `crisp check {project}`" if problems else f"`crisp check {project}`"
    session.say(f"next: {then}")
    session.answer({"charter": str(shown), "open": problems})
