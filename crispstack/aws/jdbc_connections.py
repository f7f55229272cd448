"""Connections of Glue, read by the job that uses them: address, user and password of a secret, certificate."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable

import boto3
from botocore.exceptions import ClientError

from crispstack.aws.artifact_store import read_bytes, reason
from crispstack.charter import Source
from crispstack.data_understanding.jdbc_collection import JdbcConnection
from crispstack.errors import DataError


def connection_name(prefix: str, project: str, connection: str) -> str:
    """Name of a project's Glue connection, and of the job that reads through it. `prefix` is the environment's."""
    return f"{prefix}-{project}-{connection}"


def definition(sources: Iterable[Source]) -> str:
    """Hash of what a charter says of a connection's sources; a job deployed with another would read other columns."""
    said = [dataclasses.asdict(source) for source in sources]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def read(name: str, glue_connection: str) -> JdbcConnection:
    """The connection of this name in Glue, under the charter's `name`.

    Raises:
        DataError: the connection or its secret cannot be read, or the secret lacks user or password.
        ArtifactError: the certificate cannot be read.
    """
    try:
        found = boto3.client("glue").get_connection(Name=glue_connection, HidePassword=True)["Connection"]
    except ClientError as error:
        raise DataError(f"cannot read connection {glue_connection}: {reason(error)}; deploy the project") from error
    properties = found["ConnectionProperties"]
    user, password = _credentials(properties["SECRET_ID"])
    certificate = properties.get("CUSTOM_JDBC_CERT", "")
    pem = read_bytes(certificate).decode() if certificate else ""
    return JdbcConnection(name, properties["JDBC_CONNECTION_URL"], user, password, pem)


def _credentials(secret: str) -> tuple[str, str]:
    try:
        text: str = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    except ClientError as error:
        raise DataError(
            f"cannot read secret {secret}: {reason(error)}; create it with the keys username and password"
        ) from error
    try:
        content = json.loads(text)
        return str(content["username"]), str(content["password"])
    except (ValueError, KeyError, TypeError):
        # Without its cause, which may hold the secret.
        raise DataError(f"secret {secret} is not JSON with the keys username and password; correct it") from None
