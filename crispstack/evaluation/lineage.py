"""What a model was made from and judged by, in versions and hashes that fit a registry's metadata."""

from __future__ import annotations

from collections.abc import Iterable

from crispstack.artifacts import Artifact, BusinessCase, Decision, InputReference, Leaderboard, ModelPackage
from crispstack.artifacts import PreparedDataset as Prepared
from crispstack.data_collection import DataCollection

Reference = InputReference


def lineage(
    collection: DataCollection,
    prepared: Prepared,
    package: ModelPackage,
    references: Iterable[Reference],
) -> dict[str, str]:
    """Versions of the data, and SHA-256 of everything else, by name.

    Args:
        collection: the version of each source that was read.
        prepared: the version that was trained on, and tested.
        package: says with which code and libraries it was made.
        references: the artifacts of the run.
    """
    by_file = {reference.uri.rpartition("/")[2]: reference.sha256 for reference in references}
    kinds: dict[str, type[Artifact]] = {
        "charter": BusinessCase,
        "leaderboard": Leaderboard,
        "model_package": ModelPackage,
        "decision": Decision,
    }
    found = {f"{name}_sha256": by_file[kind.file_name()] for name, kind in kinds.items()}
    found |= {f"data.{source.name}": source.version for source in collection.sources}
    found["prepared_version"] = prepared.version
    if package.made_with:
        found["code_sha256"] = package.made_with.code_sha256
        found["environment_sha256"] = package.made_with.environment_sha256
        found["python"] = package.made_with.python
    return found
