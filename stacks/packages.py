"""Deployment packages, built without Docker: the same sources and lock for every target, the target's own wheels.

Every package is a zip named by the hash of what went into it, kept under ``build/``, so that it is built once.
"""

from __future__ import annotations

import compileall
import contextlib
import hashlib
import importlib.metadata
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "packages"
LOCK = ROOT / "requirements.lock"
# XGBoost as it is for CUDA, in place of the smaller one for processors alone.
CUDA_LOCK = ROOT / "requirements-cuda.lock"
_WITHOUT_CUDA = "xgboost-cpu"
# Never imported at run time, and a third of the size.
_LEFT_OUT = re.compile(r"(^|/)(tests|bin|onnx/backend/test|[^/]+\.dist-info/RECORD)(/|$)")
_INSTALLED = "installed"
# Of a name: what is deployed, what was before, for each target, and what tests and clones of this folder make.
_KEPT = 10
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Target:
    """What a package is built for. `platform` is one of uv's target platforms, or empty for this machine.

    With `cuda`, libraries that come in two builds are the ones for NVIDIA's processors.
    """

    python: str
    platform: str = ""
    cuda: bool = False


class PackageError(Exception):
    """A package could not be built; the message holds the installer's own words."""


def library() -> Path:
    """The crispstack package as a zip that Spark's executors import from."""
    return _with_files("crispstack", None, _sources())


def function(handler: Path, extra: str, target: Target) -> Path:
    """A Lambda package: the handler, the library and what its extra needs. `extra` may be empty."""
    needed = dependencies(extra, target) if extra else None
    return _with_files(handler.name, needed, [*_sources(), *_tree(handler, handler)])


def dependencies(extra: str, target: Target, *also: str) -> Path:
    """The third-party packages of an extra, and `also`, at the root of a zip.

    Raises:
        PackageError: a wheel for the target is neither cached nor reachable.
    """
    requirements = _for_cuda(_closure(extra, *also)) if target.cuda else _closure(extra, *also)
    destination = (
        BUILD
        / f"{extra}-dependencies-{_digest(repr((target, requirements, _LEFT_OUT.pattern, 'bytecode')).encode())}.zip"
    )
    if not destination.exists():
        with _scratch() as scratch:
            installed = scratch / _INSTALLED
            _install(requirements, installed, target)
            _compile(installed, target)
            _write_zip(scratch / destination.name, _tree(installed, installed), "w")
            (scratch / destination.name).replace(destination)
    return _keep(destination)


def _with_files(name: str, base: Path | None, files: list[tuple[Path, str]]) -> Path:
    """A copy of the base zip with the files added: compressing the dependencies again would take most of the time."""
    contents = [f"{inside}\0".encode() + path.read_bytes() for path, inside in files]
    destination = BUILD / f"{name}-{_digest((base.name if base else '').encode(), *contents)}.zip"
    if not destination.exists():
        with _scratch() as scratch:
            partial = scratch / destination.name
            if base:
                shutil.copyfile(base, partial)
            _write_zip(partial, files, "a")
            partial.replace(destination)
    return _keep(destination)


def _keep(package: Path) -> Path:
    """Keep this package, and of its name those used last: every change of a source makes new ones."""
    package.touch()
    name = package.stem.rpartition("-")[0]
    used = [path for path in BUILD.glob(f"{name}-*.zip") if path.stem.rpartition("-")[0] == name]
    for path in sorted(used, key=lambda path: path.stat().st_mtime_ns, reverse=True)[_KEPT:]:
        path.unlink(missing_ok=True)
    return package


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A folder on the same disk, so that a finished package moves into place at once."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        yield Path(folder)


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:16]


def _tree(folder: Path, root: Path) -> list[tuple[Path, str]]:
    """Files and their names in a package. Bytecode is the installer's to make: ours of this moment may be stale."""
    stale = folder.name != _INSTALLED
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not (stale and path.suffix == ".pyc"))
    return [(path, name) for path in paths if not _LEFT_OUT.search(name := path.relative_to(root).as_posix())]


def _sources() -> list[tuple[Path, str]]:
    """The library's files; the command line stays at home."""
    package = ROOT / "crispstack"
    return [(path, name) for path, name in _tree(package, ROOT) if not name.startswith("crispstack/cli/")]


def _closure(extra: str, *also: str) -> list[str]:
    """Locked requirements (with hashes) of the extra and all it needs."""
    wanted = [canonicalize_name(name) for name in also]
    if extra:
        wanted += [canonicalize_name(Requirement(line).name) for line in _extra_requirements(extra)]
    names: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in names:
            continue
        names.add(name)
        for line in importlib.metadata.requires(name) or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                wanted.append(canonicalize_name(requirement.name))
    return [block for block in _lock_blocks(LOCK) if _name(block) in names]


def _for_cuda(requirements: list[str]) -> list[str]:
    return [block for block in requirements if _name(block) != _WITHOUT_CUDA] + list(_lock_blocks(CUDA_LOCK))


def _name(block: str) -> str:
    return canonicalize_name(re.split(r"[=\[ ]", block, maxsplit=1)[0])


def _extra_requirements(extra: str) -> list[str]:
    lines: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"][extra]
    return lines


def _lock_blocks(lock: Path) -> Iterator[str]:
    """Each locked requirement with its hashes."""
    yield from re.findall(r"^[a-zA-Z0-9][^\n]*(?:\n[ ]+[^\n]*)*", lock.read_text(), flags=re.MULTILINE)


def _write_zip(path: Path, files: Iterable[tuple[Path, str]], mode: Literal["w", "a"]) -> None:
    """Byte for byte the same for the same files, whatever their times."""
    with zipfile.ZipFile(path, mode, zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for source, name in files:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with source.open("rb") as reader, archive.open(entry, "w", force_zip64=True) as writer:
                shutil.copyfileobj(reader, writer, 1 << 20)


def _install(requirements: list[str], folder: Path, target: Target) -> None:
    """Install exactly these wheels; from what is at hand where that suffices, so that it works offline."""
    listing = folder.with_suffix(".txt")
    listing.write_text("\n".join(requirements) + "\n")
    platform = ["--python-platform", target.platform] if target.platform else []
    command = [
        str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--no-deps", "--require-hashes",
        "--only-binary", ":all:", "--link-mode", "copy", "--target", str(folder), "--python-version", target.python,
        *platform, "--requirement", str(listing),
    ]  # fmt: skip
    environment = {key: value for key, value in os.environ.items() if key != "PIP_FIND_LINKS"}
    for offline in (["--offline"], []):
        done = subprocess.run([*command, *offline], capture_output=True, text=True, check=False, env=environment)
        if done.returncode == 0:
            return
    raise PackageError(f"could not install for Python {target.python} {target.platform}:\n{done.stderr.strip()}")


def _compile(folder: Path, target: Target) -> None:
    """Add bytecode where this Python can make it: what starts cold then loads libraries in a fraction of the time.

    Checked by nothing at run time, so that it holds whatever the times of the unpacked files.
    """
    if target.python == f"{sys.version_info[0]}.{sys.version_info[1]}":
        compileall.compile_dir(
            folder, quiet=2, workers=0, stripdir=folder, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )


def main() -> int:
    """Build what this machine's own deployments are made of, so that later ones need no network."""
    for extra, also in (
        ("serving", ()),
        ("report", ()),
        ("privacy", ()),
        ("exploration", ()),
        ("training", ("boto3",)),
    ):
        print(dependencies(extra, Target(f"{sys.version_info[0]}.{sys.version_info[1]}"), *also).name)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
