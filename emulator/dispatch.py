"""What moto and boto3 look up anew for every request or session, looked up once."""

from __future__ import annotations

import functools
from typing import Any

from botocore import session
from moto import backends
from moto.core import utils
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from emulator.replacements import Replacement

_create_loader = session.create_loader
_list_of_moto_modules = backends.list_of_moto_modules


@functools.cache
def _loader(search_path: str | None = None) -> Any:
    return _create_loader(search_path)


@functools.cache
def _modules() -> tuple[str, ...]:
    return tuple(_list_of_moto_modules())


def _method_names(response: type) -> list[str]:
    return _names(response, len(vars(response)))  # a service's replacements may add to them after its first request


@functools.cache
def _names(response: type, _size: int) -> list[str]:
    return utils.method_names_from_class(response)


def _account(access_key: str) -> str:
    for account, partitions in list(iam_backends.items()):
        if any(access_key in backend.access_keys for backend in list(partitions.values())):
            return account
    return DEFAULT_ACCOUNT_ID


REPLACEMENTS = (
    Replacement(
        "botocore.session:create_loader",
        _loader,
        "every boto3 session, moto's own among them, reads AWS's endpoints and models anew",
        "89050e30206e",
    ),
    Replacement(
        "moto.backends:list_of_moto_modules", _modules, "moto reads its own folder for every request", "4f741a10b065"
    ),
    Replacement(
        "moto.core.responses:method_names_from_class",
        _method_names,
        "moto inspects the class that answers for every request",
        "9dbac89d082b",
    ),
    Replacement(
        "moto.iam.models:get_account_id_from",
        _account,
        "moto looks for an access key in partitions that it first fills with all of AWS's managed policies",
        "83d4b96f7c5b",
    ),
)
