"""Which version to go back to: the one that served before, as the records tell."""

from __future__ import annotations

from collections.abc import Sequence

from crispstack.artifacts import ReleaseOutcome
from crispstack.errors import ReleaseError


def version_before(serving: str, outcomes: Sequence[ReleaseOutcome | None]) -> str:
    """The version with a model that served last before the one that serves now came for the first time.

    So that to go back twice leads further back, not to and fro.

    Args:
        serving: the version that serves.
        outcomes: of all changes, in any order; None of those under way.

    Raises:
        ReleaseError: none is recorded.
    """
    ended = sorted((each for each in outcomes if each and each.status == "succeeded"), key=lambda each: each.ended)
    first = next((number for number, each in enumerate(ended) if each.version == serving), len(ended))
    before = [each.version for each in ended[:first] if each.model_version and each.version != serving]
    if not before:
        raise ReleaseError(f"no version served before version {serving}; name one: --to VERSION")
    return before[-1]
