"""What `crisp check` tells of the feasibility review: answers, where the charter gives them, the plan, the price."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from crispstack.cli.session import Session

if TYPE_CHECKING:
    from crispstack.artifacts import Check
    from crispstack.business_understanding.data_file import ClassCounts
    from crispstack.charter import Charter


def reviewed(session: Session, charter: Charter, path: Path, counts: ClassCounts | None) -> list[dict[str, Any]]:
    """Review the charter at this path, with its data where that is on this machine; tell every answer.

    Returns:
        The checks, each with `line`, where in the file it is answered, or would be.
    """
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.business_understanding import charter_file, feasibility  # noqa: PLC0415
    from crispstack.data_understanding import file_sample, simple_rules  # noqa: PLC0415

    rows = file_sample.first_rows(charter.source, path.parent, simple_rules.ROWS)
    checks = feasibility.review(charter, counts, simple_rules.evidence(rows, charter) if rows else None)
    lines = charter_file.lines(path, [each.key for each in checks])
    for each, line in zip(checks, lines, strict=True):
        where = "" if each.passed else f" {path.relative_to(session.root)}:{line}"
        mark = "[green]✓[/]" if each.passed else "[red]✗[/]"
        session.say(f"{mark} {escape(each.question)} [dim]{escape(each.answer)}[/]{where}")
    return [_plain(each, line) for each, line in zip(checks, lines, strict=True)]


def _plain(check: Check, line: int) -> dict[str, Any]:
    return {
        "question": check.question,
        "answer": check.answer,
        "passed": check.passed,
        "key": check.key,
        "line": line,
    }


def planned(session: Session, charter: Charter) -> list[dict[str, Any]]:
    """Show the plan as bars in time, the critical path full; its stages with days and slack."""
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.business_understanding import critical_path  # noqa: PLC0415

    scheduled = critical_path.schedule(charter.plan)
    if scheduled:
        session.say("The plan in working days; stages with a full bar must not be late:")
    for row in critical_path.picture(scheduled):
        session.say(f"  {escape(row)}")
    return [
        {"stage": each.stage.title, "begin": each.begin, "end": each.end, "slack": each.slack} for each in scheduled
    ]


def training_price(session: Session, charter: Charter) -> float | None:
    """What one run's training costs at most, in US dollars by list prices; tell it, or why it cannot be told."""
    from crispstack.aws import compute_plan, environment  # noqa: PLC0415 (help must not import it)
    from crispstack.errors import ModelingError  # noqa: PLC0415
    from crispstack.settings import ComputeSettings  # noqa: PLC0415

    said = environment.read(session.environment.name, session.root / "environments")
    settings = ComputeSettings(
        artifacts_bucket="",
        spark_vcpu=str(said.get("spark_maximum_vcpu", 0)),
        spark_memory_gib=str(said.get("spark_maximum_memory_gib", 0)),
        gpu_machines=",".join(said.get("gpu", {}).get("instance_types", ())),
        sagemaker_machine=str(said.get("sagemaker", {}).get("instance_type", "")),
    )
    try:
        plan = compute_plan.plan(charter.modeling, settings, ())
    except ModelingError as error:
        session.say(f"[yellow]![/] What does training cost? {error}")
        return None
    dollars = plan.dollars_per_hour * plan.budget_seconds / 3600
    machine = f"{plan.budget_seconds} seconds on {plan.machine}"
    session.say(f"One run trains for {machine}: {dollars:.2f} US dollars by list prices, plus start and end")
    return dollars
