"""The code and the libraries that something was made with, as they are where this runs."""

from __future__ import annotations

import functools
import hashlib
import platform
from collections.abc import Iterator
from importlib import metadata, resources
from importlib.resources.abc import Traversable

from crispstack.artifacts import Provenance

_NOT_DEPLOYED = frozenset({"cli"})
"""Folders of the package that stay at home."""


@functools.cache
def current() -> Provenance:
    """What this process runs with."""
    python = platform.python_version()
    found = sorted((each.metadata["Name"], each.version) for each in metadata.distributions() if each.metadata["Name"])
    libraries = dict(found)
    lines = "".join(f"{name}=={version}\n" for name, version in libraries.items())
    return Provenance(code_sha256(), _sha256(f"python=={python}\n{lines}".encode()), python, libraries)


@functools.cache
def code_sha256() -> str:
    """SHA-256 over the names and contents of the package's files; the same from a folder and from a zip."""
    digest = hashlib.sha256()
    for name, file in sorted(_files(resources.files("crispstack"), ""), key=lambda entry: entry[0]):
        digest.update(f"{name}\0{_sha256(file.read_bytes())}\n".encode())
    return digest.hexdigest()


def _files(folder: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    for each in folder.iterdir():
        name = f"{above}{each.name}"
        if each.is_dir():
            if name not in _NOT_DEPLOYED and each.name != "__pycache__":
                yield from _files(each, f"{name}/")
        elif not name.endswith(".pyc"):
            yield name, each


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
