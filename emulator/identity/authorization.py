"""The decision: who may do what, by IAM's policy evaluation logic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emulator import settings
from emulator.identity import condition_keys, policy
from emulator.identity.conditions import Context
from emulator.identity.permission_use import RECORD
from emulator.identity.policy import Effect, Policy, Query, Statement
from emulator.identity.principals import Principal
from emulator.identity.refusals import Reason, RefusalError


@dataclass(frozen=True)
class Need:
    """One permission that a request needs, on the resource with an ARN, or on ``*``.

    `own` is the policy attached to the resource, if it has one; with `own_decides` it must allow the caller, or leave
    the decision to the caller's account, as roles' trust policies and keys' policies must. `granted` are the ARNs of
    principals whom a grant on a key lets do it. `refusal` is the code, or the code and the message, with which a
    service refuses what it would have to do in its caller's name.
    """

    action: str
    resource: str
    context: Context
    own: Policy | None = None
    own_decides: bool = False
    granted: tuple[str, ...] = ()
    refusal: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Why a permission is refused, in AWS's words; empty when the caller has it, by `granting` of its own policies."""

    because: str
    granting: tuple[tuple[Policy, Statement], ...] = ()


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
        because = _judged(principal, need, context)
        if because:
            code, message = (*need.refusal, "", "")[:2]
            raise RefusalError(Reason.DENIED, message or _message(principal, need, because), code)


def denied(principal: Principal, needs: Iterable[Need], context: Context) -> list[Need]:
    """The permissions that a principal does not have."""
    return [need for need in needs if _judged(principal, need, context)]


def _judged(principal: Principal, need: Need, context: Context) -> str:
    """Why a permission is refused; one that is not is recorded with the statements that gave it."""
    found = verdict(principal, need, context)
    if found.granting:
        RECORD.record(principal.caller.names[-1], found.granting, need.action, need.resource)
    return found.because


def verdict(principal: Principal, need: Need, context: Context) -> Verdict:
    """What the policies say of a permission, by AWS's evaluation logic within one account.

    An explicit deny wins wherever it stands. The caller's own policies or the resource's must allow, and the resource's
    too where it decides. What limits the caller must allow as well, unless the resource's policy names the caller's
    session (or user) itself.
    """
    query = Query(need.action, need.resource, _known(principal, need, context), principal.caller)
    own = [need.own] if need.own else []
    limits = {"permissions boundary": principal.boundary, "session policy": principal.session}
    by_resource, resource_statements = policy.decide(own, query)
    by_identity, granting = policy.decide(principal.identity, query)
    if principal.root:
        by_identity = Effect.ALLOW
    effects = {name: policy.effect([limit], query) for name, limit in limits.items() if limit is not None}
    found = {"resource-based policy": by_resource, "identity-based policy": by_identity, **effects}
    denying = next((name for name, said in found.items() if said is Effect.DENY), "")
    if denying:
        return Verdict(f"with an explicit deny in {_article(denying)} {denying}")
    by_grant = any(name in need.granted for name in principal.caller.names)
    if by_resource is not Effect.ALLOW and not by_grant:
        if need.own_decides and policy.effect(own, query, delegation=True) is not Effect.ALLOW:
            return Verdict(f"because no resource-based policy allows the {need.action} action")
        if by_identity is not Effect.ALLOW:
            return Verdict(f"because no identity-based policy allows the {need.action} action")
    missing = next((name for name, said in effects.items() if said is not Effect.ALLOW), "")
    if missing and not _names_caller(resource_statements, principal):
        return Verdict(f"because no {missing} allows the {need.action} action")
    return Verdict("", tuple(granting))


def _names_caller(statements: Iterable[tuple[Policy, Statement]], principal: Principal) -> bool:
    """Whether a resource's policy names the very session or user: then nothing but a deny limits it."""
    return any(statement.names_principal(name) for _, statement in statements for name in principal.caller.names[:1])


def _known(principal: Principal, need: Need, context: Context) -> Context:
    known = {**context, **principal.context, **need.context}
    policies = (*principal.identity, principal.boundary, principal.session, need.own)
    if any(each is not None and each.asks_tags for each in policies):
        known |= condition_keys.of_resource(need.resource, settings.current())
    return known


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _spoken(action: str) -> str:
    """An action as the service spells it in its refusals."""
    service, _, name = action.partition(":")
    if service == "sns":
        return f"SNS:{name}"
    return action.lower() if service == "sqs" else action


def _message(principal: Principal, need: Need, because: str) -> str:
    if principal.caller.kind == "Anonymous":
        return "Access Denied"
    action = _spoken(need.action)
    because = because.replace(need.action, action)
    quote = '"' if need.action.startswith("s3:") else ""
    if need.action == "sts:AssumeRole":
        because = ""  # AWS does not tell
    where = f"on resource: {quote}{need.resource}{quote}"
    return f"User: {principal.arn} is not authorized to perform: {action} {where} {because}".rstrip()
