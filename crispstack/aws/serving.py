"""The champion with what it takes to serve it: package, graph, the project's key and its look-ups."""

from __future__ import annotations

from crispstack.aws import pseudonym_key
from crispstack.aws.champion import champion_uri, read_package
from crispstack.aws.lookup_table import VersionReader
from crispstack.data_preparation.lookups import lookups
from crispstack.data_preparation.privacy import hashes
from crispstack.deployment.serving import Champion
from crispstack.settings import PredictionSettings


def load_champion(settings: PredictionSettings) -> Champion | None:
    """The project's champion, ready to answer; None where none was released yet.

    Raises:
        ArtifactError: a part of it is missing, or is not the one that was released.
    """
    uri = champion_uri(settings.champion_parameter)
    return load_model(uri, settings.pseudonym_key, settings.lookup_table) if uri else None


def load_model(uri: str, pseudonym_key_name: str, lookup_table: str) -> Champion:
    """The model of this package, ready to answer, with the project's key and look-ups.

    Raises:
        ArtifactError: a part of it is missing, or is not the one that was released.
    """
    charter, package, graph = read_package(uri)
    key = pseudonym_key.read(pseudonym_key_name) if hashes(charter) else b""
    reader = VersionReader.open(lookup_table, package.prepared_version) if lookups(charter) else None
    return Champion(charter, package, graph, key, reader)
