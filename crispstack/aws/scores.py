"""Scores in S3 and in the catalog: plans, the accounts of their parts, and the manifest that completes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.exceptions import ClientError

from crispstack.aws.artifact_store import CONTENT_TYPES, read_bytes, s3, split_uri
from crispstack.deployment.score import Account, ScorePlan, table_name, total
from crispstack.errors import DataError

PLAN, MANIFEST = "plan.json", "manifest.json"
_AT_ONCE = 16


def write_plan(plan: ScorePlan) -> str:
    """Put the plan, which makes the score exist; its URI."""
    _put(plan.uri + PLAN, plan.to_json())
    return plan.uri + PLAN


def read_plan(uri: str) -> ScorePlan:
    """The plan at this URI.

    Raises:
        ArtifactError: there is none.
    """
    return ScorePlan.from_json(read_bytes(uri))


def latest(scores_uri: str, fingerprint: str) -> ScorePlan | None:
    """The newest score with this fingerprint that has a plan.

    Args:
        scores_uri: where the project's scores lie, with a slash at its end.
        fingerprint: what their ids end with.
    """
    bucket, prefix = split_uri(scores_uri)
    found: list[str] = []
    for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/"):
        found += (each["Prefix"] for each in page.get("CommonPrefixes", []))
    for each in sorted((each for each in found if each.endswith(f"-{fingerprint}/")), reverse=True):
        content = _content(bucket, each + PLAN)
        if content is not None:
            return ScorePlan.from_json(content)
    return None


def manifest(plan: ScorePlan) -> Account | None:
    """The account of a score that is complete."""
    content = _content(*split_uri(plan.uri + MANIFEST))
    return None if content is None else Account.from_json(content)


def finished_parts(plan: ScorePlan) -> list[int]:
    """The parts that have their account."""
    bucket, prefix = split_uri(f"{plan.uri}parts/")
    pages = s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    names = [each["Key"].removeprefix(prefix) for page in pages for each in page.get("Contents", [])]
    return sorted(int(name.partition(".")[0]) for name in names)


def complete(plan: ScorePlan) -> Account:
    """Show the score's rows in the project's table, and put the manifest last.

    Raises:
        DataError: a part has not been scored, or a row was lost.
    """
    parts = range(len(plan.files))
    if missing := sorted(set(parts) - set(finished_parts(plan))):
        raise DataError(f"score {plan.score_id}: {len(missing)} files are not scored, {plan.files[missing[0]].name}")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        contents = pool.map(lambda part: read_bytes(plan.part(part, "parts")), parts)
        account = total(Account.from_json(content) for content in contents)
    account.check(f"score {plan.score_id}")
    _register(plan)
    _put(plan.uri + MANIFEST, account.to_json())
    return account


def _register(plan: ScorePlan) -> None:
    """Make the rows a partition of the project's table."""
    glue, name = boto3.client("glue"), table_name(plan.project)
    descriptor: dict[str, Any] = glue.get_table(DatabaseName=plan.database, Name=name)["Table"]["StorageDescriptor"]
    try:
        glue.create_partition(
            DatabaseName=plan.database,
            TableName=name,
            PartitionInput={
                "Values": [plan.score_id],
                "StorageDescriptor": {**descriptor, "Location": f"{plan.uri}rows/"},
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "AlreadyExistsException":
            raise


def _put(uri: str, text: str) -> None:
    bucket, key = split_uri(uri)
    s3().put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType=CONTENT_TYPES[".json"])


def _content(bucket: str, key: str) -> bytes | None:
    try:
        content: bytes = s3().get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return None
        raise
    return content
