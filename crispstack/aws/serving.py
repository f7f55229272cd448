"""The champion with what it takes to serve it: package, graph, the project's key and its look-ups."""

from __future__ import annotations

from crispstack.aws import pseudonym_key
from crispstack.aws.champion import read_package
from crispstack.aws.lookup_table import VersionReader
from crispstack.data_preparation.lookups import lookups
from crispstack.data_preparation.privacy import hashes
from crispstack.deployment.serving import Champion
from crispstack.settings import NO_MODEL, PredictionSettings


def load_champion(settings: PredictionSettings) -> Champion | None:
    """The model that this version of the function is of, ready to answer; None where none was released yet.

    Raises:
        ArtifactError: a part of it is missing, or is not the one that was released.
    """
    if settings.model_uri == NO_MODEL:
        return None
    return load_model(settings.model_uri, settings.pseudonym_key, settings.lookup_table)


def load_model(uri: str, pseudonym_key_name: str, lookup_table: str) -> Champion:
    """The model of this package, ready to answer, with the project's key and look-ups.

    Raises:
        ArtifactError: a part of it is missing, or is not the one that was released.
    """
    charter, package, graph = read_package(uri)
    key = pseudonym_key.read(pseudonym_key_name) if hashes(charter) else b""
    reader = VersionReader.open(lookup_table, package.prepared_version) if lookups(charter) else None
    return Champion(charter, package, graph, key, reader)
