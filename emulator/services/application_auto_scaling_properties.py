"""The ARN of a scaling policy, which moto changes with the policy."""

from __future__ import annotations

from typing import Any

from moto.applicationautoscaling import models

from emulator.replacements import Replacement

_moto_put = models.ApplicationAutoscalingBackend.put_scaling_policy


def _put_scaling_policy(self: Any, **asked: Any) -> Any:
    target = {name: asked[name] for name in ("service_namespace", "resource_id", "scalable_dimension", "policy_name")}
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
