"""Configurations of a bucket that S3 gives back as they were put: moto drops parts of them, or has none."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from moto.s3 import exceptions, responses

from emulator.replacements import Replacement

_moto_get = responses.S3Response._bucket_response_get
_moto_put = responses.S3Response._bucket_response_put
_moto_delete = responses.S3Response._bucket_response_delete

# Subresource -> root of its document. A bucket has one of the first kind, and many, by Id, of the second.
_ONE = {"lifecycle": "LifecycleConfiguration", "replication": "ReplicationConfiguration"}
_MANY = {
    "analytics": "AnalyticsConfiguration",
    "intelligent-tiering": "IntelligentTieringConfiguration",
    "inventory": "InventoryConfiguration",
    "metrics": "MetricsConfiguration",
}
_MINIMUM_SIZE = "x-amz-transition-default-minimum-object-size"
_DEFAULT_SIZE = "all_storage_classes_128K"


class _NoSuchConfigurationError(exceptions.S3ClientError):
    code = "NoSuchConfiguration"

    def __init__(self) -> None:
        super().__init__("The specified configuration does not exist.")


def _named(query: Mapping[str, Any], names: Mapping[str, str]) -> str | None:
    return next((name for name in names if name in query), None)


def _documents(self: Any) -> dict[tuple[str, str], bytes]:
    """The bucket's documents by subresource and Id; raises NoSuchBucket."""
    bucket = self.backend.get_bucket(self.bucket_name)
    if not hasattr(bucket, "documents"):
        bucket.documents = {}
    found: dict[tuple[str, str], bytes] = bucket.documents
    return found


def _parsed(body: bytes, root: str) -> ET.Element:
    try:
        document = ET.fromstring(body)  # noqa: S314 (expat has no external entities)
    except ET.ParseError:
        raise exceptions.MalformedXML from None
    if document.tag.rpartition("}")[2] != root:
        raise exceptions.MalformedXML
    return document


def _with_rule_ids(document: ET.Element) -> bytes:
    """The document, its rules named by S3 where the request did not."""
    space = document.tag[: document.tag.index("}") + 1] if document.tag.startswith("{") else ""
    ET.register_namespace("", space[1:-1])
    for rule in document.findall(f"{space}Rule"):
        if not rule.findtext(f"{space}ID"):
            ET.SubElement(rule, f"{space}ID").text = uuid.uuid4().hex
    return ET.tostring(document)


def _put(self: Any, request: Any, bucket_name: str, query: dict[str, Any]) -> Any:
    one, several = _named(query, _ONE), _named(query, _MANY)
    if several:
        self._set_action("BUCKET", "PUT", query)
        documents, name = _documents(self), query["id"][0]
        if _parsed(self.body, _MANY[several]).findtext("{*}Id") != name:
            raise exceptions.MalformedXML
        documents[several, name] = self.body
        return ""
    if one is None:
        return _moto_put(self, request, bucket_name, query)
    document = _parsed(self.body, _ONE[one])
    answer = _moto_put(self, request, bucket_name, query)
    _documents(self)[one, ""] = _with_rule_ids(document)
    if one == "lifecycle":
        _documents(self)[_MINIMUM_SIZE, ""] = self.headers.get(_MINIMUM_SIZE, _DEFAULT_SIZE).encode()
    return answer


def _get(self: Any, bucket_name: str, query: dict[str, Any]) -> Any:
    one, several = _named(query, _ONE), _named(query, _MANY)
    if several is None and (one is None or (one, "") not in _documents(self)):
        return _moto_get(self, bucket_name, query)
    self._set_action("BUCKET", "GET", query)
    documents = _documents(self)
    if one:
        size = documents.get((_MINIMUM_SIZE, ""), b"").decode()
        return 200, {_MINIMUM_SIZE: size} if one == "lifecycle" else {}, documents[one, ""].decode()
    if "id" not in query:
        return 200, {}, _listing(documents, str(several))
    found = documents.get((str(several), query["id"][0]))
    if found is None:
        raise _NoSuchConfigurationError
    return 200, {}, found.decode()


def _listing(documents: Mapping[tuple[str, str], bytes], several: str) -> str:
    entries = [ET.fromstring(body) for (name, _), body in sorted(documents.items()) if name == several]  # noqa: S314
    listing = ET.Element("ListConfigurationsResult")
    ET.SubElement(listing, "IsTruncated").text = "false"
    for entry in entries:
        for element in entry.iter():
            element.tag = element.tag.rpartition("}")[2]
    listing.extend(entries)
    return ET.tostring(listing, encoding="unicode")


def _delete(self: Any, bucket_name: str, query: dict[str, Any]) -> Any:
    one, several = _named(query, _ONE), _named(query, _MANY)
    if several:
        self._set_action("BUCKET", "DELETE", query)
        if _documents(self).pop((several, query["id"][0]), None) is None:
            raise _NoSuchConfigurationError
        return 204, {}, ""
    if one:
        _documents(self).pop((one, ""), None)
    return _moto_delete(self, bucket_name, query)


_RESPONSE = "moto.s3.responses:S3Response"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}._bucket_response_put", _put, "moto drops parts of configurations", "5fa2acfbf268"),
    Replacement(f"{_RESPONSE}._bucket_response_get", _get, "moto gives back parts of configurations", "e8c785eb6cbf"),
    Replacement(f"{_RESPONSE}._bucket_response_delete", _delete, "moto has no such configurations", "068da6315fbd"),
]
