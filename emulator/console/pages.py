"""Every page by its address below the region, and the menu."""

from __future__ import annotations

from emulator.console import executions, logs, overview, stacks
from emulator.console.visit import View

PAGES: dict[str, View] = {
    "": overview.index,
    "stacks": stacks.index,
    "stack": stacks.one,
    "machines": executions.machines,
    "machine": executions.machine,
    "execution": executions.execution,
    "logs": logs.index,
    "log": logs.one,
}

# Pages that may be sent a form.
WITH_FORM: frozenset[str] = frozenset({})

# Group, then label and address of each page; an address also stands for those listed behind it.
MENU: tuple[tuple[str, tuple[tuple[str, str, frozenset[str]], ...]], ...] = (
    ("", (("Overview", "", frozenset()),)),
    ("Deploy", (("Stacks", "stacks", frozenset({"stack"})),)),
    ("Run", (("State machines", "machines", frozenset({"machine", "execution"})),)),
    ("Watch", (("Logs", "logs", frozenset({"log"})),)),
)
