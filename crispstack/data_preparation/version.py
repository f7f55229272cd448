"""The name of a prepared version: a hash of everything that decides its content."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.resources
import json

from crispstack.charter import Charter

_PACKAGES = ("crispstack.data_preparation", "crispstack.data_understanding")


def version(charter: Charter, raw_sha256: str) -> str:
    """16 hexadecimal digits from the raw data, the charter's parts that shape the rows, and the code that does."""
    parts = {
        "raw": raw_sha256,
        "sources": [dataclasses.asdict(source) for source in charter.sources],
        "target": dataclasses.asdict(charter.target),
        "preparation": dataclasses.asdict(charter.preparation),
        "split": dataclasses.asdict(charter.split),
        "code": _code(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _code() -> str:
    digest = hashlib.sha256()
    for package in _PACKAGES:
        files = [file for file in importlib.resources.files(package).iterdir() if file.name.endswith(".py")]
        for file in sorted(files, key=lambda file: file.name):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
