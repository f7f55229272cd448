"""The register of what is replaced in moto: true of the moto that is installed, and the only place that replaces."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator import replacements
from emulator.replacements import Replacement, fingerprint

EMULATOR = Path(replacements.__file__).parent
# Where an attribute of something that is not the emulator's own is set outside the register, each for its reason.
EXCUSED: dict[str, str] = {}


class Machine:
    """Stands for a class of moto."""

    def run(self) -> str:
        return "as reviewed"


def _replaced(_self: Any) -> str:
    return "replaced"


def replacement(reviewed: str) -> Replacement:
    return Replacement(f"{__name__}:Machine.run", _replaced, "for the test", reviewed)


def test_every_replacement_says_why_and_names_what_it_replaces() -> None:
    register = replacements.register()
    assert len(register) > 100
    for each in register:
        assert each.reason, each.target
        assert callable(getattr(each.function, "__func__", each.function)), each.target
        assert each.original() is not None or not each.fingerprint, f"{each.target} is gone from moto"


def test_no_target_is_replaced_twice() -> None:
    targets = [each.target for each in replacements.register()]
    assert sorted(targets) == sorted(set(targets))


def test_every_replacement_was_written_for_the_moto_that_is_installed(emulator: Any) -> None:
    for package in sorted({package for packages in replacements.MODULES.values() for package in packages}):
        replacements.install(package)
    assert [each.target for each in replacements.register() if each.original() is not each.function] == []


def test_a_moto_that_changed_stops_the_emulator_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Machine, "run", Machine.run)
    reviewed = fingerprint(Machine.run)
    with pytest.raises(RuntimeError, match=rf"Machine\.run: moto's source changed .*{reviewed}.*for the test"):
        replacements._set(replacement("000000000000"))
    assert Machine().run() == "as reviewed"
    replacements._set(replacement(reviewed))
    assert Machine().run() == "replaced"
    replacements._set(replacement("000000000000"))  # installed already: nothing to review


def _imported(tree: ast.Module) -> set[str]:
    """The names that a module has from moto or botocore."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("moto", "botocore", "boto3"):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            roots = (alias for alias in node.names if alias.name.split(".")[0] in ("moto", "botocore", "boto3"))
            names |= {alias.asname or alias.name.split(".")[0] for alias in roots}
    return names


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _patches(tree: ast.Module) -> Iterator[int]:
    """Lines that set an attribute of something imported from moto or botocore."""
    foreign = _imported(tree)
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        assigned = any(isinstance(target, ast.Attribute) and _root(target) in foreign for target in targets)
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr"
        if assigned or (isinstance(node, ast.Call) and called and _root(node.args[0]) in foreign):
            yield getattr(node, "lineno", 0)


def test_nothing_of_moto_is_set_beside_the_register() -> None:
    found = {
        f"{path.relative_to(EMULATOR)}:{line}"
        for path in EMULATOR.rglob("*.py")
        for line in _patches(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert {place for place in found if place.partition(":")[0] not in EXCUSED} == set()


def test_a_patch_beside_the_register_would_be_found() -> None:
    patched = "from moto.s3 import models\nmodels.FakeBucket.name = 1\nsetattr(models, 'x', 2)\nmine.x = 3\n"
    assert list(_patches(ast.parse(patched))) == [2, 3]
