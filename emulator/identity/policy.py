"""IAM policy documents: which statements speak of a request, and what they say."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from emulator.identity import conditions
from emulator.identity.conditions import Condition, Context, UnresolvedVariableError


class Effect(Enum):
    """What policies say of a request."""

    ALLOW = "Allow"
    DENY = "Deny"
    NEUTRAL = "no statement applies"


@dataclass(frozen=True)
class Caller:
    """Whom the Principal element of a resource's policy is compared with.

    `names` are those of the caller itself (session and role ARN, user ARN, service name); `account` is its account,
    empty for services and for anonymous callers.
    """

    kind: str  # "AWS", "Service" or "Anonymous"
    names: tuple[str, ...] = ()
    account: str = ""


@dataclass(frozen=True)
class Query:
    """One thing asked of the policies."""

    action: str
    resource: str
    context: Context
    caller: Caller


@dataclass(frozen=True)
class Statement:
    """One statement. An element that is absent is None; `negated` names the elements written as Not...

    `document` is the statement as it was written, its keys sorted.
    """

    effect: Effect
    actions: tuple[str, ...]
    resources: tuple[str, ...] | None
    principals: Mapping[str, tuple[str, ...]] | None
    negated: frozenset[str]
    conditions: tuple[Condition, ...]
    variables: bool
    document: str

    def applies(self, query: Query, *, delegation: bool) -> bool:
        """Whether a statement that names the query's action speaks of the query.

        Args:
            query: what is asked.
            delegation: whether naming the caller's account as principal counts as naming the caller.
        """
        return (
            self._names_resource(query)
            and self._names_principal(query.caller, delegation)
            and all(condition.holds(query.context) for condition in self.conditions)
        )

    def names_principal(self, name: str) -> bool:
        """Whether a principal is named by exactly this ARN."""
        return "Principal" not in self.negated and name in (self.principals or {}).get("AWS", ())

    def names_action(self, action: str) -> bool:
        """Whether the statement speaks of an action."""
        named = any(conditions.like(pattern, action, ignore_case=True) for pattern in self.actions)
        return named != ("Action" in self.negated)

    def _names_resource(self, query: Query) -> bool:
        if self.resources is None:
            return True
        named = False
        for pattern in self.resources:
            try:
                resolved = conditions.substitute(pattern, query.context) if self.variables else pattern
            except UnresolvedVariableError:
                continue
            named = named or conditions.arn_like(resolved, query.resource)
        return named != ("Resource" in self.negated)

    def _names_principal(self, caller: Caller, delegation: bool) -> bool:
        if self.principals is None:
            return True
        everybody = "*" in self.principals.get("*", ()) or "*" in self.principals.get("AWS", ())
        if "Principal" in self.negated:
            return not everybody and not self._excepts(caller)
        if everybody and caller.kind != "Service":
            return True
        listed = self.principals.get(caller.kind, ())
        if any(name in listed for name in caller.names):
            return True
        return delegation and self._lists_account(caller)

    def _excepts(self, caller: Caller) -> bool:
        # AWS asks for every name of the caller and for its account in NotPrincipal.
        listed = (self.principals or {}).get(caller.kind, ())
        return all(name in listed for name in caller.names) and (not caller.account or self._lists_account(caller))

    def _lists_account(self, caller: Caller) -> bool:
        listed = (self.principals or {}).get("AWS", ())
        return bool(caller.account) and (caller.account in listed or f"arn:aws:iam::{caller.account}:root" in listed)


@dataclass(frozen=True, eq=False)
class Policy:
    """A parsed policy document. `source` is what it is attached as: its name or its ARN.

    `asks_tags` tells whether a condition or a variable asks for the tags of the resource.
    """

    statements: tuple[Statement, ...]
    source: str = ""
    asks_tags: bool = False
    _naming: dict[str, tuple[Statement, ...]] = field(default_factory=dict, repr=False)

    def naming(self, action: str) -> tuple[Statement, ...]:
        """The statements that name an action. Kept: a policy is asked for few actions, many times."""
        found = self._naming.get(action)
        if found is None:
            found = tuple(statement for statement in self.statements if statement.names_action(action))
            self._naming[action] = found
        return found


@functools.lru_cache(maxsize=2048)
def parse(document: str, source: str = "") -> Policy:
    """Read a policy document; the same text is read once.

    Raises:
        ValueError: the text is not JSON, or a condition operator does not exist.
    """
    read = json.loads(document)
    variables = read.get("Version") == "2012-10-17"
    statements = tuple(_statement(each, variables) for each in _many(read.get("Statement", [])))
    return Policy(statements, source, "resourcetag/" in document.lower())


def _statement(read: Mapping[str, Any], variables: bool) -> Statement:
    negated = frozenset(name for name in ("Action", "Resource", "Principal") if f"Not{name}" in read)

    def element(name: str) -> Any:
        return read.get(f"Not{name}" if name in negated else name)

    principals = element("Principal")
    if isinstance(principals, str):
        principals = {"*": principals}
    resources = element("Resource")
    return Statement(
        effect=Effect(read["Effect"]),
        actions=tuple(_many(element("Action"))),
        resources=None if resources is None else tuple(_many(resources)),
        principals=None if principals is None else {kind: tuple(_many(names)) for kind, names in principals.items()},
        negated=negated,
        conditions=conditions.parse(read.get("Condition", {})),
        variables=variables,
        document=json.dumps(read, sort_keys=True),
    )


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def effect(policies: Iterable[Policy], query: Query, *, delegation: bool = False) -> Effect:
    """What some policies together say: an explicit deny wins, then an allow.

    A Deny always counts where it names the caller's account; an Allow to the account only with `delegation`, because
    it leaves the decision to the account's own policies.
    """
    return decide(policies, query, delegation=delegation)[0]


def decide(
    policies: Iterable[Policy], query: Query, *, delegation: bool = False
) -> tuple[Effect, list[tuple[Policy, Statement]]]:
    """What some policies together say, as `effect` does, and all statements that allow it."""
    allowing: list[tuple[Policy, Statement]] = []
    for policy in policies:
        for statement in policy.naming(query.action):
            denies = statement.effect is Effect.DENY
            if statement.applies(query, delegation=delegation or denies):
                if denies:
                    return Effect.DENY, []
                allowing.append((policy, statement))
    return (Effect.ALLOW if allowing else Effect.NEUTRAL), allowing
