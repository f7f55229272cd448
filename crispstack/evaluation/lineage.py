"""What a model was made from and judged by, in versions and hashes that fit a registry's metadata."""

from __future__ import annotations

from collections.abc import Iterable

from crispstack.artifacts import (
    Artifact,
    BusinessCase,
    Decision,
    InputReference,
    Leaderboard,
    ModelPackage,
    PreparedDataset,
)
from crispstack.data_collection import DataCollection

_SOURCES = 30
"""A registry holds some fifty texts about a model; the hash of the collection speaks of every source."""
_KINDS: dict[str, type[Artifact]] = {
    "charter": BusinessCase,
    "data_collection": DataCollection,
    "leaderboard": Leaderboard,
    "model_package": ModelPackage,
    "decision": Decision,
}


def lineage(
    collection: DataCollection,
    prepared: PreparedDataset,
    package: ModelPackage,
    references: Iterable[InputReference],
) -> dict[str, str]:
    """Versions of the data, which are hashes of it, and SHA-256 of everything else, by name.

    Args:
        collection: the version of each source that was read.
        prepared: the version that was trained on, and tested.
        package: says with which code and libraries it was made.
        references: the artifacts of the run.
    """
    by_file = {reference.uri.rpartition("/")[2]: reference.sha256 for reference in references}
    found = {f"{name}_sha256": by_file[kind.file_name()] for name, kind in _KINDS.items()}
    found |= {f"data.{source.name}": source.version for source in collection.sources[:_SOURCES]}
    found["prepared_version"] = prepared.version
    if package.made_with:
        found["code_sha256"] = package.made_with.code_sha256
        found["environment_sha256"] = package.made_with.environment_sha256
        found["python"] = package.made_with.python
    return found
