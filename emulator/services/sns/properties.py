"""What moto's SNS keeps of a topic but does not tell."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.sns import responses

from emulator.replacements import Replacement

_UNTOLD = ("SignatureVersion", "TracingConfig")

_moto_get = responses.SNSResponse.get_topic_attributes


def _get_topic_attributes(self: Any) -> ActionResult:
    answer: Any = _moto_get(self)
    topic = self.backend.get_topic(self._get_param("TopicArn"))
    kept = {name: getattr(topic, camelcase_to_underscores(name), None) for name in _UNTOLD}
    answer.result["Attributes"].update({name: value for name, value in kept.items() if value is not None})
    return ActionResult(answer.result)


REPLACEMENTS = [
    Replacement(
        "moto.sns.responses:SNSResponse.get_topic_attributes",
        _get_topic_attributes,
        "moto does not tell the signature version and the tracing of a topic",
        "988a1fe509ed",
    )
]
