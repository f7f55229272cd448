"""Names of what is prepared: hashes of everything that decides the content."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.resources
import json
from collections.abc import Iterable

from crispstack.charter import Charter
from crispstack.data_preparation.privacy import key_fingerprint

_PACKAGES = ("crispstack.data_preparation", "crispstack.data_understanding")


def prepared_part(charter: Charter, contents: Iterable[str], key: bytes = b"") -> str:
    """16 hexadecimal digits from raw data, the charter's parts that shape the rows, and the code that does.

    Args:
        charter: what is prepared.
        contents: hashes of the raw files that decide the part's rows: its own, and those of the sources joined to it.
        key: the project's key, from which pseudonyms are made.
    """
    parts = {
        "raw": list(contents),
        "sources": [dataclasses.asdict(source) for source in charter.sources],
        "target": [charter.framing, charter.modeling.weight, _amount(charter), dataclasses.asdict(charter.target)],
        "privacy": [key_fingerprint(key), *map(dataclasses.asdict, charter.privacy)],
        "preparation": dataclasses.asdict(charter.preparation),
        "split": dataclasses.asdict(charter.split),
        "code": _code(),
    }
    return _name(json.dumps(parts, sort_keys=True))


def _amount(charter: Charter) -> str:
    """The column whose values rows keep for the money; what a unit of it earns shapes no row."""
    return charter.money.amount.column if charter.money.amount else ""


def version(parts: Iterable[str]) -> str:
    """16 hexadecimal digits from the names of all parts, in any order."""
    return _name(" ".join(sorted(parts)))


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@functools.cache
def _code() -> str:
    digest = hashlib.sha256()
    for package in _PACKAGES:
        files = [file for file in importlib.resources.files(package).iterdir() if file.name.endswith(".py")]
        for file in sorted(files, key=lambda file: file.name):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
