"""Checking data tells what was found, and how far it came where that takes long."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from crispstack.business_understanding.data_file import ClassCounts
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.cli import data_check

COLUMNS = (Column("age", "integer"), Column("y", "category"))
CHARTER = Charter(
    "demo",
    "Which?",
    "Ada",
    (Source("rows", "rows.csv", COLUMNS), Source("side", "side.csv", COLUMNS), Source("far", format="jdbc")),
    Target("y", "yes"),
    Money("EUR", 10, -1),
)


@pytest.mark.parametrize(("patience", "shown"), [(-1.0, True), (3600.0, False)])
def test_a_bar_appears_where_it_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: float, shown: bool
) -> None:
    (tmp_path / "rows.csv").write_text("age,y\n1,yes\n2,no\n")
    (tmp_path / "side.csv").write_text("age,y\n1,?\n")
    monkeypatch.setattr(data_check, "_PATIENCE_SECONDS", patience)
    screen = io.StringIO()
    session: Any = SimpleNamespace(console=Console(file=screen, force_terminal=True))
    found = data_check.checked(session, CHARTER, tmp_path)
    assert found == {"rows": ClassCounts(2, 1), "side": ClassCounts(1, 0)}
    assert ("checking the data" in screen.getvalue()) is shown
    assert data_check.described(found) == "rows 2 rows, 1 of them positive; side 1 rows"
    assert data_check.described({}) == "all data is in a database, from where it is collected"
