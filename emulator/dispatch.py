"""What moto looks up anew for every request, looked up once."""

from __future__ import annotations

import functools

from moto import backends
from moto.core import utils

from emulator.replacements import Replacement


@functools.cache
def _modules() -> tuple[str, ...]:
    return tuple(_list_of_moto_modules())


@functools.cache
def _method_names(response: type) -> list[str]:
    return utils.method_names_from_class(response)


_list_of_moto_modules = backends.list_of_moto_modules

REPLACEMENTS = (
    Replacement(
        "moto.backends:list_of_moto_modules",
        _modules,
        "moto reads its own folder for every request",
        "4f741a10b065",
    ),
    Replacement(
        "moto.core.responses:method_names_from_class",
        _method_names,
        "moto inspects the class that answers for every request",
        "9dbac89d082b",
    ),
)
