"""Every template of the local environment as it was last reviewed: a change of infrastructure is a diff to read.

After a change that is meant: ``pytest tests/stacks/test_snapshots.py --snapshot-update``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.stacks.conftest import Synthesis

# SHA-256 of an asset, and what the id of a function's version ends with: they change with every line of code, and say
# nothing about infrastructure.
CODE_HASH = re.compile(r"\b[0-9a-f]{64}\b|(?<=CurrentVersion[0-9A-F]{8})[0-9a-f]{32}\b")
STACKS = [
    "crispstack-local-data-preparation",
    "crispstack-local-data-understanding",
    "crispstack-local-deployment",
    "crispstack-local-evaluation",
    "crispstack-local-governance",
    "crispstack-local-gpu-training",
    "crispstack-local-modeling",
    "crispstack-local-network",
    "crispstack-local-orchestration",
    "crispstack-local-project-bank-marketing",
    "crispstack-local-project-flight-delays",
    "crispstack-local-sagemaker-training",
    "crispstack-local-storage",
]


def without_code_hashes(template: Mapping[str, Any]) -> Any:
    return json.loads(CODE_HASH.sub("<asset>", json.dumps(template)), object_hook=_with_resources_in_order)


def _with_resources_in_order(body: dict[str, Any]) -> dict[str, Any]:
    """The CDK sorts a statement's resources, and so by the hashes of assets."""
    if isinstance(body.get("Effect"), str) and isinstance(body.get("Resource"), list):
        return body | {"Resource": sorted(body["Resource"], key=json.dumps)}
    return body


def test_every_stack_has_a_snapshot(local: Synthesis) -> None:
    assert sorted(local.templates) == STACKS


@pytest.mark.parametrize("stack", STACKS)
def test_templates_are_as_reviewed(local: Synthesis, snapshot: SnapshotAssertion, stack: str) -> None:
    assert without_code_hashes(local.templates[stack]) == snapshot(extension_class=JSONSnapshotExtension)
