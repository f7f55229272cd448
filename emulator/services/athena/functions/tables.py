"""The tables of functions, read from the files beside this module."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from emulator.services.athena.functions.signature import Signature, table


def _read(*names: str) -> Mapping[str, tuple[Signature, ...]]:
    folder = resources.files(__package__)
    return table("\n".join(folder.joinpath(f"{name}.table").read_text() for name in names))


SCALARS = _read("text", "binary", "numbers", "arrays", "maps", "json", "times", "sketches", "geospatial")
AGGREGATES = _read("aggregates")
WINDOWS = _read("windows")
# Trino's functions that nothing here computes.
REFUSED = frozenset(resources.files(__package__).joinpath("refused.txt").read_text().split())
