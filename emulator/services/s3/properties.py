"""What moto's S3 drops of a bucket's configuration."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.s3 import exceptions, responses

from emulator.replacements import Replacement

_moto_get_notification = responses.S3Response.get_bucket_notification

_moto_get_of_key = responses.S3Response._key_response_get


def _key_response_get(self: Any, query: dict[str, Any], key_name: str) -> Any:
    if "retention" not in query:
        return _moto_get_of_key(self, query, key_name)
    self._set_action("KEY", "GET", query)
    key, _ = self._get_key()
    if not key.lock_mode:
        raise _NoRetentionError
    self.data["Action"] = "GetObjectRetention"
    kept = {"Retention": {"Mode": key.lock_mode, "RetainUntilDate": key.lock_until}}
    return self.serialized(ActionResult(kept))


class _NoRetentionError(exceptions.S3ClientError):
    code = "NoSuchObjectLockConfiguration"

    def __init__(self) -> None:
        super().__init__("The specified object does not have a ObjectLock configuration")


def _get_bucket_notification(self: Any) -> Any:
    configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
    serialize = self.serialized

    def complete(answer: Any) -> Any:
        if configuration is not None and configuration.event_bridge is not None:
            answer.result["EventBridgeConfiguration"] = {}
        return serialize(answer)

    self.serialized = complete
    return _moto_get_notification(self)


_RESPONSE = "moto.s3.responses:S3Response"
REPLACEMENTS = [
    Replacement(
        f"{_RESPONSE}._key_response_get",
        _key_response_get,
        "moto answers the object where its retention is asked for",
        "ee432d6a706f",
    ),
    Replacement(
        f"{_RESPONSE}.get_bucket_notification",
        _get_bucket_notification,
        "moto does not tell of EventBridge",
        "82884034c165",
    ),
]
