"""How often a KMS key is rotated, which moto does not keep; and that only an enabled key works."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.kms import models, responses

from emulator.replacements import Replacement

_DEFAULT_DAYS = 365

_moto_enable = responses.KmsResponse.enable_key_rotation
_moto_status = responses.KmsResponse.get_key_rotation_status
_moto_encrypt = models.KmsBackend.encrypt
_moto_decrypt = models.KmsBackend.decrypt


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


def _usable(self: Any, key_id: str) -> None:
    key = self.keys.get(self.any_id_to_key_id(key_id))
    if key is not None and key.key_state == "Disabled":
        raise JsonRESTError("DisabledException", f"{key.arn} is disabled.")
    if key is not None and key.key_state != "Enabled":
        raise JsonRESTError("KMSInvalidStateException", f"{key.arn} is pending deletion.")


def _encrypt(self: Any, key_id: str, plaintext: bytes, encryption_context: dict[str, str]) -> Any:
    _usable(self, key_id)
    return _moto_encrypt(self, key_id, plaintext, encryption_context)


def _decrypt(self: Any, *asked: Any, **named: Any) -> Any:
    plaintext, key = _moto_decrypt(self, *asked, **named)
    _usable(self, key)
    return plaintext, key


_RESPONSE = "moto.kms.responses:KmsResponse"
_WORKING = "moto's keys work though they are disabled or to be deleted"
REPLACEMENTS = [
    Replacement("moto.kms.models:KmsBackend.encrypt", _encrypt, _WORKING, "bc36789dcd19"),
    Replacement("moto.kms.models:KmsBackend.decrypt", _decrypt, _WORKING, "52b413fa59da"),
    Replacement(
        f"{_RESPONSE}.enable_key_rotation", _enable_key_rotation, "moto drops the rotation period", "44855ef43388"
    ),
    Replacement(
        f"{_RESPONSE}.get_key_rotation_status", _get_key_rotation_status, "moto drops the period", "101ab380134f"
    ),
]
