"""Something wrong in a charter, and where."""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Keys and positions that lead to a value of the charter."""


@dataclass(frozen=True)
class Problem:
    """Something wrong: where in the charter, what, and what to do."""

    path: Path
    cause: str
    remedy: str
