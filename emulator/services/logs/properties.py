"""What moto's CloudWatch Logs drops of a log group, and the change of its key, which it does not have."""

from __future__ import annotations

from typing import Any

from moto.logs import models, responses
from moto.logs.exceptions import InvalidParameterException

from emulator.replacements import Replacement

_moto_create = responses.LogsResponse.create_log_group
_moto_delete = responses.LogsResponse.delete_log_group
_moto_describe = models.LogGroup.to_describe_dict


def _group(self: Any) -> Any:
    return self.logs_backend._find_log_group(log_group_name=self._get_param("logGroupName"))


def _create_log_group(self: Any) -> str:
    answer = str(_moto_create(self))
    group = _group(self)
    group.log_group_class = self._get_param("logGroupClass") or "STANDARD"
    group.deletion_protection = bool(self._get_param("deletionProtectionEnabled"))
    return answer


def _delete_log_group(self: Any) -> str:
    if getattr(_group(self), "deletion_protection", False):
        raise InvalidParameterException("Log group has deletion protection enabled.")
    return str(_moto_delete(self))


def _put_log_group_deletion_protection(self: Any) -> str:
    name = self._get_param("logGroupIdentifier").removesuffix(":*").split(":log-group:")[-1]
    group = self.logs_backend._find_log_group(log_group_name=name)
    group.deletion_protection = bool(self._get_param("deletionProtectionEnabled"))
    return ""


def _to_describe_dict(self: Any) -> dict[str, Any]:
    return {
        **_moto_describe(self),
        "logGroupClass": getattr(self, "log_group_class", "STANDARD"),
        "deletionProtectionEnabled": getattr(self, "deletion_protection", False),
    }


def _associate_kms_key(self: Any) -> str:
    _group(self).kms_key_id = self._get_param("kmsKeyId")
    return ""


def _disassociate_kms_key(self: Any) -> str:
    _group(self).kms_key_id = None
    return ""


_RESPONSE = "moto.logs.responses:LogsResponse"
REPLACEMENTS = [
    Replacement(
        f"{_RESPONSE}.create_log_group", _create_log_group, "moto drops class and deletion protection", "4ebcce1b24a6"
    ),
    Replacement(
        f"{_RESPONSE}.delete_log_group", _delete_log_group, "moto knows no deletion protection", "22175c3c5cb9"
    ),
    Replacement(
        f"{_RESPONSE}.put_log_group_deletion_protection",
        _put_log_group_deletion_protection,
        "moto knows no deletion protection",
    ),
    Replacement(
        "moto.logs.models:LogGroup.to_describe_dict", _to_describe_dict, "moto drops two properties", "6947d6e1f692"
    ),
    Replacement(f"{_RESPONSE}.associate_kms_key", _associate_kms_key, "moto has no AssociateKmsKey"),
    Replacement(f"{_RESPONSE}.disassociate_kms_key", _disassociate_kms_key, "moto has no DisassociateKmsKey"),
]
