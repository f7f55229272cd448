from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stacks import packages
from stacks.packages import PackageError, Target

HERE = Target("3.11")
ARM = Target("3.13", "aarch64-manylinux_2_28")


@pytest.fixture
def handler(tmp_path: Path) -> Path:
    folder = tmp_path / "greet"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "__pycache__" / "handler.cpython-311.pyc").write_bytes(b"compiled")
    (folder / "handler.py").write_text("def handler(event, context): return 1\n")
    return folder


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Target]]:
    """Packages are built in a folder of the test; what would be installed is listed, with one file to show for it."""
    calls: list[tuple[list[str], Target]] = []

    def install(requirements: list[str], folder: Path, target: Target) -> None:
        calls.append((requirements, target))
        (folder / "wheel").mkdir(parents=True)
        (folder / "wheel" / "__init__.py").write_text("here = True\n")
        (folder / "wheel" / "tests").mkdir()
        (folder / "wheel" / "tests" / "test_wheel.py").write_text("assert True\n")

    monkeypatch.setattr(packages, "BUILD", tmp_path / "build")
    monkeypatch.setattr(packages, "_install", install)
    return calls


def names(package: Path) -> list[str]:
    with zipfile.ZipFile(package) as archive:
        return archive.namelist()


def names_of_requirements(requirements: list[str]) -> set[str]:
    return {requirement.split("==")[0] for requirement in requirements}


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    "build",
    [
        lambda handler: packages.library(),
        lambda handler: packages.function(handler, "serving", HERE),
        lambda handler: packages.dependencies("training", HERE, "boto3"),
    ],
    ids=["library", "function", "dependencies"],
)
def test_a_package_built_twice_is_the_same_to_the_byte(handler: Path, build: Callable[[Path], Path]) -> None:
    first = build(handler)
    content = first.read_bytes()
    first.unlink()
    (handler / "handler.py").touch()
    assert build(handler) == first
    assert first.read_bytes() == content


@pytest.mark.usefixtures("installed")
def test_a_package_that_is_there_is_not_built_again(handler: Path) -> None:
    first = packages.function(handler, "", HERE)
    first.write_bytes(b"kept")
    assert packages.function(handler, "", HERE).read_bytes() == b"kept"


@pytest.mark.usefixtures("installed")
def test_a_changed_source_changes_the_name(handler: Path) -> None:
    before = packages.function(handler, "", HERE)
    (handler / "handler.py").write_text("def handler(event, context): return 2\n")
    assert packages.function(handler, "", HERE).name != before.name


@pytest.mark.usefixtures("installed")
def test_of_a_name_only_the_packages_used_last_are_kept(handler: Path) -> None:
    other = packages.library()
    made = []
    for version in range(12):
        (handler / "handler.py").write_text(f"version = {version}\n")
        made.append(packages.function(handler, "", HERE))
        os.utime(made[-1], (version, version))
        if version == 5:
            (handler / "handler.py").write_text("version = 0\n")
            packages.function(handler, "", HERE)
    assert [package.exists() for package in made] == [True, False, False, *[True] * 9]
    assert other.exists()


@pytest.mark.usefixtures("installed")
def test_another_target_changes_the_name(handler: Path) -> None:
    assert packages.function(handler, "serving", HERE).name != packages.function(handler, "serving", ARM).name


@pytest.mark.usefixtures("installed")
def test_the_library_leaves_the_command_line_and_caches_at_home() -> None:
    inside = names(packages.library())
    assert {"crispstack/charter.py", "crispstack/py.typed"} <= set(inside)
    assert [name for name in inside if name.startswith("crispstack/cli") or "__pycache__" in name] == []


def test_a_function_holds_its_handler_at_the_root_the_library_and_the_wheels_of_its_extra(
    handler: Path, installed: list[tuple[list[str], Target]]
) -> None:
    inside = names(packages.function(handler, "serving", ARM))
    assert {"handler.py", "crispstack/charter.py", "wheel/__init__.py"} <= set(inside)
    assert [name for name in inside if "__pycache__" in name or "tests/" in name] == []
    assert len(inside) == len(set(inside))
    [(_, target)] = installed
    assert target == ARM


def test_a_function_without_an_extra_installs_nothing(handler: Path, installed: list[tuple[list[str], Target]]) -> None:
    assert "wheel/__init__.py" not in names(packages.function(handler, "", HERE))
    assert installed == []


def test_an_extra_brings_all_it_needs_from_the_lock_with_hashes(installed: list[tuple[list[str], Target]]) -> None:
    packages.dependencies("report", HERE)
    [(requirements, _)] = installed
    assert {"jinja2", "markupsafe", "matplotlib", "numpy", "pillow"} <= names_of_requirements(requirements)
    assert not {"boto3", "pandas", "pytest"} & names_of_requirements(requirements)
    lock = packages.LOCK.read_text()
    for requirement in requirements:
        assert "--hash=sha256:" in requirement
        assert requirement in lock


def test_what_else_is_asked_for_comes_with_its_own_needs(installed: list[tuple[list[str], Target]]) -> None:
    packages.dependencies("training", HERE, "boto3")
    [(requirements, _)] = installed
    assert {"boto3", "botocore", "jmespath", "scikit-learn", "scipy", "lightgbm"} <= names_of_requirements(requirements)


def test_a_wheel_that_cannot_be_had_is_told_in_the_installers_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setattr(packages, "BUILD", tmp_path / "build")
    monkeypatch.setattr(
        packages, "_closure", lambda extra: ["crispstack-has-no-such-package==1.0 --hash=sha256:" + "0" * 64]
    )
    with pytest.raises(
        PackageError, match=r"(?s)could not install for Python 3\.11 :\n.*crispstack-has-no-such-package"
    ):
        packages.dependencies("serving", HERE)
    assert list((tmp_path / "build").iterdir()) == []
