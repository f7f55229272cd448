"""A secret's description, which moto does not take away."""

from __future__ import annotations

from typing import Any

from moto.secretsmanager import responses

from emulator.replacements import Replacement

_moto_update = responses.SecretsManagerResponse.update_secret


def _update_secret(self: Any) -> str:
    answer = str(_moto_update(self))
    if self._get_param("Description") == "":
        self.backend.secrets[self._get_param("SecretId")].description = ""
    return answer


REPLACEMENTS = [
    Replacement(
        "moto.secretsmanager.responses:SecretsManagerResponse.update_secret",
        _update_secret,
        "moto keeps a description that is taken away",
        "e20b85f3c057",
    ),
]
