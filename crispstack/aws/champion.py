"""The champion in AWS: an immutable prefix in S3, and a parameter that names it."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import boto3
from botocore.exceptions import ClientError

from crispstack.artifacts import ModelPackage, sha256
from crispstack.aws.artifact_store import CONTENT_TYPES, read_bytes, s3, split_uri
from crispstack.charter import Charter
from crispstack.errors import ReleaseError
from crispstack.json_form import from_plain
from crispstack.settings import NO_MODEL

MODEL, CHARTER = "model.onnx", "charter.json"


@functools.cache
def client(service: str) -> Any:
    """This process's client of the service."""
    return boto3.client(service)


def publish(package: ModelPackage, bucket: str, project: str) -> tuple[ModelPackage, str]:
    """Copy a run's model to its immutable prefix; the package comes last. Returns it as published, and its URI.

    Raises:
        ReleaseError: the graph is not the one that the package names.
    """
    source = package.model_uri.rpartition("/")[0]
    target = f"s3://{bucket}/{project}/models/{package.model_version}"
    published = dataclasses.replace(package, model_uri=f"{target}/{MODEL}")
    graph = read_bytes(package.model_uri)
    if sha256(graph) != package.model_sha256:
        raise ReleaseError(f"{package.model_uri} is not the graph that was approved: its hash differs")
    put_once(published.model_uri, graph)
    put_once(f"{target}/{CHARTER}", read_bytes(f"{source}/{CHARTER}"))
    uri = f"{target}/{ModelPackage.file_name()}"
    put_once(uri, published.to_json().encode())
    return published, uri


def put_once(uri: str, content: bytes) -> None:
    """Put the object unless it exists: what a version names never changes."""
    bucket, key = split_uri(uri)
    try:
        kind = CONTENT_TYPES[PurePosixPath(key).suffix]
        s3().put_object(Bucket=bucket, Key=key, Body=content, ContentType=kind, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise


def champion_uri(parameter: str) -> str | None:
    """URI of the champion's package, None where none was released yet."""
    try:
        value: str = client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise
    return None if value == NO_MODEL else value


def read_package(uri: str) -> tuple[Charter, ModelPackage, bytes]:
    """A published model: its charter, its package and its graph.

    Raises:
        ArtifactError: one of them is missing or does not fit its schema.
    """
    package = ModelPackage.from_json(read_bytes(uri))
    charter = from_plain(Charter, json.loads(read_bytes(f"{uri.rpartition('/')[0]}/{CHARTER}")), "charter")
    return charter, package, read_bytes(package.model_uri)


def appoint(parameter: str, uri: str) -> None:
    """Name the champion: later deployments of the stacks keep it."""
    if champion_uri(parameter) != uri:
        client("ssm").put_parameter(Name=parameter, Value=uri, Type="String", Overwrite=True)


def invoke(function: str, event: Mapping[str, Any], version: str = "$LATEST") -> dict[str, Any]:
    """What a version of the function answers.

    Raises:
        ReleaseError: the function failed; the message holds its error.
    """
    answer = client("lambda").invoke(FunctionName=function, Qualifier=version, Payload=json.dumps(event).encode())
    payload: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise ReleaseError(f"{function} failed: {payload.get('errorType')}: {payload.get('errorMessage')}")
    return payload
