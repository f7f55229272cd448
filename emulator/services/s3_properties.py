"""What moto's S3 drops of a bucket's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.s3 import models, responses

from emulator.replacements import Replacement

_moto_set_lifecycle = models.FakeBucket.set_lifecycle
_moto_get_lifecycle = responses.S3Response.get_bucket_lifecycle
_moto_get_notification = responses.S3Response.get_bucket_notification

_SIZES = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")


def _set_lifecycle(self: Any, rules: list[dict[str, Any]]) -> None:
    _moto_set_lifecycle(self, rules)
    for rule, asked in zip(self.rules, rules, strict=True):
        rule.newer_noncurrent_versions = (asked.get("NoncurrentVersionExpiration") or {}).get("NewerNoncurrentVersions")
        rule.sizes = _sizes(asked.get("Filter") or {})


def _sizes(document: Mapping[str, Any]) -> dict[str, int]:
    place = document.get("And") or document
    return {name: int(place[name]) for name in _SIZES if name in place}


def _get_bucket_lifecycle(self: Any) -> Any:
    """What moto answers, with what it dropped, just before it is serialized."""
    rules = self.backend.get_bucket_lifecycle(self.bucket_name)
    if not rules:
        return _moto_get_lifecycle(self)
    serialize = self.serialized

    def complete(answer: Any) -> Any:
        for found, rule in zip(answer.result["Rules"], rules, strict=True):
            if rule.newer_noncurrent_versions:
                found["NoncurrentVersionExpiration"]["NewerNoncurrentVersions"] = rule.newer_noncurrent_versions
            if rule.sizes:
                place = found.setdefault("Filter", {})
                place.get("And", place).update(rule.sizes)
        return serialize(answer)

    self.serialized = complete
    return _moto_get_lifecycle(self)


def _get_bucket_notification(self: Any) -> Any:
    configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
    serialize = self.serialized

    def complete(answer: Any) -> Any:
        if configuration is not None and configuration.event_bridge is not None:
            answer.result["EventBridgeConfiguration"] = {}
        return serialize(answer)

    self.serialized = complete
    return _moto_get_notification(self)


_BUCKET = "moto.s3.models:FakeBucket"
_RESPONSE = "moto.s3.responses:S3Response"
REPLACEMENTS = [
    Replacement(
        f"{_BUCKET}.set_lifecycle", _set_lifecycle, "moto drops versions to keep and object sizes", "962d4ed95583"
    ),
    Replacement(
        f"{_RESPONSE}.get_bucket_lifecycle", _get_bucket_lifecycle, "moto drops versions and sizes", "c5ba3f15a570"
    ),
    Replacement(
        f"{_RESPONSE}.get_bucket_notification",
        _get_bucket_notification,
        "moto does not tell of EventBridge",
        "82884034c165",
    ),
]
