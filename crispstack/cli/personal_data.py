"""What `crisp check` tells of personal data in the files on this machine, before anything is uploaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crispstack.cli.session import Session

if TYPE_CHECKING:
    from crispstack.charter import Charter
    from crispstack.data_understanding.personal_data import PrivacyReport


def looked_for(session: Session, charter: Charter, folder: Path) -> PrivacyReport:
    """Look for personal data in the first rows of every source, and tell what becomes of it, or what to add."""
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.data_understanding import file_sample, personal_data, personal_data_sample  # noqa: PLC0415

    values = {
        source.name: personal_data_sample.values(
            file_sample.first_rows(source, folder, personal_data_sample.ROWS), charter
        )
        for source in charter.sources
    }
    report = personal_data.report(charter, values)
    marks = {None: "[green]✓[/]", "warn": "[yellow]![/]", "stop": "[red]✗[/]"}
    for each in report.columns:
        done = f"{each.treatment.treatment}: {each.treatment.reason}" if each.treatment else f"add {each.remedy}"
        found = f"{each.kind}, {each.confidence:.0%} sure: {each.reason}"
        session.say(f"{marks[each.severity]} {each.source}.{each.column} [dim]{escape(found)}[/] {escape(done)}")
    return report
