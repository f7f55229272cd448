"""Who called: the credentials behind a request's signature."""

from __future__ import annotations

import re
from collections.abc import Mapping

from moto.iam.models import iam_backends

from emulator import settings
from emulator.services.athena.storage import Caller


def of(headers: Mapping[str, str], region: str) -> Caller:
    """The caller's credentials, with which Athena reads and writes in its name.

    A key that nobody issued is passed on as it came, with no secret: whatever verifies signatures refuses it.
    """
    found = re.search(r"Credential=([^/,\s]+)/", headers.get("Authorization", ""))
    key = found[1] if found else ""
    return Caller(key, _secret(key), headers.get("X-Amz-Security-Token"), region)


def _secret(key: str) -> str:
    if (secret := settings.current().root_secret(key)) is not None:
        return secret
    for account in iam_backends.values():
        for backend in account.values():
            if key in backend.access_keys:
                return str(backend.access_keys[key].secret_access_key)
    return "unknown"
