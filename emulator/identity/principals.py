"""Who holds an access key, and which policies are attached to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from emulator.identity import policy, sessions
from emulator.identity.policy import Caller, Policy
from emulator.identity.refusals import Reason, RefusalError
from emulator.settings import Settings


@dataclass(frozen=True)
class Principal:
    """Who calls. `boundary` and `session` limit what `identity` grants; None is no limit.

    `context` holds what conditions may ask about the caller.
    """

    arn: str
    caller: Caller
    context: Mapping[str, tuple[str, ...]]
    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: Policy | None = None
    root: bool = False


@dataclass(frozen=True)
class Holder:
    """An access key that is known: its secret, its session token if it is temporary, and whose it is."""

    secret: str
    token: str | None
    principal: Principal


ANONYMOUS = Principal("anonymous", Caller("Anonymous"), {"aws:principaltype": ("Anonymous",)})


class Directory:
    """The holders of access keys: the root user, IAM's users and STS's sessions of one account."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sessions: dict[str, Any] = {}
        root_arn = f"arn:aws:iam::{settings.account}:root"
        context = _context(root_arn, settings.account, "Account", settings.account)
        principal = Principal(root_arn, Caller("AWS", (root_arn,), settings.account), context, root=True)
        self._root = principal

    def find(self, access_key: str, now: datetime) -> Holder:
        """The holder of an access key.

        Raises:
            RefusalError: nobody holds it, it is inactive, or its session is over.
        """
        if (secret := self._settings.root_secret(access_key)) is not None:
            return Holder(secret, None, self._root)
        key = self._iam.access_keys.get(access_key)
        if key is None or key.status != "Active":
            raise RefusalError(Reason.UNKNOWN_KEY)
        if key.user_name is not None:
            return Holder(key.secret_access_key, None, self._user(key.user_name))
        session = self._session(access_key)
        if session.expiration.replace(tzinfo=UTC) <= now:
            raise RefusalError(Reason.EXPIRED_TOKEN)
        return Holder(session.secret_access_key, session.session_token, self._role(session))

    @property
    def _iam(self) -> Any:
        return iam_backends[self._settings.account]["aws"]

    def _session(self, access_key: str) -> Any:
        known = self._sessions.get(access_key)
        if known is None:
            sessions = sts_backends[self._settings.account]["aws"].assumed_roles
            self._sessions = {session.access_key_id: session for session in list(sessions)}
            known = self._sessions.get(access_key)
        if known is None:
            raise RefusalError(Reason.UNKNOWN_KEY)
        return known

    def _user(self, name: str) -> Principal:
        user = self._iam.users[name]
        groups = self._iam.get_groups_for_user(name)
        context = _context(user.arn, user.account_id, "User", user.id)
        context["aws:username"] = (name,)
        context |= _tags(user.tags or [])
        return Principal(
            user.arn,
            Caller("AWS", (user.arn,), user.account_id),
            context,
            identity=_attached(user) + tuple(found for group in groups for found in _attached(group)),
        )

    def _role(self, session: Any) -> Principal:
        try:
            role = self._iam.get_role_by_arn(session.role_arn)
        except NotFoundException:  # deleted since: its sessions end with it
            raise RefusalError(Reason.UNKNOWN_KEY) from None
        arn: str = session.arn
        context = _context(role.arn, role.account_id, "AssumedRole", f"{role.id}:{session.session_name}")
        context |= _tags(role.tags or []) | sessions.context(session)
        return Principal(
            arn,
            Caller("AWS", (arn, role.arn), role.account_id),
            context,
            identity=_attached(role),
            boundary=self._managed(role.permissions_boundary_arn),
            session=self._limit(session),
        )

    def _limit(self, session: Any) -> Policy | None:
        """The session policies: what any of them allows, the session may."""
        found = [policy.parse(session.policy)] if session.policy else []
        found += [limit for arn in sessions.policy_arns(session) if (limit := self._managed(arn))]
        if len(found) < 2:
            return found[0] if found else None
        statements = tuple(statement for each in found for statement in each.statements)
        return Policy(statements, asks_tags=any(each.asks_tags for each in found))

    def _managed(self, arn: str | None) -> Policy | None:
        if not arn:
            return None
        attached = self._iam.managed_policies.get(arn)
        # A boundary that does not exist allows nothing.
        return Policy(()) if attached is None else _default_version(attached)


def _attached(entity: Any) -> tuple[Policy, ...]:
    """The inline and the attached managed policies of a user, a group or a role."""
    inline = (policy.parse(document, name) for name, document in list(entity.policies.items()))
    managed = (_default_version(each) for each in list(entity.managed_policies.values()))
    return (*inline, *managed)


def _default_version(managed: Any) -> Policy:
    document = next(version.document for version in managed.versions if version.is_default)
    return policy.parse(document, managed.arn)


def _context(arn: str, account: str, kind: str, user_id: str) -> dict[str, tuple[str, ...]]:
    return {
        "aws:principalarn": (arn,),
        "aws:principalaccount": (account,),
        "aws:principaltype": (kind,),
        "aws:principalisawsservice": ("false",),
        "aws:userid": (user_id,),
    }


def _tags(tags: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    return {f"aws:principaltag/{tag['Key'].lower()}": (tag["Value"],) for tag in tags}
