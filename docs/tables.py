"""Writes those tables of docs/emulator.md that repeat what the emulator's code declares: ``python docs/tables.py``."""

from __future__ import annotations

import importlib
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


def operations() -> str:
    """Every operation of every registered service that exists here, by what it does, its names grouped by verb."""
    from emulator.operations import REGISTER, Answer, answer  # noqa: PLC0415

    rows: list[tuple[str, ...]] = []
    for service in sorted(REGISTER):
        known = [(name, answer(service, name)) for name in _implemented(service)]
        rows.append((f"`{service}`", *(_by_verb(name for name, said in known if said is kind) for kind in Answer)))
    return _table(("service", *(kind.value for kind in Answer)), rows)


def _implemented(service: str) -> list[str]:
    """The operations that moto or a replacement has; of S3, which is told by addresses, those that are registered."""
    from moto.core.utils import camelcase_to_underscores, get_service_model  # noqa: PLC0415

    from emulator.operations import REGISTER  # noqa: PLC0415
    from emulator.replacements import install  # noqa: PLC0415

    if REGISTER[service].only_named:
        return sorted((REGISTER[service].executed + " " + REGISTER[service].recorded).split())
    package = {"lambda": "awslambda"}.get(service, service.replace("-", ""))
    install(package)
    module = importlib.import_module(f"moto.{package}.responses")
    model = get_service_model(service)
    classes = [each for name, each in vars(module).items() if name.lower().endswith(("response", "handler"))]
    has = {name for each in classes for name in dir(each)}
    return [
        name for name in model.operation_names if {camelcase_to_underscores(name), _versionless(name).lower()} & has
    ]


def _versionless(name: str) -> str:
    return re.sub(r"\d{4}_\d{2}_\d{2}$", "", name)


def _by_verb(names: Iterable[str]) -> str:
    """For instance ``Create: Queue, Topic; Delete: Queue``."""
    grouped: dict[str, list[str]] = {}
    for name in sorted({_versionless(name) for name in names}):
        verb = re.match(r"[A-Z][a-z0-9]*", name)
        start = verb.group() if verb else name
        grouped.setdefault(start, []).append(name[len(start) :])
    return "; ".join(f"{verb}: {', '.join(rest)}" if any(rest) else verb for verb, rest in grouped.items())


TABLES = {"types": types, "operations": operations, "replacements": replacements}


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
