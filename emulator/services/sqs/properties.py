"""What moto's SQS forgets of a queue, or does not tell: its policy at every other change, and who may redrive to it."""

from __future__ import annotations

import json
from typing import Any

from moto.sqs import models
from moto.sqs.exceptions import SQSException

from emulator.replacements import Replacement

_ALLOWED = "RedriveAllowPolicy"
_TIMES = ("CreatedTimestamp", "LastModifiedTimestamp")

_moto_set = models.Queue._set_attributes
_moto_get = models.SQSBackend.get_queue_attributes
_moto_redrive = models.Queue._setup_dlq


def _set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
    kept = getattr(self, "policy", None)
    _moto_set(self, attributes, now)
    if "Policy" not in attributes:
        self.policy = kept


def _get_queue_attributes(self: Any, queue_name: str, attribute_names: list[str]) -> dict[str, Any]:
    others = [name for name in attribute_names if name != _ALLOWED]
    found: dict[str, Any] = dict(_moto_get(self, queue_name, others))
    allowed = getattr(self.get_queue(queue_name), "redrive_allow_policy", None)
    if allowed and {"All", _ALLOWED} & set(attribute_names):
        found[_ALLOWED] = allowed
    return {name: int(value) if name in _TIMES else value for name, value in found.items()}


def _set_redrive(self: Any, policy: Any) -> None:
    """Take the queue's redrive policy, where its dead-letter queue lets it.

    Raises:
        SQSException: the dead-letter queue does not take messages of this queue.
    """
    _moto_redrive(self, policy)
    letters = self.dead_letter_queue
    allowed = json.loads(getattr(letters, "redrive_allow_policy", None) or "{}")
    permission = allowed.get("redrivePermission", "allowAll")
    listed = permission == "byQueue" and self.queue_arn in allowed.get("sourceQueueArns", [])
    if letters and permission != "allowAll" and not listed:
        self.redrive_policy = self.dead_letter_queue = None
        raise SQSException(
            "InvalidParameterValue",
            f"Value {policy} for parameter RedrivePolicy is invalid. Reason: the redrive allow policy of "
            f"{letters.queue_arn} does not allow this queue.",
        )


REPLACEMENTS = [
    Replacement(
        "moto.sqs.models:Queue._set_attributes",
        _set_attributes,
        "moto drops the policy at other changes",
        "4b7aaf3f4636",
    ),
    Replacement(
        "moto.sqs.models:SQSBackend.get_queue_attributes",
        _get_queue_attributes,
        "moto tells no redrive permission",
        "58417223da45",
    ),
    Replacement(
        "moto.sqs.models:Queue._setup_dlq", _set_redrive, "moto does not ask the dead-letter queue", "764bb4a649bb"
    ),
]
