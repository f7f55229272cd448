"""Who the account's root user is, which moto does not know."""

from __future__ import annotations

from typing import Any

from moto.sts import models

from emulator import settings
from emulator.replacements import Replacement

_moto_identity = models.STSBackend.get_caller_identity


def _get_caller_identity(self: Any, access_key_id: str, region: str) -> tuple[str, str, str]:
    here = settings.current()
    if here.root_secret(access_key_id) is not None:
        return here.account, f"arn:aws:iam::{here.account}:root", here.account
    user, arn, account = _moto_identity(self, access_key_id, region)
    return user, arn, account


REPLACEMENTS = [
    Replacement(
        "moto.sts.models:STSBackend.get_caller_identity",
        _get_caller_identity,
        "moto makes up a user for keys that it does not know",
        "1f058458cb04",
    ),
]
