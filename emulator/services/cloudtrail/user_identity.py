"""The element userIdentity of a record: who called.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

from typing import Any

from moto.sts.models import sts_backends

from emulator import settings
from emulator.identity.principals import Principal


def of(principal: Principal, access_key: str) -> dict[str, Any]:
    """Who called, as CloudTrail tells it."""
    kind = principal.context["aws:principaltype"][0]
    if kind == "Anonymous":
        return {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    account = principal.caller.account
    known = {
        "principalId": principal.context["aws:userid"][0],
        "arn": principal.arn,
        "accountId": account,
        "accessKeyId": access_key,
    }
    if kind == "Account":
        return {"type": "Root", **known}
    if kind == "User":
        return {"type": "IAMUser", **known, "userName": principal.context["aws:username"][0]}
    return {"type": "AssumedRole", **known, "sessionContext": _session(principal, access_key)}


def name(principal: Principal) -> str:
    """What LookupEvents tells as the user's name."""
    kind = principal.context["aws:principaltype"][0]
    return "root" if kind == "Account" else principal.arn.rpartition("/")[2]


def _session(principal: Principal, access_key: str) -> dict[str, Any]:
    role = principal.context["aws:principalarn"][0]
    issuer = {
        "type": "Role",
        "principalId": principal.context["aws:userid"][0].partition(":")[0],
        "arn": role,
        "accountId": principal.caller.account,
        "userName": role.rpartition("/")[2],
    }
    attributes = {"mfaAuthenticated": "false"}
    sessions = sts_backends[settings.current().account]["aws"].assumed_roles
    found: Any = next((each for each in reversed(list(sessions)) if each.access_key_id == access_key), None)
    if found is not None:
        attributes["creationDate"] = found.access_key.create_date.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"sessionIssuer": issuer, "attributes": attributes}
