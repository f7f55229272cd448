"""S3: buckets, what lies in them folder by folder, and objects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from emulator.console.visit import Page, Visit

_SIZE = 200
_SHOWN = 64 << 10
_VALID = timedelta(minutes=15)


def index(visit: Visit) -> Page:
    """All buckets."""
    return Page("buckets.html.j2", "Buckets", {"buckets": visit.client("s3").list_buckets()["Buckets"]})


def one(visit: Visit) -> Page:
    """The folders and objects of a bucket below a prefix."""
    bucket, prefix = visit.required("name"), visit.fields.get("prefix", "")
    start = {"ContinuationToken": visit.asked("from")} if visit.asked("from") else {}
    found = visit.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix, Delimiter="/", MaxKeys=_SIZE, **start)
    values = {
        "bucket": bucket,
        "prefix": prefix,
        "parents": parents(prefix),
        "folders": [each["Prefix"] for each in found.get("CommonPrefixes", [])],
        "objects": [each for each in found.get("Contents", []) if each["Key"] != prefix],
        "next": found.get("NextContinuationToken", ""),
    }
    return Page("bucket.html.j2", bucket, values)


def item(visit: Visit) -> Page:
    """An object: what S3 tells of it, and its beginning where it is text."""
    bucket, key, client = visit.required("name"), visit.required("key"), visit.client("s3")
    version = {"VersionId": visit.asked("version")} if visit.asked("version") else {}
    head = client.head_object(Bucket=bucket, Key=key, **version)
    versions = client.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", [])
    # Saved, never opened: a page among the objects would have the console's own origin.
    asked = {"Bucket": bucket, "Key": key, "ResponseContentDisposition": "attachment", **version}
    values = {
        "bucket": bucket,
        "key": key,
        "parents": parents(key),
        "head": head,
        "text": _beginning(client, bucket, key, head, version),
        "cut": head["ContentLength"] > _SHOWN,
        "versions": [each for each in versions if each["Key"] == key and each["VersionId"] != "null"],
        "download": client.generate_presigned_url("get_object", asked, int(_VALID.total_seconds())),
    }
    return Page("object.html.j2", key.rpartition("/")[2] or key, values)


def parents(prefix: str) -> list[tuple[str, str]]:
    """The folders in which a prefix or a key lies, as name and prefix, the outermost first."""
    names = prefix.split("/")[:-1]
    return [(name, "/".join(names[: i + 1]) + "/") for i, name in enumerate(names)]


def _beginning(client: Any, bucket: str, key: str, head: dict[str, Any], version: dict[str, str]) -> str | None:
    if not head["ContentLength"]:
        return ""
    content = client.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{_SHOWN - 1}", **version)["Body"].read()
    if b"\0" in content:
        return None
    try:  # what was cut may end within a letter
        return str(content.decode("utf-8", "strict" if head["ContentLength"] <= _SHOWN else "ignore"))
    except UnicodeDecodeError:
        return None
