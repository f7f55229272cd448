"""The key of a project's pseudonyms."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from crispstack.aws import pseudonym_key
from crispstack.errors import DataError


@pytest.fixture(autouse=True)
def _signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@mock_aws
def test_the_key_is_what_the_secret_holds() -> None:
    boto3.client("secretsmanager").create_secret(Name="p/key", SecretString="an example's key")
    assert pseudonym_key.read("p/key") == b"an example's key"


@mock_aws
def test_a_key_that_is_missing_is_named_with_what_to_do() -> None:
    with pytest.raises(DataError, match=r"there is no key p/key .* deploy the project's stack again"):
        pseudonym_key.read("p/key")
