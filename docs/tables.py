"""Writes those tables of docs/emulator.md that repeat what the emulator's code declares: ``python docs/tables.py``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "emulator.md"


def types() -> str:
    """Every resource type, its properties without effect, and those that AWS never gives back."""
    from emulator.cloudformation import resources  # noqa: PLC0415 (takes a second)

    rows = (
        (f"`{name}`", _reasons(kind.recorded), _names(kind.write_only))
        for name, kind in sorted(resources.load().items())
    )
    return _table(("type", "recorded only (why it has no effect)", "not read back, as in AWS"), rows)


def replacements() -> str:
    """Every function of moto that is replaced, grouped by the module that holds the replacement and by the reason."""
    from emulator.replacements import register  # noqa: PLC0415 (imports moto's services)

    grouped: dict[tuple[str, str], list[str]] = {}
    for each in register():
        module = each.function.__module__.removeprefix("emulator.")
        grouped.setdefault((module, each.reason), []).append(each.target.rpartition(":")[2])
    rows = (
        (f"`{module}`", ", ".join(f"`{name}`" for name in dict.fromkeys(targets)), reason)
        for (module, reason), targets in grouped.items()
    )
    return _table(("module", "replaces in moto", "because"), rows)


TABLES = {"types": types, "replacements": replacements}


def render(page: str) -> str:
    """The page with every table between ``<!-- table: NAME -->`` and ``<!-- end -->`` written anew."""
    for name, make in TABLES.items():
        begin = f"<!-- table: {name} -->"
        pattern = re.compile(rf"{re.escape(begin)}.*?<!-- end -->", re.DOTALL)
        text = f"{begin}\n\n{make()}\n\n<!-- end -->"
        page, found = pattern.subn(lambda _, text=text: text, page)  # type: ignore[misc]
        if found != 1:
            raise ValueError(f"{begin} stands {found} times in the page")
    return page


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _reasons(declared: Mapping[str, str]) -> str:
    by_reason: dict[str, list[str]] = {}
    for name, reason in declared.items():
        by_reason.setdefault(reason, []).append(f"`{name}`")
    return "; ".join(f"{', '.join(names)} ({reason})" for reason, names in by_reason.items())


def _names(declared: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}`" for name in declared)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
