"""Stack policies: which updates of which resources a stack allows."""

from __future__ import annotations

from emulator.cloudformation.errors import validation_error
from emulator.cloudformation.stack import Resource
from emulator.identity import policy
from emulator.identity.policy import Caller, Effect, Query

_EVERYBODY = Caller("AWS", ("*",))


def checked(document: str) -> str:
    """The document, when it is a stack policy.

    Raises:
        ApiError: it is not.
    """
    try:
        read = policy.parse(document)
    except (KeyError, TypeError, ValueError) as error:
        raise validation_error(f"Error validating stack policy: Invalid stack policy ({error})") from error
    if any(not action.lower().startswith(("update:", "*")) for each in read.statements for action in each.actions):
        raise validation_error("Error validating stack policy: actions must be those of Update")
    return document


def refusal(document: str | None, action: str, resource: Resource) -> str | None:
    """Why a policy forbids an action (``Update:Modify``, ``Update:Replace``, ``Update:Delete``), None when it does not.

    A stack without a policy allows everything; one with a policy only what that allows.
    """
    if document is None:
        return None
    name = f"LogicalResourceId/{resource.logical_id}"
    query = Query(action, name, {"resourcetype": (resource.type,)}, _EVERYBODY)
    found = policy.effect([policy.parse(document)], query)
    if found is Effect.ALLOW:
        return None
    because = "explicitly denies" if found is Effect.DENY else "does not allow"
    return f"Action denied by stack policy: the policy {because} [{action}] for resource [{name}]"
