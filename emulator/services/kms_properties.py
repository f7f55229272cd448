"""How often a KMS key is rotated, which moto does not keep."""

from __future__ import annotations

import json
from typing import Any

from moto.kms import responses

from emulator.replacements import Replacement

_DEFAULT_DAYS = 365

_moto_enable = responses.KmsResponse.enable_key_rotation
_moto_status = responses.KmsResponse.get_key_rotation_status


def _key(self: Any) -> Any:
    backend = self.kms_backend
    return backend.keys[backend.get_key_id(self._get_param("KeyId"))]


def _enable_key_rotation(self: Any) -> str:
    answer = str(_moto_enable(self))
    _key(self).rotation_period_in_days = self._get_param("RotationPeriodInDays") or _DEFAULT_DAYS
    return answer


def _get_key_rotation_status(self: Any) -> str:
    status = json.loads(_moto_status(self))
    key = _key(self)
    if status["KeyRotationEnabled"]:
        status["RotationPeriodInDays"] = getattr(key, "rotation_period_in_days", _DEFAULT_DAYS)
    return json.dumps({**status, "KeyId": key.id})


_RESPONSE = "moto.kms.responses:KmsResponse"
REPLACEMENTS = [
    Replacement(
        f"{_RESPONSE}.enable_key_rotation", _enable_key_rotation, "moto drops the rotation period", "44855ef43388"
    ),
    Replacement(
        f"{_RESPONSE}.get_key_rotation_status", _get_key_rotation_status, "moto drops the period", "101ab380134f"
    ),
]
