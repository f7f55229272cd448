"""The decision: who may do what, by IAM's policy evaluation logic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emulator.identity import policy
from emulator.identity.conditions import Context
from emulator.identity.policy import Effect, Policy, Query
from emulator.identity.principals import Principal
from emulator.identity.refusals import Reason, RefusalError


@dataclass(frozen=True)
class Need:
    """One permission that a request needs.

    `resource` is None where the request does not tell it: then a statement applies when its action matches.
    `own` is the policy attached to the resource, if it has one; with `own_decides` it must allow the caller, or leave
    the decision to the caller's account, as roles' trust policies and keys' policies must.
    """

    action: str
    resource: str | None
    context: Context
    own: Policy | None = None
    own_decides: bool = False


def check(principal: Principal, needs: Iterable[Need], context: Context) -> None:
    """Check that a principal has every permission that its request needs.

    Args:
        principal: who calls.
        needs: the permissions, each with what is known of its resource.
        context: what is known of the request as a whole.

    Raises:
        RefusalError: a permission is missing; the message names principal, action and resource as AWS words it.
    """
    for need in needs:
        because = refusal(principal, need, context)
        if because:
            raise RefusalError(Reason.DENIED, _message(principal, need, because))


def denied(principal: Principal, needs: Iterable[Need], context: Context) -> list[Need]:
    """The permissions that a principal does not have."""
    return [need for need in needs if refusal(principal, need, context)]


def refusal(principal: Principal, need: Need, context: Context) -> str:
    """Why a permission is refused, in AWS's words; empty when it is granted."""
    query = Query(need.action, need.resource, {**context, **principal.context, **need.context}, principal.caller)
    own = [need.own] if need.own else []
    by_resource = policy.effect(own, query)
    if by_resource is Effect.DENY:
        return "with an explicit deny in a resource-based policy"
    by_identity = Effect.ALLOW if principal.root else policy.effect(principal.identity, query)
    limits = {
        "permissions boundary": principal.boundary,
        "session policy": principal.session,
    }
    effects = {name: policy.effect([limit], query) for name, limit in limits.items() if limit is not None}
    denies = [name for name, found in {"identity-based policy": by_identity, **effects}.items() if found is Effect.DENY]
    if denies:
        return f"with an explicit deny in {_article(denies[0])} {denies[0]}"
    if by_resource is not Effect.ALLOW:
        if need.own_decides and policy.effect(own, query, delegation=True) is not Effect.ALLOW:
            return f"because no resource-based policy allows the {need.action} action"
        if by_identity is not Effect.ALLOW:
            return f"because no identity-based policy allows the {need.action} action"
    missing = [name for name, found in effects.items() if found is not Effect.ALLOW]
    return f"because no {missing[0]} allows the {need.action} action" if missing else ""


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _message(principal: Principal, need: Need, because: str) -> str:
    if principal.caller.kind == "Anonymous":
        return "Access Denied"
    quote = '"' if need.action.startswith("s3:") else ""
    if need.action == "sts:AssumeRole":
        because = ""  # AWS does not tell
    where = f" on resource: {quote}{need.resource}{quote}" if need.resource else ""
    return f"User: {principal.arn} is not authorized to perform: {need.action}{where} {because}".rstrip()
