"""Which tests share a worker when they run in parallel."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent
# One deployment, one synthesis, one Spark session each: their tests stay together.
WHOLE_TIERS = ("end_to_end", "stacks", "jobs")


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a tier with an expensive fixture, or else a file, on one worker."""
    for item in items:
        path = item.path.relative_to(ROOT)
        group = path.parts[0] if path.parts[0] in WHOLE_TIERS else str(path)
        item.add_marker(pytest.mark.xdist_group(group))
