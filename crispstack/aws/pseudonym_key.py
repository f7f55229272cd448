"""The secret from which a project's pseudonyms are made: generated with its stack, kept by Secrets Manager."""

from __future__ import annotations

import boto3
from botocore.exceptions import ClientError

from crispstack.errors import DataError


def read(name: str) -> bytes:
    """The key.

    Raises:
        DataError: there is none; the message says how to get one.
    """
    try:
        secret: str = boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        remedy = "deploy the project's stack again: it makes one where the charter hashes a column"
        raise DataError(f"there is no key {name} to hash personal data with; {remedy}") from error
    return secret.encode()
