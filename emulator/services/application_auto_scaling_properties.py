"""Scaling policies: moto changes the ARN with the policy, and takes one for what is not scaled."""

from __future__ import annotations

from typing import Any

from moto.applicationautoscaling import models
from moto.core.exceptions import JsonRESTError

from emulator.replacements import Replacement

_moto_put = models.ApplicationAutoscalingBackend.put_scaling_policy


class _NoTargetError(JsonRESTError):
    def __init__(self, resource: str) -> None:
        super().__init__("ObjectNotFoundException", f"No scalable target registered for resource ID: {resource}")


def _put_scaling_policy(self: Any, **asked: Any) -> Any:
    target = {name: asked[name] for name in ("service_namespace", "resource_id", "scalable_dimension", "policy_name")}
    scaled = asked["scalable_dimension"], asked["resource_id"]
    if scaled[1] not in self.targets.get(scaled[0], {}):
        raise _NoTargetError(scaled[1])
    key = models.FakeApplicationAutoscalingPolicy.formulate_key(**target)
    before = self.policies.get(key)
    policy = _moto_put(self, **asked)
    if before is not None:
        policy.policy_arn = before.policy_arn
    return policy


REPLACEMENTS = [
    Replacement(
        "moto.applicationautoscaling.models:ApplicationAutoscalingBackend.put_scaling_policy",
        _put_scaling_policy,
        "moto gives a changed policy another ARN",
        "4916422a6f4d",
    ),
]
