"""What a request names only by an id: the workgroup of a query, the group of a deployment, the path of a role."""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable, Mapping
from typing import Any

from moto.backends import get_backend
from moto.iam.exceptions import IAMException

from emulator.settings import Settings

# Names in lower case -> texts, as if the request had them.
Found = Mapping[str, str]
_KEY_ID = 36  # characters of a key's id, with which the emulator's ciphertexts begin


def backend(service: str, region: str, settings: Settings) -> Any:
    """What moto keeps of a service, imported when it is first asked for."""
    return _backends(service)[settings.account][region]


@functools.cache
def _backends(service: str) -> Any:
    return get_backend(service)  # type: ignore[call-overload]


def key(reference: str, region: str, settings: Settings) -> Any:
    """The KMS key that moto keeps for an id, an ARN, or an alias's name or ARN; None where there is none."""
    keys = backend("kms", region, settings).keys
    name = reference.rpartition(":")[2] if reference.startswith("arn:") else reference
    found = keys.get(name.removeprefix("key/"))
    if found is None and name.startswith("alias/"):
        found = next((each for each in list(keys.values()) if name in each.aliases), None)
    return found


def _of_query(kept: str) -> Callable[[str, str, Settings], Found]:
    def find(identifier: str, region: str, settings: Settings) -> Found:
        found = getattr(backend("athena", region, settings), kept).get(identifier)
        return {"workgroup": found.workgroup.name} if found is not None else {}

    return find


def _deployment(identifier: str, region: str, settings: Settings) -> Found:
    found = backend("codedeploy", region, settings).deployments.get(identifier)
    if found is None:
        return {}
    return {"applicationname": found.application_name, "deploymentgroupname": found.deployment_group_name}


def _secret(name: str, region: str, settings: Settings) -> Found:
    found = backend("secretsmanager", region, settings).secrets.get(name)
    return {"secretid": found.arn.rpartition(":")[2]} if found is not None else {}


def _key(reference: str, region: str, settings: Settings) -> Found:
    found = key(reference, region, settings)
    return {"keyid": found.id} if found is not None else {}


def _ciphertext(text: str, region: str, settings: Settings) -> Found:
    try:
        return _key(base64.b64decode(text)[:_KEY_ID].decode(), region, settings)
    except (binascii.Error, ValueError):
        return {}


def _revision(family: str, revision: str) -> Callable[[str, str, Settings], Found]:
    """A task or job definition, named with or without its revision."""

    def find(name: str, _: str, __: Settings) -> Found:
        if name.startswith("arn:"):
            return {}
        chosen, _, number = name.partition(":")
        return {family: chosen, revision: number} if number else {family: chosen}

    return find


def _with_path(kind: str, noun: str) -> Callable[[str, str, Settings], Found]:
    def find(name: str, _: str, settings: Settings) -> Found:
        try:
            found = getattr(backend("iam", "aws", settings), f"get_{noun}")(name)
        except IAMException:
            return {}
        return {f"{kind.replace('-', '')}namewithpath": found.arn.partition(f":{kind}/")[2]}

    return find


# (service, parameter in lower case) -> what its value tells besides.
LOOKUPS: Mapping[tuple[str, str], Callable[[str, str, Settings], Found]] = {
    ("athena", "queryexecutionid"): _of_query("executions"),
    ("athena", "namedqueryid"): _of_query("named_queries"),
    ("batch", "jobdefinition"): _revision("jobdefinitionname", "revision"),
    ("codedeploy", "deploymentid"): _deployment,
    ("ecs", "taskdefinition"): _revision("taskdefinitionfamilyname", "taskdefinitionrevisionnumber"),
    ("iam", "rolename"): _with_path("role", "role"),
    ("iam", "username"): _with_path("user", "user"),
    ("iam", "groupname"): _with_path("group", "group"),
    ("iam", "instanceprofilename"): _with_path("instance-profile", "instance_profile"),
    ("kms", "aliasname"): _key,
    ("kms", "ciphertextblob"): _ciphertext,
    ("kms", "keyid"): _key,
    ("kms", "targetkeyid"): _key,
    ("secretsmanager", "secretid"): _secret,
}
