"""Rows kept as gzipped JSON lines: what a function reads that has no Parquet reader."""

from __future__ import annotations

import gzip
import json
from typing import Any

from crispstack.artifacts import InputReference, sha256
from crispstack.aws.artifact_store import read_bytes, s3, split_uri
from crispstack.errors import ArtifactError

SUFFIX = ".json.gz"


def read_rows(uri: str) -> tuple[list[dict[str, Any]], InputReference]:
    """The rows of all ``*.json.gz`` objects under the prefix, in the order of their keys, and their common hash.

    Raises:
        ArtifactError: there is no such object.
        botocore.exceptions.ClientError: this role may not list or read them.
    """
    bucket, prefix = split_uri(uri)
    pages = s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = sorted(entry["Key"] for page in pages for entry in page.get("Contents", ()))
    contents = [read_bytes(f"s3://{bucket}/{key}") for key in keys if key.endswith(SUFFIX)]
    if not contents:
        raise ArtifactError(f"there are no rows ({SUFFIX}) under {uri}")
    rows = [json.loads(line) for content in contents for line in gzip.decompress(content).splitlines()]
    return rows, InputReference(uri, sha256(b"".join(contents)))
