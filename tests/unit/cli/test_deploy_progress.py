"""What `crisp deploy` reads off the CDK's output."""

from __future__ import annotations

from typing import Any, cast

from crispstack.cli.deploy import Progress
from crispstack.cli.session import Session

LINES = (
    "crispstack-local-storage | 1/3 | CREATE_COMPLETE | AWS::KMS::Key | Storage/Key (Key1) recorded only, "
    "without effect here: EnableKeyRotation (the schedule is kept; nothing rotates)",
    "crispstack-local-storage | 2/3 | CREATE_COMPLETE | AWS::S3::Bucket | Storage/Raw (Raw1) recorded only, "
    "without effect here: BucketEncryption (kept as they are); LifecycleConfiguration (nothing expires)",
    "crispstack-local-storage | 3/3 | CREATE_COMPLETE | AWS::Glue::Database | Storage/Database (Database)",
    " ✅  Storage (crispstack-local-storage)",
    " ✅  Modeling (crispstack-local-modeling) (no changes)",
)


class Told:
    """A session that remembers what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def followed() -> tuple[Progress, Told]:
    told = Told()
    progress = Progress(cast(Session, told), ["crispstack-local-storage", "crispstack-local-modeling"])
    for line in LINES:
        progress.follow(line)
    return progress, told


def test_what_is_only_recorded_is_gathered_by_type() -> None:
    progress, _ = followed()
    assert progress.recorded == {
        "AWS::KMS::Key": {"EnableKeyRotation"},
        "AWS::S3::Bucket": {"BucketEncryption", "LifecycleConfiguration"},
    }


def test_each_finished_stack_is_told_once_with_whether_it_changed() -> None:
    progress, told = followed()
    done = [cast(dict[str, Any], stack) for stack in progress.done]
    assert [(stack["name"], stack["changed"]) for stack in done] == [
        ("crispstack-local-storage", True),
        ("crispstack-local-modeling", False),
    ]
    assert len(told.lines) == 2
