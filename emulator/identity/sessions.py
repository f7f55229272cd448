"""What the caller of AssumeRole says of the session: its managed policies, its tags and its source identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.sts.responses import TokenResponse

from emulator.replacements import Replacement

_moto_assume_role = TokenResponse.assume_role


def _assume_role(self: Any) -> Any:
    answer: Any = _moto_assume_role(self)
    session = answer.result["Credentials"]
    session.policy_arns = [each["arn"] for each in self._get_param("PolicyArns", [])]
    session.tags = {each["Key"]: each["Value"] for each in self._get_param("Tags", [])}
    session.source_identity = self._get_param("SourceIdentity")
    if session.source_identity:
        answer.result["SourceIdentity"] = session.source_identity
    return answer


def policy_arns(session: Any) -> list[str]:
    """The managed policies that limit a session, besides its inline one."""
    return list(getattr(session, "policy_arns", []))


def context(session: Any) -> dict[str, tuple[str, ...]]:
    """What conditions may ask about a session; its tags stand for the role's of the same name."""
    tags: Mapping[str, str] = getattr(session, "tags", {})
    known = {f"aws:principaltag/{name.lower()}": (value,) for name, value in tags.items()}
    source = getattr(session, "source_identity", None)
    return known | ({"aws:sourceidentity": (source,)} if source else {})


REPLACEMENTS = [
    Replacement(
        target="moto.sts.responses:TokenResponse.assume_role",
        function=_assume_role,
        reason="moto forgets a session's managed policies, its tags and its source identity",
        fingerprint="8e014e59789f",
    )
]
